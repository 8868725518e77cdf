import type { CodeEntry } from "../../code-entry.ts";

export const guardCodes = {
  ICH9150: {
    title: "certificates of a bundle cannot be read",
    meaning:
      "The certificates of the cluster's authorities are encrypted with the rest of the bundle, so without a key nobody can see whether they are those that were recorded, or when they end.",
    remedy:
      "Give the file's rule in .sops.yaml an encrypted_regex that leaves `crt` out, as the one that `ichor secrets init --help` shows, and run `ichor secrets rotate FILE`.",
  },
  ICH9151: {
    title: "other authorities than recorded",
    meaning:
      "inventory/allocations/<site>/clusters.yaml records the fingerprints of the cluster's authorities. The bundle has others: it is the bundle of another cluster, or a certificate was swapped. Machines that run would refuse whatever is made with it.",
    remedy:
      "Take the bundle from git again (git log -p -- FILE). If the cluster never ran and shall have these authorities, remove its fingerprints from the lock file in the same change.",
  },
  ICH9152: {
    title: "two clusters with one authority",
    meaning:
      "Whoever may administer one of the clusters may administer the other: their bundles share an authority. Most often a bundle was copied.",
    remedy:
      "Give the newer cluster a bundle of its own: remove the copy and run `ichor secrets init CLUSTER`.",
  },
  ICH9153: {
    title: "bundle of a cluster is gone",
    meaning:
      "The fingerprints of the cluster's authorities are recorded, so it had a bundle, and the file is not there any more. Without it the cluster cannot be administered; a new one would not fit its machines.",
    remedy: "Take the file from git again: git log --diff-filter=D -- FILE shows where it went.",
  },
  ICH9154: {
    title: "authorities of a running cluster are not recorded",
    meaning:
      "The cluster was bootstrapped, so its authorities are fixed, but their fingerprints are missing in the lock file. Recording whatever stands in the bundle now would hide a swap.",
    remedy:
      "Take the lock file from git again. For a cluster that is taken over, compare the fingerprints of `ichor secrets verify` with those of its machines and write them into the lock file.",
  },
  ICH9155: {
    title: "cluster has a bundle",
    meaning: "Nothing overwrites the authorities of a cluster: its machines would not accept the new ones.",
    remedy: "Nothing needs to be done. `ichor secrets verify CLUSTER` says whether the bundle is whole.",
  },
  ICH9156: {
    title: "cluster has machines",
    meaning:
      "Machines are claimed by the cluster or it was bootstrapped, so some may be running with the authorities it has. A bundle with others would lock everybody out.",
    remedy:
      "Keep the bundle. For a cluster whose machines were surely never installed, remove its bundle and its fingerprints by hand in a change that others review.",
  },
  ICH9157: {
    title: "rule would leave a secret readable",
    meaning:
      "By the file's rule in .sops.yaml a secret of the bundle, or the value to be set, would stand in the file in the clear.",
    remedy:
      "Correct encrypted_regex in .sops.yaml; `ichor secrets init --help` shows one that fits. Nothing was written.",
  },
  ICH9158: {
    title: "cluster without secrets",
    meaning: "What was asked for needs the cluster's secrets bundle, and there is none.",
    remedy:
      "`ichor secrets init CLUSTER` makes one for a new cluster; `ichor secrets import CLUSTER FILE` brings the one that a cluster has.",
  },
} as const satisfies Record<string, CodeEntry>;
