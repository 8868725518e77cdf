import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { EventContent } from "../../src/applier/talos-event.ts";
import { createCluster } from "../contract/cluster.ts";
import {
  connect,
  type MachineUnderTest,
  NO_DIFFERENCES,
  open,
  refusalOf,
  until,
} from "../contract/machine-under-test.ts";
import { RESOURCE_EXAMPLES, STAGES } from "../contract/resource-examples.ts";
import { talosContract } from "../contract/talos-contract.ts";
import { startTalosd } from "./talosd.ts";
import { startTalosdMachine } from "./talosd-machine.ts";

/** Events in the JSON form of protocol buffers, and what the driver makes of them. */
const EVENTS: readonly { readonly type: string; readonly message: object; readonly event: EventContent }[] = [
  {
    type: "machine.SequenceEvent",
    message: { sequence: "upgrade", action: "NOOP", error: { message: "it failed" } },
    event: { kind: "sequence", sequence: "upgrade", action: "noop", error: "it failed" },
  },
  {
    type: "machine.SequenceEvent",
    message: { sequence: "boot", action: "START" },
    event: { kind: "sequence", sequence: "boot", action: "start", error: "" },
  },
  {
    type: "machine.PhaseEvent",
    message: { phase: "startEverything", action: "STOP" },
    event: { kind: "phase", phase: "startEverything", action: "stop" },
  },
  {
    type: "machine.TaskEvent",
    message: { task: "startAllServices" },
    event: { kind: "task", task: "startAllServices", action: "start" },
  },
  {
    type: "machine.ServiceStateEvent",
    message: {
      service: "etcd",
      action: "RUNNING",
      message: "Health check successful",
      health: { healthy: true, lastMessage: "fine" },
    },
    event: {
      kind: "service",
      service: "etcd",
      state: "running",
      message: "Health check successful",
      health: { healthy: true, unknown: false, message: "fine" },
    },
  },
  {
    type: "machine.ServiceStateEvent",
    message: { service: "cri", action: "SKIPPED" },
    event: { kind: "service", service: "cri", state: "skipped", message: "", health: undefined },
  },
  {
    type: "machine.RestartEvent",
    message: { cmd: "19088743" },
    event: { kind: "restart", command: "19088743" },
  },
  {
    type: "machine.ConfigLoadErrorEvent",
    message: { error: "no config" },
    event: { kind: "config-load-error", error: "no config" },
  },
  {
    type: "machine.ConfigValidationErrorEvent",
    message: { error: "bad config" },
    event: { kind: "config-validation-error", error: "bad config" },
  },
  {
    type: "machine.AddressEvent",
    message: { hostname: "m1", addresses: ["10.0.0.1", "fd00::1"] },
    event: { kind: "address", hostname: "m1", addresses: ["10.0.0.1", "fd00::1"] },
  },
  {
    type: "machine.MachineStatusEvent",
    message: {
      stage: "SHUTTING_DOWN",
      status: { ready: false, unmetConditions: [{ name: "services", reason: "etcd not healthy" }] },
    },
    event: {
      kind: "machine-status",
      stage: "shutting down",
      ready: false,
      unmetConditions: [{ name: "services", reason: "etcd not healthy" }],
    },
  },
  {
    type: "machine.LogsRequest",
    message: { id: "etcd" },
    event: { kind: "other", name: "machine.LogsRequest" },
  },
];

/** Our driver against Talos' own messages, loader, resources and state server. */
talosContract("Talos' own code", startTalosdMachine, NO_DIFFERENCES);

describe("what the contract holds simulated machines to is what Talos writes:", () => {
  const STATUS = { namespace: "runtime", type: "MachineStatuses.runtime.talos.dev", id: "machine" };

  async function openTalosd() {
    const { authority } = await createCluster();
    return startTalosd({ address: "127.0.0.1:0", authority, talos: "v1.14.1" });
  }

  test.each(RESOURCE_EXAMPLES)("every field of $type", async (example) => {
    const machine = await open(startTalosdMachine);
    const admin = await connect(machine, "os:admin");
    expect(parse((await admin.getResource(example))?.yaml ?? "")).toEqual(example.spec);
  });

  test.each(RESOURCE_EXAMPLES)("the fields of $type that are always there", async (example) => {
    const machine = await startTalosdMachine({});
    try {
      await machine.obey({ do: "set", resource: { ...example, spec: {}, always: undefined } });
      const admin = await connect(machine, "os:admin");
      const spec = parse((await admin.getResource(example))?.yaml ?? "");
      expect(Object.keys(spec)).toEqual(example.always);
    } finally {
      await machine.stop();
    }
  });

  test.each(STAGES)("the stage %s", async (stage) => {
    const machine = await startTalosdMachine({});
    try {
      const spec = { stage, status: { ready: false, unmetConditions: [] } };
      await machine.obey({ do: "set", resource: { ...STATUS, spec } });
      const admin = await connect(machine, "os:admin");
      expect(parse((await admin.getResource(STATUS))?.yaml ?? "")).toEqual(spec);
    } finally {
      await machine.stop();
    }
  });

  test("Talos refuses fields and stages that it does not have", async () => {
    const talosd = await openTalosd();
    try {
      for (const spec of [{ stage: "shutting-down" }, { state: "running" }])
        await expect(talosd.obey({ do: "set", resource: { ...STATUS, spec } })).rejects.toThrow("talosd: ");
    } finally {
      await talosd.stop();
    }
  });
});

