import { describe, expect, test } from "vitest";
import {
  type ClusterShape,
  type Documents,
  outline,
  PlannedFleet,
  plainDocuments,
} from "../../../test/support/planned-fleet.ts";
import type { PlanInput } from "./input.ts";
import { planFleet } from "./plan-fleet.ts";

/** What a situation comes to: the machines in their order with step and action, or the codes against it. */
interface Case {
  readonly when: string;
  readonly shape?: ClusterShape;
  readonly given: (fleet: PlannedFleet) => unknown;
  readonly input?: Partial<PlanInput>;
  readonly plan: readonly string[];
}

const ALL = ["c0", "c1", "c2", "w0", "w1"];

/** Documents as they were, with something else in v1alpha1's `machine`, or documents added. */
function withMachine(part: object): Documents {
  return (machine) => {
    const [first, ...rest] = plainDocuments(machine) as [{ machine: object }, ...unknown[]];
    return [{ ...first, machine: { ...first.machine, ...part } }, ...rest];
  };
}

function withDocument(document: object): Documents {
  return (machine) => [...plainDocuments(machine), document];
}

const quiet = withMachine({ sysctls: { a: "2" } });
const kubelet = withMachine({ kubelet: { image: "kubelet:v2" } });
const reboots = withMachine({ udev: { rules: ["x"] } });
const frr = withDocument({ kind: "ExtensionServiceConfig", name: "frr", configFiles: [{ content: "x" }] });

/** A cluster of which no machine has a configuration yet. */
function fresh(fleet: PlannedFleet): PlannedFleet {
  for (const name of fleet.live.keys()) fleet.maintenance(name);
  return fleet.cluster({ bootstrapped: undefined });
}

