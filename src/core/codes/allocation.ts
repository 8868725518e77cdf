import type { CodeEntry } from "../code-entry.ts";

/** ICH4xxx: which server, address and image each machine gets, and the lock files that record it. */
export const allocationCodes = {
  ICH4001: {
    title: "cluster cannot be filled",
    meaning:
      "A group of the cluster needs more servers than it may take. The message counts where the matching servers are: the numbers add up to all that match. A cluster is filled whole or takes nothing new, so that it never comes up with half of its machines.",
    remedy:
      "The hint names what would help here: more servers, another spread limit, a smaller reserve, servers that come back from quarantine, maintenance or repair, or fewer replicas.",
  },
  ICH4002: {
    title: "pin cannot be obeyed",
    meaning:
      "A pin says that a place must be on one particular server, and that server cannot take it: something else holds it, it is not active, it does not match the group's pool or class, or a spread limit forbids it. A person chose the server, so no other one is taken instead.",
    remedy: "Pin a server that is free and matches, or remove the pin.",
  },
  ICH4003: {
    title: "pin differs from the record",
    meaning:
      "A server holds the place already, or the group has all its servers in other places. What is recorded stays: a machine that runs is not moved because a line changed.",
    remedy:
      "Remove the pin or make it say what is recorded. To move the place to the pinned server, give up the one that holds it: `state: broken` with a reason.",
  },
  ICH4004: {
    title: "claimed server no longer matches",
    meaning:
      "A server holds a place in a group whose pool or class no longer matches it, because labels, model or selector changed. It keeps the place.",
    remedy:
      "Correct the labels or the selector where the change was not meant, or give the server up: `state: broken` with a reason releases it, and another takes its place.",
  },
  ICH4005: {
    title: "more claimed servers than a spread limit allows",
    meaning:
      "More servers of the group stand in one rack, or share one value of a label, than the group's spread allows. The limit was lowered after they were taken, or servers moved. They keep their places.",
    remedy: "Raise the limit, or give up some of them: `state: broken` with a reason.",
  },
  ICH4006: {
    title: "protected cluster would shrink",
    meaning:
      "The group has fewer replicas than servers, which would release some of them, but the cluster is protected. Nothing is released.",
    remedy:
      "Restore the number of replicas. Where the cluster is meant to shrink, set `protect: false` and merge that first.",
  },
  ICH4008: {
    title: "claims of a cluster that is gone",
    meaning:
      "Servers are claimed by a cluster that the repository does not have. A missing file is no order to wipe machines, so they stay claimed.",
    remedy:
      "Bring the cluster's file back from git. Where the cluster is meant to go, write `state: deleting` and `protect: false` in it and keep the file until its servers are free.",
  },
  ICH4009: {
    title: "claims of a group that is gone",
    meaning:
      "Servers are claimed by a group that its cluster does not have: it was removed or renamed. That is no order to wipe machines, so they stay claimed.",
    remedy:
      "Bring the group back. Where it is meant to go, write `replicas: 0` and keep it until its servers are free.",
  },
  ICH4010: {
    title: "claimed server is gone",
    meaning:
      "A lock file says that a server is used, and no rack has that server: it was removed or renamed. Its disks may still hold what it was used for, so its line is kept.",
    remedy:
      "Bring the server back. To take a server out of use set `state: broken` first, which replaces it, and remove it when its line says `free`.",
  },
  ICH4011: {
    title: "group does not say which servers it may take",
    meaning:
      "A group of machines takes servers that match its pool and its class. This one names no pool, and its class has no selector, so it would mean every server of the site.",
    remedy: "Name a ServerPool under `pool`, or give the class a selector.",
  },
  ICH4012: {
    title: "lock file is lost",
    meaning:
      "One lock file says that the cluster exists, and another one that would have to know of it says nothing. What is missing is not deleted: choosing again would give away machines that are in use, or change the address of a running cluster. The cluster keeps what is recorded and takes nothing.",
    remedy:
      "Restore the files under inventory/allocations/ from git, then run `ichor compile`. After a merge take the whole folder of the main branch, `git checkout main -- inventory/allocations`: what the other branch chose is chosen anew.",
  },
  ICH4013: {
    title: "lock file without its rack",
    meaning: "A lock file is there for a rack that the repository does not have. Nothing in it is held.",
    remedy: "Remove the file. Where the rack was renamed, the new lock file has its servers already.",
  },
  ICH4014: {
    title: "rack has a reserved name",
    meaning: "The lock file of the rack would have the name of a lock file of its site.",
    remedy: "Give the rack another name than `addresses` or `clusters`.",
  },
  ICH4022: {
    title: "address is held by another cluster",
    meaning:
      "The virtual IP that is written for the cluster lies in a block that is held already, or was until this change.",
    remedy: "Write an address that is free. The first addresses of a pool, its `reserve`, are for this.",
  },
  ICH4023: {
    title: "addresses of a cluster that is gone",
    meaning:
      "A block of addresses is held by a cluster that the repository does not have. A missing file is no order to give addresses away, so the block stays held.",
    remedy:
      "Bring the cluster's file back from git. Where the cluster was deleted for good and nothing uses the addresses, remove the block's lines from addresses.yaml.",
  },
  ICH4024: {
    title: "recorded addresses differ from what is asked for",
    meaning:
      "The cluster holds a block of addresses and its file now says something else. A range keeps its size and place, since services use it; a virtual IP that a person wrote wins.",
    remedy: "Make the cluster's file say what it holds, or plan the change of addresses as what it is.",
  },
  ICH4025: {
    title: "address pool is full",
    meaning:
      "No block of the wanted size is free in the pool outside the addresses that it keeps for people to pin.",
    remedy: "Name another pool, widen this one, or write an address of its reserve under `vip`.",
  },
  ICH4031: {
    title: "lock file has the wrong form",
    meaning:
      "A file under inventory/allocations/ does not have the form that ichor writes. ichor does not guess what it said: who holds which server must be certain.",
    remedy:
      "Restore the file from git. After a merge take the whole folder of the main branch, `git checkout main -- inventory/allocations`, and run `ichor compile`.",
  },
  ICH4032: {
    title: "claim cannot be read",
    meaning:
      "A claim is `free wN`, `CLUSTER/GROUP/PLACE wN`, `CLUSTER/GROUP/PLACE releasing wN`, or `CLUSTER/GROUP/PLACE quarantine wN until TIME`, where N counts the wipes of the server and TIME is RFC 3339 in UTC.",
    remedy: "Restore the line from git. A wipe number is never lowered.",
  },
  ICH4033: {
    title: "one place is given to two servers",
    meaning:
      "Two servers hold the same place of a cluster. This is what a bad merge leaves: each side gave the place to another server.",
    remedy:
      "Take main's files under inventory/allocations/ and run `ichor compile`, which chooses again for your change.",
  },
  ICH4034: {
    title: "server has two lines",
    meaning: "A server stands in two lock files, and nobody can say which of the two lines counts.",
    remedy:
      "Keep the line of the rack that the server is in, with the higher wipe number, and remove the other.",
  },
  ICH4035: {
    title: "address block cannot be read",
    meaning:
      "A block is written by its first address, with `prefix` and `claim`; the claim is the cluster and what the block is for, `CLUSTER/vip` or `CLUSTER/lb`.",
    remedy: "Restore the lines from git.",
  },
  ICH4036: {
    title: "address blocks overlap",
    meaning:
      "Two blocks have an address in common. This is what a bad merge leaves: each side gave the address to another cluster.",
    remedy: "Take main's addresses.yaml and run `ichor compile`, which chooses again for your change.",
  },
  ICH4037: {
    title: "cluster holds two blocks for one use",
    meaning: "A cluster has one virtual IP and one range for load balancers, and the lock files give it two.",
    remedy: "Take main's addresses.yaml and run `ichor compile`.",
  },
} as const satisfies Record<string, CodeEntry>;
