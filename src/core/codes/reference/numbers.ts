import type { CodeEntry } from "../../code-entry.ts";

export const numberCodes = {
  ICH3201: {
    title: "no IPv4 address",
    meaning:
      "An IPv4 address is four numbers from 0 to 255 with dots between them and without leading zeros.",
    remedy: "Correct the address.",
  },
  ICH3202: {
    title: "no prefix",
    meaning: "A prefix is an address and a length: 0 to 32 for IPv4, 0 to 128 for IPv6.",
    remedy: "Correct the address or the length.",
  },
  ICH3203: {
    title: "prefix with host bits",
    meaning:
      "A prefix is named by its first address. An address in the middle of it is a sign that the address or the length is mistyped.",
    remedy: "Write the first address of the prefix, or correct the length.",
  },
  ICH3204: {
    title: "ranges overlap",
    meaning:
      "Loopbacks, bootstrap ranges and address pools of all sites share one network. Where two of them overlap, one address would be given to two machines.",
    remedy: "Move one of the ranges. Only a pool may lie inside the loopbacks of its own site.",
  },
  ICH3205: {
    title: "pool among the loopbacks of servers",
    meaning:
      "Offsets 64 to 63999 of `loopbacks` belong to racks, by position, also those that are not built yet. An address pool there would give away addresses of servers.",
    remedy: "Move the pool below offset 64, to offset 64000 and up, or out of the loopbacks.",
  },
  ICH3206: {
    title: "ranges of a cluster overlap",
    meaning: "Pods and services of a cluster need addresses apart from each other.",
    remedy: "Take a range of its own for each.",
  },
  ICH3207: {
    title: "range of a cluster overlaps a site",
    meaning:
      "An address of pods or services means something inside the cluster only. Where machines of a site have it as well, pods cannot reach those machines.",
    remedy: "Take a range that no site gives out, for example from 100.64.0.0/10.",
  },
  ICH3208: {
    title: "routed pods overlap",
    meaning:
      "With `pods: routed` every node announces its pods to the site, so that two clusters of a site cannot use the same addresses. With `pods: tunnel` they may.",
    remedy: "Take a range of its own for each cluster with routed pods, or use `pods: tunnel`.",
  },
  ICH3209: {
    title: "virtual IP used twice",
    meaning: "The virtual IP is the address of one Kubernetes API.",
    remedy: "Take another address for one of the clusters.",
  },
  ICH3210: {
    title: "virtual IP that something else gives out",
    meaning:
      "A written virtual IP must not be one that ichor may give to another: one that a pool hands out, the loopback of a server or spine, a boot address, or an address of pods or services.",
    remedy:
      "Take one of the first `reserve` addresses of a pool with `use: vip` of the cluster's site, one outside every range, or use `vipPool`.",
  },
  ICH3211: {
    title: "BMC inside a range",
    meaning:
      "BMCs stand in a network of their own. An address from a range that the fleet gives out would be used twice.",
    remedy: "Correct the address of the BMC, or the range.",
  },
  ICH3212: {
    title: "loopback inside a range",
    meaning:
      "A written loopback lies in a range from which addresses are given out: a pool, a bootstrap range, or the loopbacks of another site.",
    remedy: "Take a loopback outside those ranges.",
  },
  ICH3213: {
    title: "loopbacks too small",
    meaning:
      "The loopback of a server or leaf is the first address of `loopbacks` plus 64 times the index of the rack plus the slot. That lies outside the prefix.",
    remedy: "Lower the index of the rack, or widen the prefix.",
  },
  ICH3214: {
    title: "bootstrap range too small",
    meaning:
      "The boot port of a server has two addresses of `bootstrap`, at twice (64 times the index of the rack plus the slot). They lie outside the prefix.",
    remedy: "Lower the index of the rack, or widen the prefix.",
  },
  ICH3215: {
    title: "spine loopback in the wrong place",
    meaning:
      "Spines take their loopbacks from the part of `loopbacks` that no rack uses: below offset 64 or from 64000 up.",
    remedy: "Write an address of that part.",
  },
  ICH3216: {
    title: "SLAAC without a prefix",
    meaning: "With `addressing: slaac` the boot ports get IPv6 prefixes, which come from `bootstrap6`.",
    remedy: "Add `bootstrap6` to the site, or use `addressing: kea`.",
  },
  ICH3217: {
    title: "IPv6 bootstrap range too small",
    meaning:
      "SLAAC needs a /64 for every boot port, numbered by position. The prefix does not hold that many.",
    remedy: "Take a shorter prefix, for example a /48.",
  },
  ICH3218: {
    title: "ASN above the last one",
    meaning:
      "ASNs are computed from the base of the fleet and the positions of machines. The last one that may be used is 4294967294 (RFC 6996, RFC 7300).",
    remedy: "Lower `asn.base` of the fleet; 4200000000 has room for 948 sites.",
  },
  ICH3219: {
    title: "ASN of the fleet's own",
    meaning:
      "4200099998 and 4200099999 are the router and the load balancer inside every server. A machine with one of these numbers would drop their routes.",
    remedy: "Write another `asn`, or move the base of the fleet.",
  },
  ICH3220: {
    title: "reserve larger than the pool",
    meaning: "The pool keeps so many addresses for people to pin that none is left to give out.",
    remedy: "Lower `reserve`, or widen the prefix of the pool.",
  },
  ICH3221: {
    title: "range larger than its pool",
    meaning: "A cluster wants a larger range for its load balancers than the whole pool has.",
    remedy: "Ask for a smaller range, or widen the pool.",
  },
} as const satisfies Record<string, CodeEntry>;