const cases: Readonly<Record<string, readonly Case[]>> = {
  "what differs": [
    { when: "every machine is as git says", given: () => {}, plan: [] },
    {
      when: "a setting is applied at once",
      given: (fleet) => fleet.says(["w0"], quiet),
      plan: ["w0 0: configure auto none"],
    },
    {
      when: "Talos 1.13 reboots for it",
      given: (fleet) => fleet.says(["w0"], reboots),
      plan: ["w0 0: configure auto reboot"],
    },
    {
      when: "Talos 1.14 does not reboot for it",
      shape: { talos: "v1.14.1" },
      given: (fleet) => fleet.says(["w0"], reboots),
      plan: ["w0 0: configure auto none"],
    },
    {
      when: "Talos 1.14 would wait for a boot with it",
      shape: { talos: "v1.14.1" },
      given: (fleet) =>
        fleet.says(["w0"], withDocument({ kind: "EnvironmentConfig", variables: { A: "b" } })),
      plan: ["w0 0: configure auto none, reboot"],
    },
    {
      when: "only the machine has a document",
      given: (fleet) =>
        fleet.but("w0", {
          active: frr(fleet.machine("w0")),
          persistent: frr(fleet.machine("w0")),
        }),
      plan: ["w0 0: configure try service-restart"],
    },
    {
      when: "what git says is staged",
      given: (fleet) => fleet.but("w0", { active: reboots(fleet.machine("w0")) }),
      plan: ["w0 0: configure auto reboot, note"],
    },
    {
      when: "what git says is being tried",
      given: (fleet) => fleet.but("w0", { persistent: quiet(fleet.machine("w0")) }),
      plan: ["w0 0: configure auto none, note"],
    },
  ],
  "the modes": [
    {
      when: "staged: nothing is disturbed",
      given: (fleet) => fleet.says(["w0", "w1"], reboots),
      input: { mode: "staged" },
      plan: ["w0 0: configure staged none", "w1 1: configure staged none"],
    },
    {
      when: "staged: it is staged already",
      given: (fleet) => fleet.but("w0", { active: reboots(fleet.machine("w0")) }),
      input: { mode: "staged" },
      plan: ["w0 -: note"],
    },
    {
      when: "no-reboot: Talos 1.13 would reboot",
      given: (fleet) => fleet.says(["w0"], reboots),
      input: { mode: "no-reboot" },
      plan: ["w0 -: ICH7012"],
    },
    {
      when: "no-reboot: a restart is none",
      given: (fleet) => fleet.says(["w0"], kubelet),
      input: { mode: "no-reboot" },
      plan: ["w0 0: configure no-reboot service-restart"],
    },
    {
      when: "try",
      given: (fleet) => fleet.says(["w0"], quiet),
      input: { mode: "try" },
      plan: ["w0 0: configure try none"],
    },
  ],
  identity: [
    {
      when: "another serial number answers",
      given: (fleet) =>
        fleet.says(["w0"], quiet).but("w0", { hardware: { ...fleet.machine("w0"), serial: "OTHER" } }),
      plan: ["w0 -: ICH7003"],
    },
    {
      when: "the UUID has the other byte order",
      given: (fleet) =>
        fleet.says(["w0"], quiet).but("w0", {
          hardware: {
            ...fleet.machine("w0"),
            uuid: fleet.machine("w0").uuid.replace("4c4c4544-0058-4b10", "44454c4c-5800-104b"),
          },
        }),
      plan: ["w0 0: configure auto none"],
    },
    {
      when: "the UUID is a placeholder in git and on the machine",
      given: (fleet) => {
        const uuid = "03000200-0400-0500-0006-000700080009";
        const [cluster] = fleet.clusters.values();
        const machines = cluster?.machines.map((one) => (one.name === "w0" ? { ...one, uuid } : one)) ?? [];
        fleet.cluster({ machines }).but("w0", { hardware: { ...fleet.machine("w0") } });
      },
      plan: ["w0 -: ICH7004"],
    },
    {
      when: "a machine in maintenance has another network card",
      given: (fleet) => {
        fleet.maintenance("w0");
        const live = fleet.live.get("w0");
        if (live?.state === "maintenance")
          fleet.is("w0", { ...live, hardware: { ...live.hardware, macs: { eno1: "02:00:00:00:00:99" } } });
      },
      plan: ["w0 -: ICH7005"],
    },
    {
      when: "a machine of somebody else answers",
      given: (fleet) => fleet.is("w0", { state: "foreign", why: "its certificate is of another authority" }),
      plan: ["w0 -: ICH7002"],
    },
    {
      when: "a machine does not answer and another one is to be changed",
      given: (fleet) =>
        fleet.says(["w1"], quiet).is("w0", { state: "unreachable", why: "no answer within 5 s" }),
      plan: ["w1 0: configure auto none", "w0 -: ICH7001"],
    },
    {
      when: "a control plane is to become a worker",
      given: (fleet) =>
        fleet.but("w0", { active: [{ machine: { type: "controlplane" } }], persistent: [{ machine: {} }] }),
      plan: ["w0 -: ICH7006"],
    },
  ],
  "who says no": [
    {
      when: "the machine is locked",
      given: (fleet) => fleet.says(["w0"], quiet).locked.set("w0", "its fans fail"),
      plan: ["w0 -: ICH7008"],
    },
    {
      when: "a locked machine is as it should be",
      given: (fleet) => fleet.locked.set("w0", "its fans fail"),
      plan: [],
    },
    {
      when: "the machine upgrades just now",
      given: (fleet) => fleet.says(["w0"], quiet).but("w0", { stage: "upgrading" }),
      plan: ["w0 -: ICH7009"],
    },
    {
      when: "its configuration could not be read",
      given: (fleet) =>
        fleet.but("w0", { active: [], missing: ["machine configuration: permission denied"] }),
      plan: ["w0 -: ICH7010"],
    },
    {
      when: "who it is could not be read: that makes it no other machine",
      given: (fleet) =>
        fleet.but("w0", {
          hardware: { uuid: "", serial: "", macs: {} },
          missing: ["hardware: the call broke off"],
        }),
      plan: ["w0 -: ICH7010"],
    },
    {
      when: "the site is paused",
      given: (fleet) => fleet.says(["w0"], quiet).policies.set("hel1", [{ paused: true }]),
      plan: ["a: ICH7022", "w0 -: "],
    },
    {
      when: "the site is paused and there is nothing to do",
      given: (fleet) => fleet.policies.set("hel1", [{ paused: true }]),
      plan: [],
    },
    {
      when: "today is the last day of a freeze",
      given: (fleet) =>
        fleet
          .says(["w0"], quiet)
          .policies.set("hel1", [
            {},
            { freeze: [{ from: "2026-11-20", until: "2026-11-21", reason: "sales" }] },
          ]),
      plan: ["a: ICH7023", "w0 -: "],
    },
    {
      when: "a freeze ended yesterday",
      given: (fleet) =>
        fleet
          .says(["w0"], quiet)
          .policies.set("hel1", [{ freeze: [{ from: "2026-11-01", until: "2026-11-20", reason: "x" }] }]),
      plan: ["w0 0: configure auto none"],
    },
    {
      when: "the window is open on Saturdays and Sundays, and it is Saturday",
      given: (fleet) => fleet.says(["w0"], quiet).cluster({ window: "Sat-Sun 07:30-08:30 UTC" }),
      plan: ["w0 0: configure auto none"],
    },
    {
      when: "the window of Friday ran over midnight until eight",
      given: (fleet) => fleet.says(["w0"], quiet).cluster({ window: "Fri 22:00-08:01 UTC" }),
      plan: ["w0 0: configure auto none"],
    },
    {
      when: "the window closed this minute",
      given: (fleet) => fleet.says(["w0"], quiet).cluster({ window: "Fri 22:00-08:00 UTC" }),
      plan: ["a: ICH7024", "w0 -: "],
    },
    {
      when: "nobody knows the time zone of the window",
      given: (fleet) => fleet.says(["w0"], quiet).cluster({ window: "01:00-23:00 Europe/Atlantis" }),
      plan: ["a: ICH7025", "w0 -: "],
    },
    {
      when: "the bundle has another authority than recorded",
      given: (fleet) => fleet.says(["w0"], quiet).bundles.set("a", { os: "other", k8s: "k8s of a" }),
      plan: ["a: ICH7021"],
    },
    {
      when: "the bundle could not be opened",
      given: (fleet) => fleet.bundles.delete("a"),
      plan: ["a: ICH7020"],
    },
    {
      when: "a change of the network comes with one that Talos 1.13 reboots for",
      given: (fleet) => fleet.says(["w0"], withMachine({ network: { mtu: 1 }, udev: { rules: ["x"] } })),
      plan: ["w0 -: ICH7013"],
    },
  ],
  "first contact": [
    {
      when: "a worker waits for its installation and has a BMC",
      given: (fleet) => fleet.maintenance("w0"),
      plan: ["w0 0: install power"],
    },
    {
      when: "it has no BMC and no Approval",
      given: (fleet) => withoutBmc(fleet).maintenance("w0"),
      plan: ["w0 -: ICH7011"],
    },
    {
      when: "an Approval names its serial number until today",
      given: (fleet) => approve(withoutBmc(fleet).maintenance("w0"), "2026-11-21"),
      plan: ["w0 0: install approval"],
    },
    {
      when: "the Approval ended yesterday",
      given: (fleet) => approve(withoutBmc(fleet).maintenance("w0"), "2026-11-20"),
      plan: ["w0 -: ICH7011"],
    },
  ],
  bootstrapping: [
    {
      when: "a cluster begins",
      given: fresh,
      plan: [
        "c0 0: install power, bootstrap",
        "c1 1: install power",
        "c2 2: install power",
        "w0 3: install power",
        "w1 4: install power",
      ],
    },
    {
      when: "one control plane does not answer: silence is no proof",
      given: (fleet) => fresh(fleet).is("c2", { state: "unreachable", why: "no answer" }),
      plan: ["c0 -: ICH7035", "c1 -: ICH7035", "c2 -: ICH7001", "w0 -: ICH7035", "w1 -: ICH7035"],
    },
    {
      when: "one control plane was not selected",
      given: (fleet) => fresh(fleet).is("c2", undefined).is("w0", undefined).is("w1", undefined),
      plan: ["c0 -: ICH7035", "c1 -: ICH7035"],
    },
    {
      when: "an earlier run installed the second control plane: etcd begins there",
      given: (fleet) => {
        fresh(fleet)
          .is("c1", fleet.running(fleet.machine("c1")))
          .unbootstrapped("c1");
        fleet.is("w0", undefined).is("w1", undefined);
      },
      plan: ["c1 0: bootstrap", "c0 1: install power", "c2 2: install power"],
    },
    {
      when: "the only machine with etcd is locked, and git does not know of that etcd: nobody joins",
      given: (fleet) => {
        fleet.maintenance("c1").maintenance("c2").maintenance("w0").is("w1", undefined).etcd(["c0"]);
        fleet.cluster({ bootstrapped: undefined }).locked.set("c0", "its fans fail");
        fleet.says(["c0"], quiet);
      },
      plan: ["c0 -: ICH7008", "c1 -: ICH7036", "c2 -: ICH7036", "w0 -: ICH7036"],
    },
    {
      when: "the machine with etcd is locked and as it should be: it is not recorded, and nobody joins",
      given: (fleet) => {
        fleet.maintenance("c1").maintenance("c2").is("w0", undefined).is("w1", undefined).etcd(["c0"]);
        fleet.cluster({ bootstrapped: undefined }).locked.set("c0", "its fans fail");
      },
      plan: ["c0 -: ICH7008", "c1 -: ICH7036", "c2 -: ICH7036"],
    },
    {
      when: "a machine that waits for etcd is locked: etcd begins on another one",
      given: (fleet) => {
        fresh(fleet)
          .is("c0", fleet.running(fleet.machine("c0")))
          .unbootstrapped("c0");
        fleet.is("w0", undefined).is("w1", undefined).locked.set("c0", "its fans fail");
      },
      plan: ["c1 0: install power, bootstrap", "c2 1: install power"],
    },
    {
      when: "nobody shows the members of etcd, and git does not name all machines any more that may be some",
      given: (fleet) =>
        fleet.says(["c0"], reboots).maintenance("c1").maintenance("c2").but("c0", { etcd: undefined }),
      plan: ["c0 -: ICH7031", "c1 -: ICH7031", "c2 -: ICH7031"],
    },
    {
      when: "of two machines with etcd one is locked: it is recorded on the other one",
      given: (fleet) => {
        fleet.maintenance("c2").is("w0", undefined).is("w1", undefined).etcd(["c0", "c1"]);
        fleet.cluster({ bootstrapped: undefined }).locked.set("c0", "its fans fail");
        fleet.says(["c0"], quiet);
      },
      plan: ["c1 0: record-bootstrap", "c2 1: install power", "c0 -: ICH7008"],
    },
    {
      when: "an etcd that failed may hold data",
      given: (fleet) => {
        fresh(fleet)
          .is("c1", fleet.running(fleet.machine("c1")))
          .unbootstrapped("c1");
        fleet.but("c1", {
          services: [{ id: "etcd", state: "Failed", healthy: false, unknown: false, message: "" }],
        });
        fleet.is("w0", undefined).is("w1", undefined);
      },
      plan: ["c0 -: ICH7035", "c2 -: ICH7035"],
    },
    {
      when: "an earlier run bootstrapped and was cut off before it could record it",
      given: (fleet) => {
        fresh(fleet)
          .is("c0", fleet.running(fleet.machine("c0")))
          .etcd(["c0"]);
        fleet.is("w0", undefined).is("w1", undefined);
      },
      plan: ["c0 0: record-bootstrap", "c1 1: install power", "c2 2: install power"],
    },
    {
      when: "the control plane of the bootstrapping is locked: the next one takes its place",
      given: (fleet) => {
        fresh(fleet).locked.set("c0", "its fans fail");
        fleet.is("w0", undefined).is("w1", undefined);
      },
      plan: ["c1 0: install power, bootstrap", "c2 1: install power", "c0 -: ICH7008"],
    },
    {
      when: "the budget does not let the one be changed on which etcd is to begin: nothing joins",
      given: (fleet) => {
        fresh(fleet)
          .is("c1", fleet.running(fleet.machine("c1")))
          .unbootstrapped("c1")
          .says(["c1"], quiet);
        fleet
          .is("w0", undefined)
          .is("w1", undefined)
          .policies.set("hel1", [{ budgets: { change: 0 } }]);
      },
      plan: ["c0 -: ICH7036", "c1 -: ICH7040", "c2 -: ICH7036"],
    },
  ],
  etcd: [
    {
      when: "all control planes reboot: one after another, the leader last",
      given: (fleet) => fleet.says(["c0", "c1", "c2"], reboots),
      plan: ["c1 0: configure auto reboot", "c2 1: configure auto reboot", "c0 2: configure auto reboot"],
    },
    {
      when: "there are two members",
      shape: { controlPlanes: 2 },
      given: (fleet) => fleet.says(["c0"], reboots),
      plan: ["c0 -: ICH7030"],
    },
    {
      when: "there are two members, and another network is to be tried out",
      shape: { controlPlanes: 2 },
      given: (fleet) => fleet.says(["c0"], quiet),
      input: { mode: "try" },
      plan: ["c0 -: ICH7030"],
    },
    {
      when: "there are two members and a third one joins",
      given: (fleet) => fleet.maintenance("c2").etcd(["c0", "c1"]),
      plan: ["c2 0: install power"],
    },
    {
      when: "there is one member: nobody else to ask",
      shape: { controlPlanes: 1 },
      given: (fleet) => fleet.says(["c0"], reboots),
      plan: ["c0 0: configure auto reboot"],
    },
    {
      when: "another control plane does not answer; workers wait too",
      given: (fleet) =>
        fleet.says(["c0", "w0"], kubelet).is("c1", { state: "unreachable", why: "no answer" }),
      plan: ["c0 -: ICH7031", "c1 -: ICH7001", "w0 -: ICH7037"],
    },
    {
      when: "another control plane was not selected",
      given: (fleet) => fleet.says(["c0"], kubelet).is("c1", undefined),
      plan: ["c0 -: ICH7031"],
    },
    {
      when: "another member is still learning",
      given: (fleet) => {
        const live = fleet.says(["c0"], kubelet).live.get("c1");
        if (live?.state === "running" && live.etcd?.status !== undefined)
          fleet.but("c1", { etcd: { ...live.etcd, status: { ...live.etcd.status, isLearner: true } } });
      },
      plan: ["c0 -: ICH7031"],
    },
    {
      when: "it is the sick one itself that is to be mended",
      given: (fleet) => fleet.says(["c0"], kubelet).but("c0", { services: [], etcd: undefined }),
      plan: ["c0 0: configure auto service-restart"],
    },
    {
      when: "nothing is disturbed by the change, and another one does not answer: it is not carried out either",
      given: (fleet) => fleet.says(["c0"], quiet).is("c1", { state: "unreachable", why: "no answer" }),
      plan: ["c0 -: ICH7031", "c1 -: ICH7001"],
    },
    {
      when: "a control plane names members that no other one knows: the cluster stops",
      given: (fleet) => fleet.says(["w0"], quiet).etcd(["c0", "c1"]).etcd(["x"], ["c2"]),
      plan: ["a: ICH7032", "w0 -: "],
    },
    {
      when: "etcd has a member that git does not know",
      given: (fleet) => fleet.says(["c0"], kubelet).etcd(["c0", "c1", "c2", "old"], ["c0", "c1", "c2"]),
      plan: ["c0 -: ICH7033"],
    },
    {
      when: "a replaced control plane is still a member",
      given: (fleet) => fleet.maintenance("c2"),
      plan: ["c2 -: ICH7034"],
    },
    {
      when: "git says bootstrapped and no etcd is left: that is for a person",
      given: (fleet) => {
        for (const name of ALL) fleet.maintenance(name);
        fleet.is("w0", undefined).is("w1", undefined);
      },
      plan: ["c0 -: ICH7031", "c1 -: ICH7031", "c2 -: ICH7031"],
    },
  ],
  "steps and budgets": [
    {
      when: "workers go three at a time, of as many racks as there are",
      shape: { workers: 6, racks: 2, desired: { maxParallel: 3, maxUnavailable: 6 } },
      given: (fleet) => fleet.says(["w0", "w1", "w2", "w3", "w4", "w5"], kubelet),
      plan: [
        "w0 0: configure auto service-restart",
        "w1 0: configure auto service-restart",
        "w2 0: configure auto service-restart",
        "w3 1: configure auto service-restart",
        "w4 1: configure auto service-restart",
        "w5 1: configure auto service-restart",
      ],
    },
    {
      when: "the command line allows fewer",
      shape: { desired: { maxParallel: 3, maxUnavailable: 3 } },
      given: (fleet) => fleet.says(["w0", "w1"], quiet),
      input: { limits: { maxParallel: 1 } },
      plan: ["w0 0: configure auto none", "w1 1: configure auto none"],
    },
    {
      when: "one worker is away, as many as may be",
      given: (fleet) => fleet.says(["w1"], kubelet).is("w0", { state: "unreachable", why: "no answer" }),
      plan: ["w0 -: ICH7001", "w1 -: ICH7043"],
    },
    {
      when: "the one that is away is the one to be mended",
      given: (fleet) => fleet.says(["w0"], kubelet).but("w0", { ready: false }),
      plan: ["w0 0: configure auto service-restart"],
    },
    {
      when: "a frr.conf changes: each machine by itself and as a trial, after the others",
      shape: { desired: { maxParallel: 9, maxUnavailable: 9 }, workers: 3 },
      given: (fleet) => fleet.says(["c0", "w0", "w1"], frr).says(["w2"], quiet),
      plan: [
        "c0 0: configure try service-restart",
        "w2 1: configure auto none",
        "w0 2: configure try service-restart",
        "w1 3: configure try service-restart",
      ],
    },
    {
      when: "half of five machines may change",
      shape: { desired: { maxParallel: 9 } },
      given: (fleet) => fleet.says(ALL, quiet).policies.set("hel1", [{ budgets: { change: "50%" } }]),
      plan: [
        "c1 0: configure auto none",
        "c2 1: configure auto none",
        "c0 -: ICH7040",
        "w0 -: ICH7040",
        "w1 -: ICH7040",
      ],
    },
    {
      when: "the site's budget counts before the fleet's",
      given: (fleet) =>
        fleet
          .says(["w0", "w1"], reboots)
          .policies.set("hel1", [{ budgets: { reboot: 0 } }, { budgets: { reboot: 1 } }]),
      plan: ["w0 0: configure auto reboot", "w1 -: ICH7041"],
    },
    {
      when: "an installation is no change of anything that runs",
      given: (fleet) => fleet.maintenance("w0").policies.set("hel1", [{ budgets: { change: 0 } }]),
      plan: ["w0 0: install power"],
    },
    {
      when: "the command line allows one change in the run",
      given: (fleet) => fleet.says(["w0", "w1"], quiet),
      input: { limits: { maxChange: 1 } },
      plan: ["w0 0: configure auto none", "w1 -: ICH7040"],
    },
  ],
};

