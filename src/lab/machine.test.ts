import { beforeAll, describe, expect, test } from "vitest";
import {
  type Documents,
  type LabCluster,
  labCluster,
  labMachines,
} from "../../test/contract/fixtures/lab-cluster.ts";
import { ApiError } from "./api-error.ts";
import { type ApplyMode, apply, beginApply } from "./apply.ts";
import { rebootReason } from "./config-diff.ts";
import { votersOf } from "./etcd.ts";
import { bootstrapEtcd, forfeit, reachableCluster } from "./etcd-service.ts";
import { createLab, type Lab } from "./lab.ts";
import { powerOff, powerOn, reboot, reset, shutDown } from "./lifecycle.ts";
import type { Machine } from "./machine.ts";
import { getResource, listResources } from "./resource-store.ts";
import { unmetConditions } from "./resources.ts";
import { finishBoot, servicesOf } from "./services.ts";
import { pullImage, upgradeBeside, upgradeLegacy } from "./upgrade.ts";

const MINUTE = 60_000;

let old: LabCluster;
let recent: LabCluster;
beforeAll(async () => {
  old = await labCluster("old", "v1.13");
  recent = await labCluster("recent", "v1.14");
});

function lab(count: number, talos = "v1.13.9"): Lab {
  return createLab({ machines: labMachines(count, 1, talos), speed: 0, seed: "s", talos });
}

function at(of: Lab, name: string): Machine {
  const machine = of.fleet.find(name);
  if (machine === undefined) throw new Error(name);
  return machine;
}

function put(machine: Machine, text: string, mode: ApplyMode = "AUTO", tryTimeout?: number) {
  return apply(machine, { text, mode, dryRun: false, tryTimeout });
}

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ApiError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "not refused";
}

function bootstrap(machine: Machine): void {
  bootstrapEtcd(machine, () => finishBoot(machine));
}

function serviceOf(machine: Machine, id: string) {
  return servicesOf(machine).find((service) => service.id === id);
}

/** Machines that run: the first `controlPlanes` of them bootstrapped to one cluster, the others workers. */
function running(count: number, controlPlanes: number, cluster = old, talos = "v1.13.9") {
  const of = lab(count, talos);
  const machines = [...of.fleet.machines.values()];
  for (const machine of machines) powerOn(machine);
  of.clock.advance(3 * MINUTE);
  machines.forEach((machine, index) => {
    put(machine, cluster.config(machine.spec, index < controlPlanes ? "controlplane" : "worker"));
  });
  of.clock.advance(5 * MINUTE);
  if (controlPlanes > 0) bootstrap(at(of, "m0"));
  of.clock.advance(3 * MINUTE);
  return { of, machines, clock: of.clock, m: (index: number) => at(of, `m${index}`) };
}

