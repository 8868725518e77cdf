import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareText } from "../../core/diagnostic.ts";
import type { DesiredMachine } from "../desired.ts";
import { type KubernetesApi, KubernetesError } from "../kubernetes-api.ts";
import type { LiveMachine } from "../live.ts";
import { type Power, PowerError } from "../power.ts";
import {
  type Resource,
  type TalosApi,
  type TalosDriver,
  TalosError,
  type TalosErrorCode,
} from "../talos-api.ts";
import { isPlaceholderUuid, swappedUuid, uuidAsInGit } from "./identity.ts";
import { type Observer, observeFleet, observeMachine } from "./observe.ts";

const UUID = "4c4c4544-0058-4b10-8032-b7c04f4d3133";
const MACHINE: DesiredMachine = {
  name: "hel1-r001-u01",
  cluster: "hel1-a",
  type: "controlplane",
  group: "control-plane",
  place: 0,
  site: "hel1",
  rack: "hel1-r001",
  serial: "7XK2M13",
  uuid: UUID,
  loopback: "10.101.0.65",
  bootstrap: "10.202.0.131",
  macs: { eno1: "d0:94:66:aa:11:01" },
  bmc: undefined,
  labels: {},
  documents: [],
  file: "generated/clusters/hel1/hel1-a/machines/hel1-r001-u01.yaml",
};

/** A machine as its API answers, by address; what is missing refuses connections. */
interface Fake {
  readonly trusted?: boolean;
  readonly maintenance?: boolean;
  /** Whether it forwards to others of its cluster; it does where nothing is said. */
  readonly forwards?: boolean;
  readonly resources?: Readonly<Record<string, unknown>>;
  readonly services?: readonly { readonly id: string; readonly state: string }[];
  /** Lists of resources, by their type; specs by their ids. */
  readonly lists?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly fails?: Readonly<Record<string, TalosErrorCode>>;
}

const LINKS = {
  eno1: { permanentAddr: "D0:94:66:AA:11:01", kind: "" },
  bond0: { hardwareAddr: "d0:94:66:aa:11:09", kind: "bond" },
};

function observer(machines: Readonly<Record<string, Fake>>, log: string[] = []): Observer {
  const failure = (code: TalosErrorCode, operation: string) =>
    new TalosError(code, { machine: MACHINE.name, operation }, `${operation}: ${code}`);
  const apiOf = (address: string, fake: Fake): TalosApi & { readonly fingerprint: string } => {
    const answer = <T>(operation: string, value: T): Promise<T> => {
      log.push(`${operation} ${address}`);
      const code = fake.fails?.[operation];
      return code === undefined ? Promise.resolve(value) : Promise.reject(failure(code, operation));
    };
    const refuse = () => Promise.reject(failure("permission-denied", "write"));
    return {
      fingerprint: "key",
      version: () => answer("version", { tag: "v1.14.1", arch: "amd64" }),
      services: () =>
        answer(
          "services",
          (fake.services ?? []).map((one) => ({ ...one, healthy: true, unknown: false, message: "" })),
        ),
      etcdMembers: () =>
        answer("members", [{ id: "1", hostname: MACHINE.name, peerUrls: [], isLearner: false }]),
      etcdStatus: () =>
        answer("status", { memberId: "1", leader: "1", raftIndex: "5", isLearner: false, errors: [] }),
      getResource: ({ namespace, type, id }) => {
        const spec = fake.resources?.[id];
        const resource: Resource = { namespace, type, id, version: "1", yaml: JSON.stringify(spec) };
        return answer(id, spec === undefined ? undefined : resource);
      },
      listResources: ({ namespace, type }) => {
        const specs = type.startsWith("LinkStatuses") ? LINKS : (fake.lists?.[type] ?? {});
        const resources = Object.entries(specs).map(([id, spec]) => ({
          namespace,
          type,
          id,
          version: "1",
          yaml: JSON.stringify(spec),
        }));
        return answer(type.startsWith("LinkStatuses") ? "links" : type, resources);
      },
      close: () => log.push(`close ${address}`),
      applyConfiguration: refuse,
      bootstrap: refuse,
      reboot: refuse,
      reset: refuse,
      upgrade: refuse,
      forfeitEtcdLeadership: refuse,
      removeEtcdMember: refuse,
      kubeconfig: refuse,
      memory: () => answer("memory", { total: 8_589_934_592 }),
      mounts: refuse,
      etcdSnapshot: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
      events: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
      watchResources: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
    };
  };
  const talos: TalosDriver = {
    connect: ({ address }) => {
      log.push(`connect ${address}`);
      const fake = machines[address];
      if (fake === undefined) return apiOf(address, { fails: { version: "unavailable" } });
      return apiOf(
        address,
        fake.trusted === false || fake.maintenance === true ? { fails: { version: "untrusted" } } : fake,
      );
    },
    relay: ({ address: via }) => ({
      to: (_, address) => {
        log.push(`relay ${via} ${address}`);
        const fake = machines[address];
        const isThere = fake !== undefined && fake.maintenance !== true && machines[via]?.forwards !== false;
        return apiOf(address, isThere ? fake : { fails: { version: "unavailable" } });
      },
      close: () => void log.push(`end ${via}`),
    }),
    connectMaintenance: ({ address }) => {
      log.push(`maintenance ${address}`);
      const fake = machines[address];
      if (fake?.maintenance !== true)
        return Promise.reject(failure(fake === undefined ? "unavailable" : "untrusted", "probe"));
      return Promise.resolve(apiOf(address, fake));
    },
  };
  return {
    talos,
    parseYaml: (text) => {
      try {
        return [JSON.parse(text) as unknown];
      } catch {
        return undefined;
      }
    },
    credentials: () => ({ authorities: "", certificate: "", key: "" }),
    now: () => new Date("2026-11-21T08:00:00Z"),
  };
}