describe("the driver", () => {
  test.each(EVENTS)("reads $type as Talos writes it", async ({ type, message, event }) => {
    const machine = await startTalosdMachine({});
    try {
      const reader = await connect(machine, "os:reader");
      const events = reader.events(new AbortController().signal)[Symbol.asyncIterator]();
      await events.next();
      await machine.obey({ do: "publish", event: { type, message, actor: "somebody" } });
      expect((await events.next()).value).toEqual({ id: expect.any(String), actor: "somebody", ...event });
    } finally {
      await machine.stop();
    }
  });

  test("upgrades a Talos before 1.13 by the one call that it has", async () => {
    const machine = await open(startTalosdMachine, { installer: { legacy: true } });
    const admin = await connect(machine, "os:admin");
    const heard: string[] = [];
    const image = "factory.example/metal-installer/abc:v1.12.10";
    await admin.upgrade({ image, onProgress: (line) => heard.push(line) });
    expect(heard).toEqual(["Upgrade request received"]);
    expect(await callTo(machine, "Upgrade")).toMatchObject({
      method: "/machine.MachineService/Upgrade",
      request: { image },
    });
  });

  test("asks a control plane to forward a call to the machine that it is for", async () => {
    const machine = await open(startTalosdMachine);
    const credentials = await machine.cluster.credentials("os:admin");
    const relay = machine.driver.relay({ machine: "cp1", address: machine.address, credentials });
    const api = relay.to("w1", "10.101.0.99");
    await api.version();
    await api.getResource({ namespace: "runtime", type: "BootIDs.runtime.talos.dev", id: "boot-id" });
    relay.close();
    const calls = (await machine.calls?.()) ?? [];
    expect(calls.map(({ method, node }) => [method, node])).toEqual([
      ["/machine.MachineService/Version", "10.101.0.99"],
      ["/cosi.resource.State/Get", "10.101.0.99"],
    ]);
  });

  test("names no machine where it dials it itself", async () => {
    const machine = await open(startTalosdMachine);
    await (await connect(machine, "os:reader")).version();
    expect(await callTo(machine, "Version")).not.toHaveProperty("node");
  });

  test("hears a refusal of twenty kilobytes to its end", async () => {
    const machine = await open(startTalosdMachine);
    const admin = await connect(machine, "os:admin");
    const text = machine.cluster.config({ machine: { nonsense: `${"ö".repeat(10_000)}!` } });
    const refusal = await refusalOf(admin.applyConfiguration({ text, mode: "auto", dryRun: false }));
    expect(refusal.code).toBe("invalid-argument");
    expect(refusal.details).toContain('ö!"');
  });

  test("is refused by words too long for HTTP/2 all the same, and speaks to the machine afterwards", async () => {
    const machine = await open(startTalosdMachine);
    const admin = await connect(machine, "os:admin");
    const text = machine.cluster.config({ machine: { nonsense: "x".repeat(1_000_000) } });
    const refusal = await refusalOf(admin.applyConfiguration({ text, mode: "auto", dryRun: false }));
    expect(refusal.code).toBe("unavailable");
    await until(async () => (await refusalOf(admin.version())).code === "none");
  });

  test.each([1, 999, 1500, 90_000])("tells %d milliseconds of a try exactly", async (tryTimeout) => {
    const machine = await open(startTalosdMachine);
    const admin = await connect(machine, "os:admin");
    const text = machine.cluster.config();
    await admin.applyConfiguration({ text, mode: "try", dryRun: true, tryTimeout });
    expect(await callTo(machine, "ApplyConfiguration")).toMatchObject({
      request: { tryModeTimeout: `${(tryTimeout / 1000).toFixed(3).replace(/\.000$/, "")}s` },
    });
  });
});

async function callTo(machine: MachineUnderTest, method: string) {
  const calls = (await machine.calls?.()) ?? [];
  return calls.find((call) => call.method.endsWith(`/${method}`));
}
