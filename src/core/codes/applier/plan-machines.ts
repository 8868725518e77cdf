import type { CodeEntry } from "../../code-entry.ts";

/** Why `ichor plan` does nothing to one machine, whatever the others are. */
export const planMachineCodes = {
  ICH7001: {
    title: "machine does not answer",
    meaning:
      "The machine could not be reached in this run, so nothing is known of it and nothing is done to it.",
    remedy:
      "See whether it has power and whether its loopback is routed to here. The other machines are not held up, but control planes wait for each other.",
  },
  ICH7002: {
    title: "machine of somebody else",
    meaning:
      "What answers at the machine's address has a certificate of other authorities than those of its cluster. Nothing is written to such a machine.",
    remedy:
      "Find out what runs there. A server that is ours and has an old life left over is reset, which needs an Approval.",
  },
  ICH7003: {
    title: "another machine than git says",
    meaning:
      "The UUID or the serial number of what answers is not the one of the inventory. Configurations hold keys and installing wipes disks, so nothing is sent to it.",
    remedy: "Compare the label on the machine with the rack file, and look for swapped cables or addresses.",
  },
  ICH7004: {
    title: "identity that proves nothing",
    meaning:
      "The UUID or the serial number is one that firmware has where nobody wrote another, so many machines have it.",
    remedy: "Write the board's own numbers with the vendor's tool and put them into the inventory.",
  },
  ICH7005: {
    title: "network interfaces of another machine",
    meaning:
      "At first contact every network interface that the inventory names has to have the MAC address it says. One has another.",
    remedy: "Where a card was replaced, change the rack file; otherwise look at the cables.",
  },
  ICH7006: {
    title: "change of a machine's type",
    meaning:
      "A control plane never becomes a worker in place, nor the other way round: it would keep etcd's data and keys.",
    remedy: "Reset the machine, which needs an Approval. It is installed as its new type afterwards.",
  },
  ICH7007: {
    title: "destructive change of a protected cluster",
    meaning:
      "The change takes a reinstall or a wipe, and the cluster is protected against that, as every one is by default.",
    remedy: "Merge `protect: false` first, and then an Approval that names the machine.",
  },
  ICH7008: {
    title: "machine is locked",
    meaning:
      "A Lock with the machine's name stands in `locks/` and holds today, by the calendar of UTC. Nothing is done to the machine, and it counts as it is for the others. A lock that is written while a run goes on counts from then on.",
    remedy: "Ask who wrote it, and unlock the machine with `ichor node unlock` when the reason is gone.",
  },
  ICH7009: {
    title: "machine is in the middle of something",
    meaning: "The machine installs, boots, upgrades or resets itself just now. It is not touched meanwhile.",
    remedy: "Run again when it is done. Where it stays so for long, look at its console.",
  },
  ICH7010: {
    title: "configuration cannot be compared",
    meaning:
      "Who the machine is or what it runs could not be read, or what it is to have could not be put together, so it is not known what is to be done.",
    remedy: "Look at what was reported of the machine or of its secrets before this.",
  },
  ICH7011: {
    title: "first contact without a proof",
    meaning:
      "A machine in maintenance mode has no certificate. Who it is follows from a power cycle by its BMC in this run, or from an Approval that names its serial number; this one has neither.",
    remedy:
      "Add its BMC to the inventory, or merge an Approval with `do: first-contact`, its serial number and a date.",
  },
  ICH7012: {
    title: "change that needs a reboot",
    meaning: "Talos up to 1.13 takes this change with a reboot only, and the chosen mode allows none.",
    remedy:
      "Use `--mode auto` at a time when the machine may reboot, or `--mode staged`, and reboot it later.",
  },
  ICH7013: {
    title: "change of the network that cannot be tried out",
    meaning:
      "Changes of links, addresses and BGP are tried out and go back by themselves where they cut the machine off. Together with a change that needs a reboot this is not possible.",
    remedy: "Merge and apply the change of the network by itself, then the other one.",
  },
  ICH7014: {
    title: "change that takes a reinstall",
    meaning:
      "The change is in force only after the machine was installed anew, which is never done on the way.",
    remedy: "Undo the change, or reinstall the machine with an Approval that names its serial number.",
  },
  ICH7015: {
    title: "nothing to reboot",
    meaning:
      "`ichor node reboot` is for machines that run. This one waits in maintenance mode to be installed.",
    remedy: "Install it with `ichor apply`, or leave it out.",
  },
} as const satisfies Record<string, CodeEntry>;
