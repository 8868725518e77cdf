import type { CodeEntry } from "../../code-entry.ts";

export const clusterCodes = {
  ICH3401: {
    title: "even number of control planes",
    meaning:
      "etcd needs more than half of its members. An even number of them survives no more failures than one less, and has one more that can fail.",
    remedy: "Take 1, 3 or 5 control planes.",
  },
  ICH3402: {
    title: "spread that cannot be satisfied",
    meaning:
      "`spread` limits how many machines of a group stand in one rack or share one value of a label. The site has too few racks or values for that many machines.",
    remedy: "Raise the limit, lower `replicas`, or add racks.",
  },
  ICH3403: {
    title: "spread over an unknown label",
    meaning:
      "Machines can be spread over `rack` and over the labels of servers, which include those of their model, site and rack. No server of the site has this label.",
    remedy: "Correct the label, or add it to the racks or servers of the site.",
  },
  ICH3404: {
    title: "pin of a place that is not wanted",
    meaning: "Places run from 0 to one less than `replicas`. A pin of another place has no effect.",
    remedy: "Pin a place that is wanted, or raise `replicas`.",
  },
  ICH3405: {
    title: "server pinned twice",
    meaning: "A server fills one place of one cluster, but two pins name it.",
    remedy: "Correct or remove one of the pins.",
  },
  ICH3406: {
    title: "pinned server of another site",
    meaning: "The machines of a cluster stand in its site.",
    remedy: "Pin a server of the cluster's site.",
  },
  ICH3407: {
    title: "pinned server outside its pool",
    meaning:
      "A pin chooses among the servers of the pool and class of its group; the pinned server is not one of them.",
    remedy: "Pin a server of the pool, or widen the selector of the pool or class.",
  },
  ICH3408: {
    title: "platform that is not built yet",
    meaning:
      "The platforms `openstack` and `vmware` have their place in the format, but ichor cannot make machines there yet.",
    remedy: "Use `platform: metal`.",
  },
  ICH3409: {
    title: "group without pool and class",
    meaning:
      "Control planes and workers take their servers from a server pool, from the selector of a class, or both.",
    remedy: "Add `pool` or `class` to the group.",
  },
  ICH3410: {
    title: "flavor on metal",
    meaning: "A flavor is the size of a virtual machine. On metal, servers come from a pool.",
    remedy: "Remove `flavor`, and name a `pool`.",
  },
  ICH3411: {
    title: "cluster without an API address",
    meaning: "The Kubernetes API is reached at a virtual IP, which comes from a pool or is written down.",
    remedy: "Add `vipPool` or `vip` under `network`.",
  },
  ICH3412: {
    title: "two sources of the API address",
    meaning: "`vip` writes the address down, `vipPool` lets ichor choose one. Both together may disagree.",
    remedy: "Keep one of the two.",
  },
  ICH3413: {
    title: "load balancer and its range disagree",
    meaning: "A load balancer needs a range, by `lbPool` and `lbSize`, and a range needs a load balancer.",
    remedy: "Write all three of `loadBalancer`, `lbPool` and `lbSize`, or none.",
  },
  ICH3414: {
    title: "Cilium's load balancer without Cilium",
    meaning: "`loadBalancer: cilium` is a part of the CNI of that name, which this cluster does not run.",
    remedy: "Write `cni: cilium`, or choose another load balancer.",
  },
  ICH3415: {
    title: "deletion of a protected cluster",
    meaning:
      "A cluster is protected unless it says `protect: false`. Deleting it takes two reviewed changes, so that no slip of one line destroys it.",
    remedy: "Merge `protect: false` first, then `state: deleting` in a change of its own.",
  },
  ICH3416: {
    title: "rollout window without a length",
    meaning: "The window needs two different times of the day, from 00:00 to 23:59.",
    remedy: 'Write it as "Sat 01:00-05:00 Europe/Helsinki". A window may run over midnight.',
  },
  ICH3417: {
    title: "rollout window without a time zone",
    meaning: "The time zone is UTC or a name of the IANA time zone database, of the form Area/City.",
    remedy: 'Correct the time zone, such as "Europe/Helsinki".',
  },
  ICH3418: {
    title: "date that does not exist",
    meaning: "The calendar has no such day.",
    remedy: "Correct the date, written as YEAR-MONTH-DAY.",
  },
  ICH3419: {
    title: "freeze that ends before it begins",
    meaning: "`from` is the first day of a freeze and `until` the last one. This freeze would never hold.",
    remedy: "Correct one of the two dates.",
  },
  ICH3420: {
    title: "cluster without secrets",
    meaning:
      "The secrets bundle holds the certificate authorities and tokens of a cluster. Configurations can be generated without it, since they only refer to it, but no machine can be installed.",
    remedy:
      "Make one with `ichor secrets init CLUSTER`, or bring the one that the cluster has with `ichor secrets import CLUSTER FILE`.",
  },
  ICH3421: {
    title: "disk selector that cannot be read",
    meaning:
      "A disk selector is an expression in CEL. A bracket or quote is missing, or a sign is none of CEL's.",
    remedy: 'Correct the expression. An example: `disk.transport == "nvme" && disk.size > 400u * GB`.',
  },
  ICH3422: {
    title: "unknown name in a disk selector",
    meaning:
      "Talos gives a disk selector the variables `disk` and `system_disk`, the units from kB to EiB and the functions of CEL. Anything else fails on the machine, which then cannot be installed.",
    remedy: "Correct the name.",
  },
  ICH3423: {
    title: "signed size in a disk selector",
    meaning:
      "Sizes of disks and units are unsigned, and CEL compares or multiplies no signed with an unsigned number.",
    remedy: "Write a u behind the number: `400u * GB`.",
  },
  ICH3424: {
    title: "routed pods that nobody announces",
    meaning:
      "With `pods: routed` each node announces its share of the pod range through the local router, which has one neighbor on the host. Only Cilium announces pods, and MetalLB would take its place.",
    remedy: "Write `cni: cilium` with `loadBalancer: cilium` or none, or let the pods be tunnelled.",
  },
} as const satisfies Record<string, CodeEntry>;