const HARDWARE = { uuid: UUID, serialnumber: MACHINE.serial };
const RUNNING: Fake = {
  resources: {
    systeminformation: HARDWARE,
    machine: { stage: "running", status: { ready: true, unmetConditions: [] } },
    v1alpha1: '{"machine": {"type": "controlplane"}}',
    persistent: '{"machine": {"type": "controlplane"}}',
    "boot-id": { bootID: "b1" },
  },
  services: [{ id: "etcd", state: "Running" }],
};

describe("one machine", () => {
  test("that runs is read at its loopback, with all that a plan rests on", async () => {
    const log: string[] = [];
    const live = await observeMachine(observer({ [MACHINE.loopback]: RUNNING }, log), MACHINE);
    expect(live).toMatchObject({
      state: "running",
      talos: "v1.14.1",
      stage: "running",
      ready: true,
      bootId: "b1",
      active: [{ machine: { type: "controlplane" } }],
      hardware: { uuid: UUID, serial: MACHINE.serial, macs: { eno1: "d0:94:66:aa:11:01" } },
      etcd: { members: [{ id: "1" }], status: { leader: "1" } },
      missing: [],
    });
    expect([log.at(0), log.at(-1)]).toEqual([`connect ${MACHINE.loopback}`, `close ${MACHINE.loopback}`]);
  });

  test("that waits for its first configuration is found at the address it boots with", async () => {
    const fake = { maintenance: true, resources: { systeminformation: HARDWARE } };
    expect(await observeMachine(observer({ [MACHINE.bootstrap]: fake }), MACHINE)).toEqual({
      state: "maintenance",
      via: MACHINE.bootstrap,
      fingerprint: "key",
      hardware: { uuid: UUID, serial: MACHINE.serial, macs: { eno1: "d0:94:66:aa:11:01" } },
      talos: "v1.14.1",
    });
  });

  test("with authorities that are not its cluster's is foreign, whatever it says", async () => {
    const live = await observeMachine(
      observer({ [MACHINE.loopback]: { ...RUNNING, trusted: false } }),
      MACHINE,
    );
    expect(live.state).toBe("foreign");
  });

  test("that does not answer is a fact with its addresses, never an exception", async () => {
    const live = await observeMachine(observer({}), MACHINE);
    expect(live).toEqual({
      state: "unreachable",
      why: `${MACHINE.loopback}: version: unavailable; ${MACHINE.bootstrap}: version: unavailable`,
    });
  });

  test("of which something cannot be read is given with what is missing", async () => {
    const fails = { services: "deadline", v1alpha1: "permission-denied" } as const;
    const live = await observeMachine(observer({ [MACHINE.loopback]: { ...RUNNING, fails } }), MACHINE);
    expect(live).toMatchObject({ state: "running", services: [], active: [], etcd: undefined });
    expect((live as Extract<LiveMachine, { state: "running" }>).missing).toEqual([
      "activeConfiguration: v1alpha1: permission-denied",
      "services: services: deadline",
      "activeConfiguration: there is none that can be read",
    ]);
  });

  test("whose etcd runs and does not answer says so: silence is no empty etcd", async () => {
    const live = await observeMachine(
      observer({ [MACHINE.loopback]: { ...RUNNING, fails: { members: "deadline" } } }),
      MACHINE,
    );
    expect(live).toMatchObject({ etcd: undefined, missing: ["etcd: members: deadline"] });
  });

  test("a cluster whose secrets cannot be opened shows machines in maintenance mode alone", async () => {
    const blind = { ...observer({ [MACHINE.loopback]: RUNNING }), credentials: () => undefined };
    expect((await observeMachine(blind, MACHINE)).state).toBe("unreachable");
  });
});

