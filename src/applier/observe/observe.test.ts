import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DesiredMachine } from "../desired.ts";
import type { LiveMachine } from "../live.ts";
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
  readonly resources?: Readonly<Record<string, unknown>>;
  readonly services?: readonly { readonly id: string; readonly state: string }[];
  readonly fails?: Readonly<Record<string, TalosErrorCode>>;
}

function observer(machines: Readonly<Record<string, Fake>>, log: string[] = []): Observer {
  const failure = (code: TalosErrorCode, operation: string) =>
    new TalosError(code, { machine: MACHINE.name, operation }, `${operation}: ${code}`);
  const apiOf = (address: string, fake: Fake): TalosApi & { readonly fingerprint: string } => {
    const answer = <T>(operation: string, value: T): Promise<T> => {
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
      listResources: ({ namespace, type }) =>
        answer("links", [
          {
            namespace,
            type,
            id: "eno1",
            version: "1",
            yaml: '{"permanentAddr": "D0:94:66:AA:11:01", "kind": ""}',
          },
          {
            namespace,
            type,
            id: "bond0",
            version: "1",
            yaml: '{"hardwareAddr": "d0:94:66:aa:11:09", "kind": "bond"}',
          },
        ]),
      close: () => log.push(`close ${address}`),
      applyConfiguration: refuse,
      bootstrap: refuse,
      reboot: refuse,
      reset: refuse,
      upgrade: refuse,
      forfeitEtcdLeadership: refuse,
      removeEtcdMember: refuse,
      etcdSnapshot: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
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
    expect(log).toEqual([`connect ${MACHINE.loopback}`, `close ${MACHINE.loopback}`]);
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