function withoutBmc(fleet: PlannedFleet): PlannedFleet {
  const [cluster] = fleet.clusters.values();
  return fleet.cluster({ machines: cluster?.machines.map((one) => ({ ...one, bmc: undefined })) ?? [] });
}

function approve(fleet: PlannedFleet, expires: string): PlannedFleet {
  const { serial } = fleet.machine("w0");
  fleet.approvals = [{ name: "new", reason: "x", expires, actions: [{ do: "first-contact", serial }] }];
  return fleet;
}

describe.each(Object.entries(cases))("%s", (_, list) => {
  test.each(list)("$when", ({ shape, given, input, plan }) => {
    const fleet = new PlannedFleet(shape);
    given(fleet);
    expect(outline(planFleet(fleet.input(input)))).toEqual(plan);
  });
});

test("a management cluster is last in its site and waits for the others", () => {
  const fleet = new PlannedFleet({ desired: { role: "management" } }).add({ name: "b" }).add({ name: "c" });
  fleet.says(["w0", "b-w0"], quiet);
  const { clusters } = planFleet(fleet.input());
  expect(clusters.map(({ cluster, after }) => [cluster, after])).toEqual([
    ["b", undefined],
    ["c", undefined],
    ["a", ["b"]],
  ]);
});

test("what waits for the control planes of its cluster spends nothing of the site's budget", () => {
  const fleet = new PlannedFleet();
  fleet.add({ name: "b" });
  fleet.says(["c0", "w0", "w1", "b-w0"], reboots).is("c1", { state: "unreachable", why: "no answer" });
  fleet.policies.set("hel1", [{ budgets: { reboot: 1 } }]);
  expect(outline(planFleet(fleet.input()))).toEqual([
    "c0 -: ICH7031",
    "c1 -: ICH7001",
    "w0 -: ICH7037",
    "w1 -: ICH7037",
    "b-w0 0: configure auto reboot",
  ]);
});

