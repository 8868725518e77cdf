import type { CodeEntry } from "../../code-entry.ts";

export const identityCodes = {
  ICH3101: {
    title: "UUID used twice",
    meaning:
      "The UUID tells machines apart before anything is written to their disks. With two of one UUID, a wipe could hit the wrong machine.",
    remedy: "Read the UUID of each machine from its firmware and correct the wrong one.",
  },
  ICH3102: {
    title: "serial used twice",
    meaning:
      "Approvals name machines by serial, and a live machine must show the serial that is in git. With two of one serial neither can be told from the other.",
    remedy: "Read the serials from the machines and correct the wrong one.",
  },
  ICH3103: {
    title: "MAC address used twice",
    meaning:
      "Boot files and addresses are given out by MAC address. Two network ports with the same one would be taken for each other; BMCs count as well.",
    remedy: "Read the MAC addresses from the machines and correct the wrong one.",
  },
  ICH3104: {
    title: "BMC address used twice",
    meaning: "With two BMCs at one address, a power cycle could hit the wrong machine.",
    remedy: "Correct the address of one of them.",
  },
  ICH3105: {
    title: "ASN used twice",
    meaning:
      "Every server and leaf is its own autonomous system, and the spines of a site share one. Two with the same number drop each other's routes as loops.",
    remedy:
      "Write a free `asn` for one of them, or change the slot or index from which the number is computed.",
  },
  ICH3106: {
    title: "loopback used twice",
    meaning:
      "A loopback is the address of one machine in the whole fleet. With two of the same, traffic reaches either.",
    remedy: "Write a free `loopback` for one of them, or change the slot or index from which it is computed.",
  },
  ICH3107: {
    title: "site index used twice",
    meaning: "The index of a site gives it its block of ASNs. Two sites with one index get the same numbers.",
    remedy: "Give the newer site a free index from 1 to 948. The index of a site in use never changes.",
  },
  ICH3108: {
    title: "rack index used twice",
    meaning:
      "The index of a rack gives it its block of loopbacks, boot addresses and ASNs. Two racks of a site with one index get the same numbers.",
    remedy: "Give the newer rack a free index from 1 to 999. The index of a rack in use never changes.",
  },
  ICH3109: {
    title: "slot used twice",
    meaning:
      "The slot of a server or leaf gives it its numbers within the rack. It is the rack unit where nothing else is written.",
    remedy: "Write a free `slot` from 1 to 63 for the newer one.",
  },
  ICH3110: {
    title: "rack unit taken twice",
    meaning:
      "Two machines cannot stand in the same rack unit; the height comes from their model. Only servers narrow enough to stand side by side start at the same unit, and then have a `slot` written to tell them apart.",
    remedy: "Correct `u`, which is the lowest unit of the machine, or write slots for narrow servers.",
  },
  ICH3111: {
    title: "rack unit above the rack",
    meaning: "A machine reaches above the top of its rack, which has 48 units where nothing else is written.",
    remedy: "Correct `u`, or write the `height` of the rack.",
  },
  ICH3112: {
    title: "switch port used twice",
    meaning:
      "A port of a switch takes one cable. Two ends in one port mean that one of them is written wrong.",
    remedy: "Look where the cables go and correct one of the two.",
  },
  ICH3113: {
    title: "name of workers used twice",
    meaning:
      "The name of a group of workers is part of the places that its servers hold, so that it has to be unique in the cluster.",
    remedy: "Give one of the groups another name.",
  },
  ICH3114: {
    title: "workers named control-plane",
    meaning: "`control-plane` is the name of the group of control planes in every cluster.",
    remedy: "Give the workers another name.",
  },
} as const satisfies Record<string, CodeEntry>;
