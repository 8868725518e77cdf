import { describe, expect, test } from "vitest";
import type { TalosApi } from "../../src/applier/talos-api.ts";
import { all, connect, open, refusalOf, type Start } from "./machine-under-test.ts";

const CONFIG = { namespace: "config", type: "MachineConfigs.config.talos.dev" };

/** What each call needs, as `TalosApi` has them. */
const CALLS: readonly {
  readonly call: string;
  readonly make: (api: TalosApi, text: string) => Promise<unknown>;
  readonly least: "os:reader" | "os:operator" | "os:admin";
}[] = [
  { call: "read the version", least: "os:reader", make: (api) => api.version() },
  { call: "list services", least: "os:reader", make: (api) => api.services() },
  { call: "list etcd's members", least: "os:reader", make: (api) => api.etcdMembers() },
  { call: "read etcd's status", least: "os:reader", make: (api) => api.etcdStatus() },
  {
    call: "list resources that hold no secrets",
    least: "os:reader",
    make: (api) => api.listResources({ namespace: "runtime", type: "MachineStatuses.runtime.talos.dev" }),
  },
  { call: "see the memory", least: "os:reader", make: (api) => api.memory() },
  { call: "see what is mounted", least: "os:reader", make: (api) => api.mounts() },
  {
    call: "hear events",
    least: "os:reader",
    make: (api) => api.events(new AbortController().signal)[Symbol.asyncIterator]().next(),
  },
  { call: "get a kubeconfig", least: "os:admin", make: (api) => api.kubeconfig() },
  { call: "take a snapshot of etcd", least: "os:operator", make: (api) => all(api.etcdSnapshot()) },
  {
    call: "apply, even to try it",
    least: "os:admin",
    make: (api, text) => api.applyConfiguration({ text, mode: "auto", dryRun: true }),
  },
  {
    call: "read the configuration",
    least: "os:admin",
    make: (api) => api.getResource({ ...CONFIG, id: "v1alpha1" }),
  },
  { call: "list configurations", least: "os:admin", make: (api) => api.listResources(CONFIG) },
  {
    call: "watch configurations",
    least: "os:admin",
    make: (api) => api.watchResources(CONFIG, new AbortController().signal)[Symbol.asyncIterator]().next(),
  },
  { call: "give up etcd's leadership", least: "os:admin", make: (api) => api.forfeitEtcdLeadership() },
  { call: "upgrade", least: "os:admin", make: (api) => api.upgrade({ image: "example.com/installer:v1" }) },
  { call: "reboot", least: "os:operator", make: (api) => api.reboot("default") },
  {
    call: "reset",
    least: "os:admin",
    make: (api) => api.reset({ graceful: false, reboot: true, partitions: [] }),
  },
];

const ROLES = ["os:reader", "os:operator", "os:admin"] as const;

/** What the machine lets whom do: Talos reads the roles from the client's certificate. */
export function rolesContract(start: Start): void {
  describe("agree on roles:", () => {
    test.each(CALLS)("who may $call is at least $least", async ({ make, least }) => {
      const machine = await open(start);
      for (const role of ROLES) {
        const api = await connect(machine, role);
        const text = machine.facts.config ?? "";
        const { code, details } = await refusalOf(make(api, text));
        if (ROLES.indexOf(role) >= ROLES.indexOf(least)) expect(code).not.toBe("permission-denied");
        else expect([role, code, details]).toEqual([role, "permission-denied", "not authorized"]);
      }
    });

    test("a certificate of a role that gives no access opens nothing", async () => {
      const machine = await open(start);
      const api = await connect(machine, "os:meta:writer");
      expect(await refusalOf(api.version())).toMatchObject({ code: "permission-denied" });
    });
  });
}