describe("what only health rests on", () => {
  const lists = {
    "StaticPodStatuses.kubernetes.talos.dev": {
      "kube-system/kube-apiserver-hel1-r001-u01": { phase: "Running" },
      "kube-system/kube-scheduler-hel1-r001-u01": {},
    },
    "Diagnostics.runtime.talos.dev": { "address-overlap": { message: "addresses overlap", details: [] } },
  };
  const EPHEMERAL = { size: 100_000_000_000 };
  const fake: Fake = { ...RUNNING, lists, resources: { ...RUNNING.resources, EPHEMERAL } };
  const healthOf = async (of: Fake, machine = MACHINE) => {
    const live = await observeMachine(observer({ [MACHINE.loopback]: of }), machine, { health: true });
    return live.state === "running" ? { health: live.health, missing: live.missing } : live;
  };

  test("is read where it is asked for", async () => {
    expect(await healthOf(fake)).toEqual({
      health: {
        staticPods: {
          value: [
            { id: "kube-system/kube-apiserver-hel1-r001-u01", phase: "Running" },
            { id: "kube-system/kube-scheduler-hel1-r001-u01", phase: "" },
          ],
        },
        diagnostics: { value: ["addresses overlap"] },
        memory: { value: 8_589_934_592 },
        disk: { value: 100_000_000_000 },
      },
      missing: [],
    });
  });

  test("has no static pods on a worker: nobody asks for them", async () => {
    const { health } = (await healthOf(
      { ...fake, fails: { "StaticPodStatuses.kubernetes.talos.dev": "permission-denied" } },
      { ...MACHINE, type: "worker" },
    )) as { readonly health: unknown };
    expect(health).toMatchObject({ staticPods: { value: [] } });
  });

  test("and an old Talos does not know says why, and takes nothing from the plan", async () => {
    const fails: Fake["fails"] = {
      "StaticPodStatuses.kubernetes.talos.dev": "permission-denied",
      "Diagnostics.runtime.talos.dev": "permission-denied",
      memory: "unimplemented",
      EPHEMERAL: "permission-denied",
    };
    expect(await healthOf({ ...fake, fails })).toEqual({
      health: {
        staticPods: { why: "StaticPodStatuses.kubernetes.talos.dev: permission-denied" },
        diagnostics: { why: "Diagnostics.runtime.talos.dev: permission-denied" },
        memory: { why: "memory: unimplemented" },
        disk: { why: "EPHEMERAL: permission-denied" },
      },
      missing: [],
    });
    expect(await healthOf({ ...fake, resources: RUNNING.resources ?? {} })).toMatchObject({
      health: { disk: { why: "it does not say the size of its volume EPHEMERAL" } },
    });
  });

  test("costs a plan no call", async () => {
    const calls = async (health: boolean) => {
      const log: string[] = [];
      await observeMachine(observer({ [MACHINE.loopback]: fake }, log), MACHINE, { health });
      return log.filter((line) => !/^(?:connect|close) /.test(line)).map((line) => line.split(" ")[0] ?? "");
    };
    const plan = await calls(false);
    expect(plan.toSorted(compareText)).toEqual(
      [
        "version",
        "systeminformation",
        "links",
        "machine",
        "v1alpha1",
        "persistent",
        "boot-id",
        "image-factory-schematic",
        "services",
        "members",
        "status",
      ].toSorted(compareText),
    );
    const more = (await calls(true)).filter((call) => !plan.includes(call));
    expect(more.toSorted(compareText)).toEqual([
      "Diagnostics.runtime.talos.dev",
      "EPHEMERAL",
      "StaticPodStatuses.kubernetes.talos.dev",
      "memory",
    ]);
  });
});