describe("a machine without a configuration", () => {
  test("has nothing that answers until its firmware and kernel are up, then is in maintenance mode", () => {
    const of = lab(1);
    const machine = at(of, "m0");
    powerOn(machine);
    of.clock.advance(30_000);
    expect(machine).toMatchObject({ power: "on", stage: undefined, api: "closed" });
    of.clock.advance(2 * MINUTE);
    expect(machine).toMatchObject({ stage: "maintenance", api: "maintenance" });
    expect(machine.running?.talos).toBe("v1.13.9");
  });

  test("installs what it is given, boots from its disk and runs", () => {
    const of = lab(1);
    const machine = at(of, "m0");
    powerOn(machine);
    of.clock.advance(3 * MINUTE);
    const first = machine.bootId;
    put(machine, old.config(machine.spec, "worker"));
    expect(machine).toMatchObject({ stage: "installing", api: "closed", persistent: undefined });
    of.clock.advance(40_000);
    expect(machine).toMatchObject({ stage: "rebooting" });
    expect(machine.disk?.next.schematic).toBe("ab".repeat(32));
    of.clock.advance(3 * MINUTE);
    expect(machine).toMatchObject({ stage: "running", api: "secure" });
    expect(machine.bootId).not.toBe(first);
  });

  test("of Talos 1.14 answers with its cluster's certificate while it installs itself", () => {
    const of = lab(1, "v1.14.1");
    const machine = at(of, "m0");
    powerOn(machine);
    of.clock.advance(3 * MINUTE);
    put(machine, recent.config(machine.spec, "controlplane"));
    of.clock.advance(5000);
    expect(machine).toMatchObject({ stage: "booting", api: "secure", install: { phase: "installing" } });
    expect(refusal(() => bootstrap(machine))).toMatch(/not allowed during unattended install/);
    const phases = new Set<string | undefined>();
    for (let second = 0; second < 60; second += 1) {
      of.clock.advance(1000);
      phases.add(machine.install?.phase);
    }
    expect([...phases]).toEqual(["installing", "waiting-for-reboot", undefined]);
    of.clock.advance(3 * MINUTE);
    expect(machine).toMatchObject({ stage: "booting", install: { phase: "installed" } });
  });

  test("takes documents without v1alpha1 and stays as it is", () => {
    const of = lab(1);
    const machine = at(of, "m0");
    powerOn(machine);
    of.clock.advance(3 * MINUTE);
    put(machine, "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: x\n");
    of.clock.advance(3 * MINUTE);
    expect(machine.stage).toBe("maintenance");
  });

  test("is empty again where its disk was full", () => {
    const of = lab(1);
    const machine = at(of, "m0");
    of.fleet.setFaults(machine, { diskFull: true });
    powerOn(machine);
    of.clock.advance(3 * MINUTE);
    put(machine, old.config(machine.spec, "worker"));
    of.clock.advance(3 * MINUTE);
    expect(machine).toMatchObject({ stage: "maintenance", disk: undefined, persistent: undefined });
  });

  test("of Talos 1.14 says that its disk is full, and goes on when it is not", () => {
    const of = lab(1, "v1.14.1");
    const machine = at(of, "m0");
    of.fleet.setFaults(machine, { diskFull: true });
    powerOn(machine);
    of.clock.advance(3 * MINUTE);
    put(machine, recent.config(machine.spec, "worker"));
    of.clock.advance(MINUTE);
    const type = "UnattendedInstallStatuses.runtime.talos.dev";
    expect(getResource(machine, { namespace: "runtime", type, id: "unattended-install" }).yaml).toMatch(
      /phase: failed\nerror: .*no space left/,
    );
    of.fleet.setFaults(machine, {});
    of.clock.advance(3 * MINUTE);
    expect(machine.disk).toBeDefined();
  });

  test("with an installed disk keeps it and starts with the new configuration at once", () => {
    const { m, clock } = running(1, 0);
    reset(m(0), { graceful: false, reboot: true, partitions: ["STATE"], wipesSystem: true });
    clock.advance(MINUTE);
    expect(m(0).stage).toBe("maintenance");
    const { bootId } = m(0);
    put(m(0), old.config(m(0).spec, "worker"));
    clock.advance(MINUTE);
    expect(m(0)).toMatchObject({ stage: "running", bootId });
  });
});

