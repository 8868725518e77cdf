import type { CodeEntry } from "../../code-entry.ts";

export const serverCodes = {
  ICH3301: {
    title: "nic that the model has not",
    meaning:
      "The nics of a server are called as the running kernel calls them, and these names come with the model. With another name the machine would have no network.",
    remedy: "Correct the name of the nic or the model of the server, or add the nic to the model.",
  },
  ICH3302: {
    title: "server without an uplink",
    meaning: "A nic with a `port` is an uplink. Without one, nothing can reach the server.",
    remedy: "Write the `port` of at least one nic, or retire the server.",
  },
  ICH3303: {
    title: "server without a boot nic",
    meaning: "A server is installed over the network from the uplink that says `boot: true`.",
    remedy: "Write `boot: true` on that uplink.",
  },
  ICH3304: {
    title: "several boot nics",
    meaning: "A server boots from one uplink: that one has a boot address and a boot file.",
    remedy: "Keep `boot: true` on one uplink.",
  },
  ICH3305: {
    title: "boot nic without a port",
    meaning: "The boot nic has to be an uplink, since the leaf at the other end relays its DHCP.",
    remedy: "Write the `port` of the boot nic, or boot from another one.",
  },
  ICH3306: {
    title: "uplinks to one leaf",
    meaning:
      "Two uplinks of a server go to the same leaf, so that the server is cut off when that leaf fails.",
    remedy: "Cable the uplinks to different leaves.",
  },
  ICH3307: {
    title: "server without a model",
    meaning: "The model says which nics and disks a server has. Without it no configuration can be made.",
    remedy: "Write `model` on the server or under `defaults` of its rack.",
  },
  ICH3308: {
    title: "state without a reason",
    meaning: "A server that is not active should say why, for those who find it later.",
    remedy: "Add `reason` to the server.",
  },
  ICH3309: {
    title: "retired server with a claim",
    meaning:
      "A retired server is shut off for good. While it holds a place, its cluster lacks a node; while its disk is not proven to be wiped, it still carries that cluster's secrets.",
    remedy: "Write `state: broken` first, wait until it is replaced and wiped, and retire it afterwards.",
  },
} as const satisfies Record<string, CodeEntry>;