test("the summary counts machines that join and machines that change", () => {
  const fleet = new PlannedFleet().says(["w0"], quiet).maintenance("w1");
  expect(planFleet(fleet.input()).summary).toEqual({ add: 1, change: 1, destroy: 0 });
});

test("what is held back is shown and not to be done", () => {
  const fleet = new PlannedFleet().says(["w0"], quiet);
  fleet.locked.set("w0", "its fans fail");
  const [machine] = planFleet(fleet.input()).clusters[0]?.machines ?? [];
  expect(machine?.actions).toEqual([]);
  expect(machine?.withheld).toMatchObject([{ do: "configure" }]);
});

test("a fleet of which nothing was looked at plans nothing and calls nothing unchanged", () => {
  const fleet = new PlannedFleet();
  fleet.live.clear();
  expect(planFleet(fleet.input()).clusters).toMatchObject([{ machines: [], unchanged: 0 }]);
});

test("of a machine that does not answer the plan says that it is off, where its BMC does", () => {
  const why = "10.1.0.1: no answer within 5 s";
  const fleet = new PlannedFleet()
    .is("w0", { state: "unreachable", why, power: "off" })
    .is("w1", { state: "unreachable", why, power: "on" });
  const refusals = planFleet(fleet.input()).clusters[0]?.machines.map(
    ({ refusals: [first] }) => first?.message,
  );
  expect(refusals).toEqual(['"w0" does not answer: it is powered off', `"w1" does not answer: ${why}`]);
});