describe("a configuration is refused", () => {
  const change = (edit: (documents: Documents) => void) => (machine: Machine) =>
    old.config(machine.spec, "controlplane", edit);
  test.each<[string, (machine: Machine) => string, RegExp]>([
    ["that is no YAML", () => "a: [", /^INVALID_ARGUMENT: yaml: /],
    ["that is empty", () => "---\n", /^INVALID_ARGUMENT: no configuration/],
    ["of no mapping", () => "- a\n", /^INVALID_ARGUMENT: .*v1alpha1|mapping/],
    [
      "without v1alpha1",
      () => "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: x\n",
      /^INVALID_ARGUMENT: .*doesn't contain v1alpha1 config/,
    ],
    [
      "of an unknown machine type",
      change(([first]) => void Object.assign(first?.["machine"], { type: "boss" })),
      /^INVALID_ARGUMENT: 1 error occurred:\n\t\* unknown machine type: "boss"/,
    ],
    [
      "with a reference left in it",
      change(([first]) => void Object.assign(first?.["machine"], { token: "ref+sops://a.yaml#/b" })),
      /^INVALID_ARGUMENT: .*illegal base64 data/s,
    ],
    [
      "with one document twice",
      change((documents) => void documents.push({ ...documents[1] })),
      /^INVALID_ARGUMENT: .*duplicate document: v1alpha1\/HostnameConfig/s,
    ],
    [
      "of a control plane without its authority's key",
      change(([first]) => {
        delete first?.["machine"].ca.key;
      }),
      /^INVALID_ARGUMENT: .*key is required/s,
    ],
    [
      "of a worker with etcd",
      change(([first]) => void Object.assign(first?.["machine"], { type: "worker" })),
      /^INVALID_ARGUMENT: .*etcd config is only allowed/s,
    ],
  ])("%s", (_, text, expected) => {
    const { m } = running(1, 1);
    expect(refusal(() => put(m(0), text(m(0))))).toMatch(expected);
  });

  test("by the machine itself, where it is told to", () => {
    const { m, of } = running(1, 0);
    of.fleet.setFaults(m(0), { refuseConfiguration: "1 error occurred:\n\t* no\n\n" });
    expect(refusal(() => put(m(0), old.config(m(0).spec, "worker")))).toMatch(/^INVALID_ARGUMENT: .*no/s);
  });

  test("while another is applied", () => {
    const { m } = running(1, 0);
    const call = {
      text: old.config(m(0).spec, "worker"),
      mode: "AUTO",
      dryRun: false,
      tryTimeout: undefined,
    } as const;
    const finish = beginApply(m(0), call);
    expect(refusal(() => beginApply(m(0), call))).toMatch(/^FAILED_PRECONDITION: another apply/);
    finish();
    expect(refusal(() => beginApply(m(0), call)())).toBe("not refused");
  });

  test("where there is no room for it", () => {
    const { m, of } = running(1, 0);
    of.fleet.setFaults(m(0), { diskFull: true });
    expect(refusal(() => put(m(0), old.config(m(0).spec, "worker")))).toMatch(/^UNKNOWN: .*no space left/);
  });
});

/** Sets fields of the v1alpha1 document's part. */
function set(documents: Documents, part: "machine" | "cluster", fields: object): void {
  Object.assign(documents[0]?.[part] ?? {}, fields);
}

const withNtp = (documents: Documents) => set(documents, "machine", { time: { servers: ["x"] } });
const withFiles = (documents: Documents) =>
  set(documents, "machine", { files: [{ path: "/var/x", content: "y" }] });