describe("a cluster's Kubernetes", () => {
  const NODE = { name: MACHINE.name, ready: true } as const;
  const POD = { namespace: "kube-system", name: "coredns" } as const;
  const WORKER: DesiredMachine = { ...MACHINE, name: "w", type: "worker", loopback: "10.101.0.66" };
  const kubernetesOf = (log: string[], fails?: Error): KubernetesApi =>
    ({
      nodes: () => {
        log.push("nodes");
        return fails === undefined ? Promise.resolve([NODE]) : Promise.reject(fails);
      },
      pods: ({ namespace }: { readonly namespace?: string }) => {
        log.push(`pods of ${namespace}`);
        return Promise.resolve([POD]);
      },
      close: () => log.push("close"),
    }) as unknown as KubernetesApi;
  const look = async (
    machines: Readonly<Record<string, Fake>>,
    options: { readonly health?: boolean; readonly fails?: Error; readonly signal?: AbortSignal } = {},
  ) => {
    const log: string[] = [];
    const asked: string[] = [];
    const kubernetes = (cluster: string) => {
      asked.push(cluster);
      return cluster === "hidden" ? undefined : kubernetesOf(log, options.fails);
    };
    const { health = false, signal = new AbortController().signal } = options;
    const all = [MACHINE, WORKER, { ...MACHINE, name: "h", cluster: "hidden" }];
    // One after the other: what is asked of a cluster waits for the last of its machines.
    const live = await observeFleet({ ...observer(machines), kubernetes }, all, {
      parallel: 1,
      signal,
      health,
    });
    return { live: Object.fromEntries(live.kubernetes), log, asked };
  };

  test("is asked once where etcd runs, over a connection that others go on with", async () => {
    const { live, log, asked } = await look({ [MACHINE.loopback]: RUNNING }, { health: true });
    expect(live).toEqual({ "hel1-a": { state: "running", nodes: [NODE], systemPods: [POD] } });
    expect(log).toEqual(["nodes", "pods of kube-system"]);
    expect(asked.toSorted()).toEqual(["hel1-a", "hidden"]);
  });

  test("tells a plan of its nodes alone", async () => {
    const { live, log } = await look({ [MACHINE.loopback]: RUNNING });
    expect(live).toEqual({ "hel1-a": { state: "running", nodes: [NODE], systemPods: undefined } });
    expect(log).toEqual(["nodes"]);
  });

  test("is not asked where no control plane is seen to run etcd", async () => {
    const services = [{ id: "etcd", state: "Preparing" }];
    expect(await look({ [MACHINE.loopback]: { ...RUNNING, services } })).toEqual({
      live: {},
      log: [],
      asked: [],
    });
    expect(await look({})).toMatchObject({ live: {}, asked: [] });
  });

  test("that does not answer is a fact; a mistake of ours is none", async () => {
    const at = { cluster: "hel1-a", operation: "nodes" };
    const fails = new KubernetesError("unavailable", at, "connection refused");
    const { live, log } = await look({ [MACHINE.loopback]: RUNNING }, { fails, health: true });
    expect(live).toEqual({ "hel1-a": { state: "unreachable", why: "connection refused" } });
    expect(log.filter((line) => line === "nodes")).toHaveLength(1);
    const bug = look({ [MACHINE.loopback]: RUNNING }, { fails: new TypeError("x is not a function") });
    await expect(bug).rejects.toThrow(TypeError);
  });

  test("is not asked once nobody wants to know any more", async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await look({ [MACHINE.loopback]: RUNNING }, { signal: stop.signal })).toMatchObject({
      live: {},
      asked: [],
    });
  });
});

