import type { CodeEntry } from "../../code-entry.ts";

export const versionCodes = {
  ICH3501: {
    title: "Talos version that ichor does not know",
    meaning:
      "The documents of a machine configuration differ between minor versions of Talos. ichor makes them for v1.12, v1.13 and v1.14.",
    remedy: "Choose a version of one of these.",
  },
  ICH3502: {
    title: "Kubernetes that this Talos does not run",
    meaning: "Every Talos version runs a range of Kubernetes versions and refuses others.",
    remedy: "Choose a Kubernetes in the range of the channel's Talos version.",
  },
  ICH3503: {
    title: "contract above the running Talos",
    meaning:
      "The contract is the Talos version whose documents the configuration uses. A machine that runs an older Talos does not know them.",
    remedy: "Lower the contract, or choose a channel with a newer Talos.",
  },
  ICH3504: {
    title: "native routing on an old Talos",
    meaning:
      "With `routing: talos` the machine speaks BGP by Talos' own documents, which exist from v1.14 on.",
    remedy: "Use `routing: frr`, or take the contract and the channel to v1.14.",
  },
  ICH3505: {
    title: "native routing without discovery",
    meaning:
      "Talos announces the address of the Kubernetes API by what discovery says of the cluster's members. Without discovery the address would never be announced.",
    remedy: "Use `routing: frr`, or write an own discovery endpoint for the fleet.",
  },
} as const satisfies Record<string, CodeEntry>;