describe("a running machine of Talos 1.13", () => {
  test("applies the fields on Talos' list, and documents, without a reboot", () => {
    const { m, clock } = running(1, 0);
    const { bootId } = m(0);
    const text = old.config(m(0).spec, "worker", (documents) => {
      withNtp(documents);
      documents.push({ apiVersion: "v1alpha1", kind: "SysctlConfig", params: { a: "1" } });
      Object.assign(documents[0] ?? {}, { debug: true });
      set(documents, "cluster", { network: { dnsDomain: "x" } });
      set(documents, "machine", { features: { kubePrism: { enabled: true } } });
    });
    expect(put(m(0), text)).toMatchObject({ mode: "NO_REBOOT" });
    clock.advance(3 * MINUTE);
    expect(m(0)).toMatchObject({ bootId, stage: "running" });
    expect([m(0).active?.text, m(0).persistent?.text]).toEqual([text, text]);
  });

  test("reboots for others in mode auto, and refuses them in modes no-reboot and try", () => {
    const { m, clock } = running(1, 0);
    const { bootId } = m(0);
    const text = old.config(m(0).spec, "worker", withFiles);
    for (const mode of ["NO_REBOOT", "TRY"] as const) {
      expect(refusal(() => put(m(0), text, mode))).toMatch(
        /^INVALID_ARGUMENT: this config change can't be applied/,
      );
    }
    expect(m(0).active?.text).not.toBe(text);
    expect(put(m(0), text)).toMatchObject({ mode: "REBOOT" });
    expect(m(0).stage).toBe("rebooting");
    clock.advance(3 * MINUTE);
    expect(m(0).bootId).not.toBe(bootId);
    expect(m(0).active?.text).toBe(text);
  });

  const machine =
    "acceptedCAs time certSANs install network sysfs sysctls logging controlPlane kubelet kernel registries pods seccompProfiles nodeAnnotations nodeLabels nodeTaints";
  const features = "kubernetesTalosAPIAccess kubePrism hostDNS imageCache nodeAddressSortAlgorithm";

  test.each([
    ["debug"],
    ["cluster"],
    ...machine.split(" ").map((field) => ["machine", field]),
    ...features.split(" ").map((field) => ["machine", "features", field]),
  ])("needs no reboot for %s %s %s", (...path) => {
    const document = (value: string) => [
      path.reduceRight<object>((inner, key) => ({ [key]: inner }), { value }),
    ];
    expect(rebootReason(document("a"), document("b"))).toBeUndefined();
  });

  test.each(["type", "token", "disks", "files", "env", "udev", "systemDiskEncryption"])(
    "needs a reboot for machine %s",
    (field) => {
      const document = (value: string) => [{ machine: { [field]: value } }];
      expect(rebootReason(document("a"), document("b"))).toMatch(/immediate mode\ndiff:\n-machine\./);
    },
  );

  test.each(["diskQuotaSupport", "apidCheckExtKeyUsage"])("reboots for the feature %s", (feature) => {
    const { m } = running(1, 0);
    const text = old.config(m(0).spec, "worker", (documents) => {
      set(documents, "machine", { features: { [feature]: true } });
    });
    expect(put(m(0), text).mode).toBe("REBOOT");
  });

  test("has no boot id and no schematic as resources, but the schematic among its extensions", () => {
    const { m } = running(1, 0);
    expect(refusal(() => listResources(m(0), "runtime", "BootIDs.runtime.talos.dev"))).toMatch(
      /^PERMISSION_DENIED: .*not supported/,
    );
    const [schematic] = listResources(m(0), "runtime", "ExtensionStatuses.runtime.talos.dev");
    expect(schematic?.yaml).toMatch(/name: schematic\n\s+version: (ab){32}/);
  });
});

describe("a running machine of Talos 1.14", () => {
  test("never reboots for a configuration", () => {
    const { m, clock } = running(1, 0, recent, "v1.14.1");
    const { bootId } = m(0);
    const text = recent.config(m(0).spec, "worker", withFiles);
    expect(put(m(0), text)).toMatchObject({ mode: "NO_REBOOT" });
    expect(refusal(() => put(m(0), text, "REBOOT"))).toMatch(/^UNIMPLEMENTED/);
    clock.advance(3 * MINUTE);
    expect(m(0)).toMatchObject({ bootId, stage: "running" });
  });

  test("has its boot id and its schematic as resources", () => {
    const { m } = running(1, 0, recent, "v1.14.1");
    const [bootId] = listResources(m(0), "runtime", "BootIDs.runtime.talos.dev");
    expect(bootId?.yaml).toBe(`bootID: ${m(0).bootId}\n`);
    expect(listResources(m(0), "runtime", "ImageFactorySchematics.runtime.talos.dev")).toHaveLength(1);
  });
});