describe("the way to the machines of a cluster", () => {
  const CP2: DesiredMachine = { ...MACHINE, name: "cp2", loopback: "10.101.0.66", bootstrap: "10.202.0.133" };
  const WORKER: DesiredMachine = {
    ...MACHINE,
    name: "w",
    type: "worker",
    loopback: "10.101.0.67",
    bootstrap: "10.202.0.135",
  };
  const ALL = [MACHINE, CP2, WORKER];
  const look = async (machines: Readonly<Record<string, Fake>>, parallel = 8, all = ALL) => {
    const log: string[] = [];
    const { signal } = new AbortController();
    const live = await observeFleet(observer(machines, log), all, { parallel, signal });
    return {
      states: all.map(({ name }) => live.machines.get(name)?.state),
      ways: log.filter((line) => /^(?:connect|relay|end|maintenance) /.test(line)),
    };
  };
  const [FIRST, SECOND, THIRD] = [MACHINE.loopback, CP2.loopback, WORKER.loopback];

  test("is the first control plane that runs; control planes are dialled themselves", async () => {
    const { states, ways } = await look({ [FIRST]: RUNNING, [SECOND]: RUNNING, [THIRD]: RUNNING });
    expect(states).toEqual(["running", "running", "running"]);
    expect(ways).toEqual([
      `connect ${FIRST}`,
      `connect ${SECOND}`,
      `relay ${FIRST} ${THIRD}`,
      `end ${FIRST}`,
    ]);
  });

  test.each([1, 8])(
    "is the second control plane where the first is away, with %i at a time",
    async (parallel) => {
      const { states, ways } = await look({ [SECOND]: RUNNING, [THIRD]: RUNNING }, parallel);
      expect(states).toEqual(["unreachable", "running", "running"]);
      expect(ways.slice(-2)).toEqual([`relay ${SECOND} ${THIRD}`, `end ${SECOND}`]);
    },
  );

  test("is each machine itself where no control plane runs", async () => {
    const { states, ways } = await look({ [THIRD]: RUNNING });
    expect(states).toEqual(["unreachable", "unreachable", "running"]);
    expect(ways.filter((line) => line.startsWith("relay"))).toEqual([]);
  });

  test("is each machine itself where what runs does not forward, and that is found out once", async () => {
    const FOURTH: DesiredMachine = { ...WORKER, name: "w2", loopback: "10.101.0.68" };
    const { states, ways } = await look(
      { [FIRST]: { ...RUNNING, forwards: false }, [THIRD]: RUNNING, [FOURTH.loopback]: RUNNING },
      1,
      [MACHINE, WORKER, FOURTH],
    );
    expect(states).toEqual(["running", "running", "running"]);
    expect(ways).toEqual([
      `connect ${FIRST}`,
      `relay ${FIRST} ${THIRD}`,
      `connect ${THIRD}`,
      `connect ${FOURTH.loopback}`,
      `end ${FIRST}`,
    ]);
  });

  test("to one in maintenance mode is its own, since nobody forwards to it", async () => {
    const { states } = await look({ [FIRST]: RUNNING, [WORKER.bootstrap]: { maintenance: true } });
    expect(states).toEqual(["running", "unreachable", "maintenance"]);
  });
});

