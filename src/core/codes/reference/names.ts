import type { CodeEntry } from "../../code-entry.ts";

export const nameCodes = {
  ICH3001: {
    title: "unknown name",
    meaning:
      "A field names a site, cluster, pool, class, channel, model, add-on, server or switch, and nothing in the repository has that name. Without it ichor cannot know what is meant.",
    remedy: "Correct the name, or add the document that it names.",
  },
  ICH3002: {
    title: "address pool of the wrong use",
    meaning:
      "An address pool is either for virtual IPs (`use: vip`) or for the ranges of load balancers (`use: lb`). Handing out both from one pool would tear holes into it.",
    remedy: "Name a pool of the right use: `vipPool` needs `use: vip`, `lbPool` needs `use: lb`.",
  },
  ICH3003: {
    title: "pool of another site",
    meaning:
      "The servers of a cluster stand in its site, and its addresses are announced there. A pool or class that is limited to another site can give it nothing.",
    remedy: "Name a pool of the cluster's own site.",
  },
  ICH3004: {
    title: "hub is no management cluster",
    meaning:
      "The hub of a site runs Argo CD and the applier for it. Only a cluster with the role `management` does that.",
    remedy: "Name a cluster with `role: management` as `hub`. An edge site may name one of another site.",
  },
  ICH3005: {
    title: "management cluster without a site",
    meaning: "No site names this management cluster as its hub, so that it manages nothing.",
    remedy: "Name it as the `hub` of a site, or give the cluster another role.",
  },
  ICH3006: {
    title: "cable to the wrong kind of switch",
    meaning: "Servers are cabled to leaf switches, and the uplinks of leaves go to spine switches.",
    remedy: "Write the leaf or spine that the cable really goes to, as SWITCH/PORT.",
  },
  ICH3007: {
    title: "cable to another site",
    meaning: "The two ends of a cable are in different sites, which no cable inside a rack or row can be.",
    remedy: "Write the switch of the same site that the cable goes to.",
  },
  ICH3008: {
    title: "unknown switch port",
    meaning:
      "The model of the switch has no port of this name. A configuration for it would be refused by the switch.",
    remedy: "Correct the name of the port, or add it to the `ports` of the SwitchModel.",
  },
  ICH3009: {
    title: "range of ports runs downwards",
    meaning: "A range of ports such as `Ethernet{0..47}` is counted upwards. Written downwards it is empty.",
    remedy: "Write the lower number first.",
  },
  ICH3010: {
    title: "missing patch",
    meaning: "A path under `patches` leads to no file. The machine would be configured without the patch.",
    remedy: "Correct the path, which is relative to the file that names it, or add the file.",
  },
  ICH3011: {
    title: "patch outside the repository",
    meaning:
      "What a machine gets must come from the repository alone: a file outside it is not reviewed and not the same on every machine.",
    remedy: "Copy the patch into the repository and name it there.",
  },
  ICH3012: {
    title: "approval without a target",
    meaning:
      "An approval permits an action on what it names. Wiping, resetting, removing a member and first contact need the serial of one server; work on a whole cluster needs its name; reinstalling needs either, and for many machines a maximum.",
    remedy: "Name the serial, or the cluster or pool and a maximum.",
  },
  ICH3013: {
    title: "approval of something unknown",
    meaning:
      "What the approval names is not in the repository, so that it permits nothing. Its name may be mistyped, or what it permitted is done.",
    remedy: "Correct the name, or delete the approval when its work is done.",
  },
  ICH3014: {
    title: "lock of an unknown server",
    meaning:
      "The lock has the name of no server of the repository, so that it holds nobody back. The name may be mistyped, or the server is gone.",
    remedy: "Name the file and the document as the server, or delete the lock.",
  },
} as const satisfies Record<string, CodeEntry>;