describe("the modes of applying", () => {
  test("staged keeps the active configuration until the next boot", () => {
    const { m, clock } = running(1, 0);
    const before = m(0).active?.text;
    const text = old.config(m(0).spec, "worker", withFiles);
    put(m(0), text, "STAGED");
    expect([m(0).active?.text, m(0).persistent?.text]).toEqual([before, text]);
    reboot(m(0), "DEFAULT");
    clock.advance(3 * MINUTE);
    expect(m(0).active?.text).toBe(text);
  });

  test("try falls back by itself, and a reboot forgets it", () => {
    const { m, clock } = running(1, 0);
    const before = m(0).active?.text;
    const text = old.config(m(0).spec, "worker", withNtp);
    put(m(0), text, "TRY", 30_000);
    expect([m(0).active?.text, m(0).persistent?.text]).toEqual([text, before]);
    clock.advance(29_000);
    expect(m(0).active?.text).toBe(text);
    clock.advance(2000);
    expect(m(0).active?.text).toBe(before);
    put(m(0), text, "TRY");
    reboot(m(0), "FORCE");
    clock.advance(5 * MINUTE);
    expect(m(0).active?.text).toBe(before);
  });

  test("another apply ends the try, whatever it is and even where it is refused", () => {
    const { m, clock } = running(1, 0);
    const text = old.config(m(0).spec, "worker", withNtp);
    put(m(0), text, "TRY");
    refusal(() => put(m(0), "a: ["));
    clock.advance(10 * MINUTE);
    expect(m(0).active?.text).toBe(text);
    expect(m(0).persistent?.text).not.toBe(text);
  });

  test("a dry run says what differs and changes nothing", () => {
    const { m } = running(1, 0);
    const before = m(0).active;
    const call = { mode: "AUTO", dryRun: true, tryTimeout: undefined } as const;
    const same = apply(m(0), { ...call, text: old.config(m(0).spec, "worker") });
    expect(same.details).toMatch(/^Dry run summary:\n.*No changes\.$/s);
    const other = apply(m(0), { ...call, text: old.config(m(0).spec, "worker", withFiles) });
    expect(other).toMatchObject({ mode: "REBOOT" });
    expect(other.details).toMatch(/\+v1alpha1\.machine\.files: /);
    expect(m(0).active).toBe(before);
  });

  test("a changed extension service starts anew, and nothing else", () => {
    const { m, clock } = running(1, 0);
    const extension = (content: string) => (documents: Documents) =>
      void documents.push({
        apiVersion: "v1alpha1",
        kind: "ExtensionServiceConfig",
        name: "frr",
        configFiles: [{ content, mountPath: "/x" }],
      });
    put(m(0), old.config(m(0).spec, "worker", extension("a")));
    clock.advance(MINUTE);
    const kubelet = serviceOf(m(0), "kubelet")?.since;
    expect(serviceOf(m(0), "ext-frr")?.state).toBe("Running");
    put(m(0), old.config(m(0).spec, "worker", extension("b")));
    expect(serviceOf(m(0), "ext-frr")?.state).toBe("Preparing");
    clock.advance(MINUTE);
    expect(serviceOf(m(0), "ext-frr")?.state).toBe("Running");
    expect(serviceOf(m(0), "kubelet")?.since).toBe(kubelet);
  });
});