describe("the power of a machine", () => {
  const look = async (machines: Readonly<Record<string, Fake>>, status: () => Promise<"on" | "off">) => {
    const asked: string[] = [];
    const power = {
      of: ({ serial }: { readonly serial: string }) => {
        asked.push(serial);
        return { status } as unknown as Power;
      },
    };
    const live = await observeFleet({ ...observer(machines), power }, [MACHINE], {
      parallel: 1,
      signal: new AbortController().signal,
    });
    return { asked, live: live.machines.get(MACHINE.name) };
  };

  test("is asked of its BMC where it does not answer", async () => {
    const { asked, live } = await look({}, () => Promise.resolve("off"));
    expect(live).toMatchObject({ state: "unreachable", power: "off" });
    expect(asked).toEqual([MACHINE.serial]);
  });

  test("is not asked where it answers", async () => {
    expect((await look({ [MACHINE.loopback]: RUNNING }, () => Promise.resolve("on"))).asked).toEqual([]);
  });

  test("is not known where the BMC does not answer either; a mistake of ours goes on its way", async () => {
    const at = { machine: MACHINE.name, operation: "status" };
    const { live } = await look({}, () => Promise.reject(new PowerError(at, "no answer")));
    expect(live).toEqual({ state: "unreachable", why: expect.stringContaining("unavailable") });
    await expect(look({}, () => Promise.reject(new TypeError("x is undefined")))).rejects.toThrow(TypeError);
  });

  test("is not known of a machine without a BMC", async () => {
    const base = { ...observer({}), power: { of: () => undefined } };
    const live = await observeFleet(base, [MACHINE], { parallel: 1, signal: new AbortController().signal });
    expect(live.machines.get(MACHINE.name)).not.toHaveProperty("power");
  });
});

describe("a fleet", () => {
  const many = Array.from({ length: 50 }, (_, index) => ({
    ...MACHINE,
    name: `m${index}`,
    loopback: `10.0.0.${index}`,
  }));

  test("is looked at so many machines at a time, every one once", async () => {
    let open = 0;
    let most = 0;
    const base = observer({});
    const talos: TalosDriver = {
      ...base.talos,
      connect: (target) => {
        const api = base.talos.connect(target);
        return {
          ...api,
          version: async () => {
            open += 1;
            most = Math.max(most, open);
            await new Promise((resolve) => setTimeout(resolve, 1));
            open -= 1;
            return api.version();
          },
        };
      },
    };
    const names: string[] = [];
    const live = await observeFleet({ ...base, talos }, many, {
      parallel: 7,
      signal: new AbortController().signal,
      onMachine: (name) => names.push(name),
    });
    expect(most).toBe(7);
    expect([...live.machines.keys()]).toEqual(many.map(({ name }) => name));
    expect(names.toSorted()).toEqual(many.map(({ name }) => name).toSorted());
  });

  test("that is not wanted any more is not asked any more", async () => {
    const log: string[] = [];
    const stop = new AbortController();
    const live = await observeFleet(observer({}, log), many, {
      parallel: 1,
      signal: stop.signal,
      onMachine: () => {
        stop.abort();
      },
    });
    expect(live.machines.size).toBe(50);
    expect(log.filter((line) => line.startsWith("connect"))).toHaveLength(2);
  });
});

describe("UUIDs", () => {
  test("are the same in both byte orders", () => {
    expect(swappedUuid(UUID)).toBe("44454c4c-5800-104b-8032-b7c04f4d3133");
    expect(uuidAsInGit("44454C4C-5800-104B-8032-B7C04F4D3133", UUID)).toBe(UUID);
    expect(uuidAsInGit("00000000-5800-104b-8032-b7c04f4d3133", UUID)).toBe(
      "00000000-5800-104b-8032-b7c04f4d3133",
    );
    fc.assert(fc.property(fc.uuid(), (uuid) => swappedUuid(swappedUuid(uuid)) === uuid));
  });
  test("that firmware invents name no machine", () => {
    for (const uuid of [
      "00000000-0000-0000-0000-000000000000",
      "ffffffff-ffff-ffff-ffff-ffffffffffff",
      "03000200-0400-0500-0006-000700080009",
    ]) {
      expect(isPlaceholderUuid(uuid)).toBe(true);
    }
    expect(isPlaceholderUuid(UUID)).toBe(false);
  });
});