describe("etcd", () => {
  test("waits to be bootstrapped, and the stage stays booting until it runs", () => {
    const { m } = running(1, 0);
    put(m(0), old.config(m(0).spec, "worker"));
    const cp = lab(1);
    powerOn(at(cp, "m0"));
    expect(refusal(() => bootstrap(at(cp, "m0")))).toMatch(
      /^FAILED_PRECONDITION: bootstrap is not available yet/,
    );
    cp.clock.advance(3 * MINUTE);
    put(at(cp, "m0"), old.config(at(cp, "m0").spec, "controlplane"));
    cp.clock.advance(5 * MINUTE);
    expect(at(cp, "m0").stage).toBe("booting");
    expect(serviceOf(at(cp, "m0"), "etcd")?.state).toBe("Preparing");
    expect(refusal(() => reachableCluster(at(cp, "m0")))).toMatch(/no controlplane endpoints/);
    bootstrap(at(cp, "m0"));
    cp.clock.advance(MINUTE);
    expect(at(cp, "m0").stage).toBe("running");
    expect(serviceOf(at(cp, "m0"), "etcd")).toMatchObject({ state: "Running", healthy: true });
    expect(unmetConditions(at(cp, "m0"))).toEqual([]);
    expect(refusal(() => bootstrap(m(0)))).toMatch(
      /^UNIMPLEMENTED: bootstrap is only available on control plane/,
    );
  });

  test("is bootstrapped once, and only where the time is in sync", () => {
    const { m } = running(1, 1);
    expect(refusal(() => bootstrap(m(0)))).toMatch(/^ALREADY_EXISTS: etcd data directory is not empty/);
    const other = lab(1);
    const machine = at(other, "m0");
    powerOn(machine);
    other.clock.advance(3 * MINUTE);
    put(machine, old.config(machine.spec, "controlplane"));
    other.clock.advance(5 * MINUTE);
    other.fleet.setFaults(machine, { clockAhead: 3_600_000 });
    expect(refusal(() => bootstrap(machine))).toMatch(/^FAILED_PRECONDITION: time is not in sync/);
  });

  test("of the other control planes joins by itself, one learner at a time", () => {
    const { m } = running(3, 3);
    const cluster = reachableCluster(m(0));
    expect(
      votersOf(cluster)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["m0", "m1", "m2"]);
    for (const index of [0, 1, 2]) {
      expect(m(index).stage).toBe("running");
      expect(reachableCluster(m(index))).toBe(cluster);
    }
  });

  test("of another cluster does not join", () => {
    const of = lab(2);
    const machines = [...of.fleet.machines.values()];
    for (const machine of machines) powerOn(machine);
    of.clock.advance(3 * MINUTE);
    put(at(of, "m0"), old.config(at(of, "m0").spec, "controlplane"));
    const stranger = old.config(at(of, "m1").spec, "controlplane", ([first]) => {
      if (first) first["cluster"].secret = "another";
    });
    put(at(of, "m1"), stranger);
    of.clock.advance(5 * MINUTE);
    bootstrap(at(of, "m0"));
    of.clock.advance(5 * MINUTE);
    expect(at(of, "m1").etcd).toBeUndefined();
  });

  test("loses its leader with its majority, and has one again when a majority is back", () => {
    const { m, clock } = running(3, 3);
    powerOff(m(1));
    clock.advance(5000);
    expect(serviceOf(m(0), "etcd")?.healthy).toBe(true);
    powerOff(m(2));
    clock.advance(5000);
    expect(reachableCluster(m(0)).leader).toBeUndefined();
    expect(serviceOf(m(0), "etcd")?.healthy).toBe(false);
    expect(refusal(() => forfeit(m(0)))).toMatch(/^UNAVAILABLE: etcdserver: no leader/);
    powerOn(m(1));
    clock.advance(3 * MINUTE);
    expect(reachableCluster(m(0)).leader).toBeDefined();
    expect(serviceOf(m(0), "etcd")?.healthy).toBe(true);
  });

  test("gives up leadership to another, and not where there is none", () => {
    const { m } = running(3, 3);
    const cluster = reachableCluster(m(0));
    const leader = [0, 1, 2].map(m).find(({ etcd }) => etcd?.member === cluster.leader);
    if (leader === undefined) throw new Error("no leader");
    expect(forfeit(leader)).toMatch(/^m[012]$/);
    expect(cluster.leader).not.toBe(leader.etcd?.member);
    expect(forfeit(leader)).toBe("");
    const alone = running(1, 1);
    expect(refusal(() => forfeit(alone.m(0)))).toMatch(/only one member/);
  });

  test("is left by a graceful reset, and the machine comes back in maintenance mode", () => {
    const { m, clock } = running(3, 3);
    reset(m(2), { graceful: true, reboot: true, partitions: ["STATE", "EPHEMERAL"], wipesSystem: true });
    expect(m(2).stage).toBe("resetting");
    clock.advance(3 * MINUTE);
    expect(m(2)).toMatchObject({ stage: "maintenance", etcd: undefined });
    expect(m(2).disk).toBeDefined();
    expect(votersOf(reachableCluster(m(0)))).toHaveLength(2);
  });

  test("keeps its only member: its graceful reset fails, and it boots unwiped", () => {
    const { m, clock } = running(1, 1);
    reset(m(0), { graceful: true, reboot: true, partitions: [], wipesSystem: true });
    clock.advance(5 * MINUTE);
    expect(m(0).stage).toBe("running");
    expect(m(0).disk).toBeDefined();
  });

  test("keeps a member that was wiped without leaving, and that comes back under its name as a new one", () => {
    const { m, clock } = running(3, 3);
    const before = m(2).etcd?.member;
    reset(m(2), { graceful: false, reboot: true, partitions: ["EPHEMERAL"], wipesSystem: true });
    clock.advance(20_000);
    expect(reachableCluster(m(0)).members.size).toBe(3);
    clock.advance(5 * MINUTE);
    const cluster = reachableCluster(m(0));
    expect(votersOf(cluster)).toHaveLength(3);
    expect(m(2).etcd?.member).not.toBe(before);
    expect(m(2).stage).toBe("running");
  });
});

describe("going down", () => {
  test("a reboot keeps everything on disk and gives another boot id", () => {
    const { m, clock } = running(3, 3);
    const { bootId } = m(1);
    reboot(m(1), "DEFAULT");
    expect(m(1)).toMatchObject({ stage: "rebooting", api: "secure" });
    expect(m(1).etcd?.cluster.members.get(m(1).etcd?.member ?? 0n)?.process).toBeUndefined();
    clock.advance(3 * MINUTE);
    expect(m(1).stage).toBe("running");
    expect(m(1).bootId).not.toBe(bootId);
  });

  test("a second order on the way down changes nothing", () => {
    const { m, clock } = running(1, 0);
    reset(m(0), { graceful: false, reboot: true, partitions: [], wipesSystem: true });
    reboot(m(0), "FORCE");
    shutDown(m(0));
    clock.advance(5 * MINUTE);
    expect(m(0)).toMatchObject({ stage: "maintenance", disk: undefined });
  });

  test("a reset without a reboot ends without power; of an unknown partition it is refused", () => {
    const { m, clock } = running(1, 0);
    const call = { graceful: false, reboot: false, wipesSystem: true };
    expect(refusal(() => reset(m(0), { ...call, partitions: ["ROOT"] }))).toMatch(
      /volume status with label "ROOT"/,
    );
    reset(m(0), { ...call, partitions: [] });
    clock.advance(MINUTE);
    expect(m(0)).toMatchObject({ power: "off", stage: undefined, disk: undefined });
  });
});

describe("an upgrade", () => {
  const image = (version: string) => `factory.talos.dev/metal-installer/${"ef".repeat(32)}:${version}`;
  function upgrade(machine: Machine, advance: (ms: number) => void, version: string) {
    const said: string[] = [];
    let exitCode: number | undefined;
    pullImage(machine, image(version), { layer: () => undefined, done: (name) => void said.push(name) });
    advance(MINUTE);
    upgradeBeside(machine, image(version), {
      line: (text) => void said.push(text),
      done: (code) => {
        exitCode = code;
      },
    });
    advance(MINUTE);
    return { said, exitCode };
  }

  test("installs beside what runs; the next boot runs it", () => {
    const { m, clock } = running(1, 1);
    const { exitCode } = upgrade(m(0), clock.advance, "v1.14.1");
    expect(exitCode).toBe(0);
    expect(m(0)).toMatchObject({ stage: "running", running: { talos: "v1.13.9" } });
    reboot(m(0), "DEFAULT");
    clock.advance(3 * MINUTE);
    expect(m(0)).toMatchObject({
      stage: "running",
      running: { talos: "v1.14.1", schematic: "ef".repeat(32) },
    });
  });

  test("of an image that was not pulled fails, and one from too old a version ends with another exit code", () => {
    const { m, clock } = running(1, 0);
    const quiet = { line: () => undefined, done: () => undefined };
    expect(refusal(() => upgradeBeside(m(0), image("v1.14.1"), quiet))).toMatch(/^INTERNAL: .*not found/);
    m(0).running = { talos: "v1.11.0", schematic: undefined };
    expect(refusal(() => upgradeBeside(m(0), image("v1.14.1"), quiet))).toMatch(/^UNIMPLEMENTED/);
    m(0).running = { talos: "v1.13.9", schematic: undefined };
    expect(upgrade(m(0), clock.advance, "v1.14.1").exitCode).toBe(0);
    m(0).disk = { next: { talos: "v1.13.9", schematic: undefined }, previous: undefined };
    of(m(0)).diskFull = true;
    expect(upgrade(m(0), clock.advance, "v1.14.1").exitCode).toBe(1);
  });

  test("that does not boot goes back to what ran before", () => {
    const { m, clock, of: fleetOf } = running(1, 0);
    upgrade(m(0), clock.advance, "v1.14.1");
    fleetOf.fleet.setFaults(m(0), { upgradeFails: true });
    reboot(m(0), "DEFAULT");
    clock.advance(5 * MINUTE);
    expect(m(0)).toMatchObject({ stage: "running", running: { talos: "v1.13.9" } });
  });

  test("by the old call looks at etcd, then installs and boots by itself", () => {
    const two = running(2, 2);
    const call = { image: image("v1.13.8"), preserve: false, stage: false, force: false };
    expect(refusal(() => upgradeLegacy(two.m(0), call))).toMatch(/insufficient to maintain quorum/);
    const { m, clock } = running(3, 3);
    upgradeLegacy(m(0), call);
    expect(m(0).stage).toBe("upgrading");
    clock.advance(5 * MINUTE);
    expect(m(0)).toMatchObject({ stage: "running", running: { talos: "v1.13.8" } });
  });

  function of(machine: Machine): { diskFull?: boolean } {
    const faults = {};
    machine.faults = faults;
    return faults;
  }
});

describe("resources", () => {
  test("have versions that grow with each change only", () => {
    const { m, clock } = running(1, 0);
    const ref = { namespace: "config", type: "MachineConfigs.config.talos.dev", id: "v1alpha1" };
    const first = getResource(m(0), ref);
    expect(getResource(m(0), ref).version).toBe(first.version);
    put(m(0), old.config(m(0).spec, "worker", withNtp));
    clock.advance(1000);
    expect(getResource(m(0), ref).version).toBe(first.version + 1);
    expect(refusal(() => getResource(m(0), { ...ref, id: "x" }))).toMatch(/^NOT_FOUND: .*doesn't exist/);
    expect(refusal(() => getResource(m(0), { ...ref, type: "X.talos.dev" }))).toMatch(/^PERMISSION_DENIED/);
    expect(listResources(m(0), "runtime", ref.type)).toEqual([]);
  });

  test("tell the lies they are told to", () => {
    const { m, of } = running(1, 0);
    of.fleet.setFaults(m(0), { uuid: "00000000-0000-0000-0000-000000000001" });
    const [one] = listResources(m(0), "hardware", "SystemInformations.hardware.talos.dev");
    expect(one?.yaml).toContain("00000000-0000-0000-0000-000000000001");
    expect(one?.yaml).toContain(m(0).spec.serial);
  });
});
