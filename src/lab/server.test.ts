import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext } from "node:tls";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type LabCluster, labCluster, labMachines } from "../../test/contract/fixtures/lab-cluster.ts";
import { createLabPower } from "../applier/drivers/lab/power.ts";
import { loadTalosServices } from "../applier/drivers/talos/proto/load.ts";
import { PowerError } from "../applier/power.ts";
import { readPrivateKey } from "../secrets/pki/keys.ts";
import { type ControlServer, serveControl } from "./control-server.ts";
import type { Faults } from "./faults.ts";
import { createLab, type Lab, type LabMachine } from "./lab.ts";
import { powerOff } from "./lifecycle.ts";
import { loopbackOf } from "./server.ts";

/** Two minutes are a fifth of a second. */
const SPEED = 600;

let cluster: LabCluster;
let other: LabCluster;
beforeAll(async () => {
  cluster = await labCluster("served");
  other = await labCluster("other");
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(
  count: number,
  rack: number,
  options: { speed?: number; seed?: string } = {},
): Promise<Lab> {
  const lab = createLab({
    machines: labMachines(count, rack),
    speed: options.speed ?? SPEED,
    seed: options.seed ?? "s",
    talos: "v1.13.9",
  });
  ends.push(() => lab.stop());
  await lab.start();
  return lab;
}

/** A message of any shape, as JSON's reader types it: matchers look at it. */
type Answer = ReturnType<typeof JSON.parse>;

type Who = readonly string[] | "nobody" | "stranger";

/** A client of one machine's address, with a certificate of these roles. */
async function client(address: string, who: Who, node?: string) {
  const pair =
    who === "nobody"
      ? undefined
      : await (who === "stranger" ? other : cluster).client(...(who === "stranger" ? ["os:admin"] : who));
  const key = pair && readPrivateKey(pair.key)?.export({ type: "pkcs8", format: "pem" });
  const context = createSecureContext({
    ca: cluster.authority.certificate,
    ...(pair && key && { cert: pair.certificate, key }),
  });
  const trust = credentials.createFromSecureContext(context, {
    ...(who === "nobody" && { rejectUnauthorized: false }),
    checkServerIdentity: (_, certificate) =>
      certificate.subjectaltname?.includes(`IP Address:${address}`)
        ? undefined
        : new Error("not its address"),
  });
  const made = new Client(`${loopbackOf(address)}:50000`, trust, {
    "grpc.ssl_target_name_override": "talos.invalid",
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    "grpc.initial_reconnect_backoff_ms": 100,
  });
  ends.push(() => made.close());
  const metadata = new Metadata();
  if (node !== undefined) metadata.set("node", node);
  const services = loadTalosServices();
  const methodOf = (service: keyof typeof services, method: string) => {
    const found = services[service][method];
    if (found === undefined) throw new Error(method);
    return found;
  };
  const options = () => ({ deadline: Date.now() + 3000 });
  return {
    call: (service: keyof typeof services, method: string, request: object = {}): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = methodOf(service, method);
        made.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata,
          options(),
          (error, value) => (error ? reject(error) : resolve(value)),
        );
      }),
    stream: async (
      service: keyof typeof services,
      method: string,
      request: object = {},
    ): Promise<readonly Answer[]> => {
      const { path, requestSerialize, responseDeserialize } = methodOf(service, method);
      const made2 = made.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        options(),
      );
      return made2.toArray();
    },
    watch: (request: object) => {
      const { path, requestSerialize, responseDeserialize } = methodOf("state", "Watch");
      const call = made.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        options(),
      );
      const events: Answer[] = [];
      call.on("data", (message) => events.push(...message.event));
      call.on("error", () => undefined);
      return { events, cancel: () => call.cancel() };
    },
  };
}

const ADMIN = ["os:admin"];

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "OK";
  } catch (error) {
    return status[(error as ServiceError).code] ?? "no status";
  }
}

async function until<T>(what: () => T | Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; attempt < 250; attempt += 1) {
    try {
      const value = await what();
      if (wanted(value)) return value;
    } catch {
      // Not yet.
    }
    await sleep(20);
  }
  throw new Error("waited too long");
}

function must(machine: LabMachine | undefined): LabMachine {
  if (machine === undefined) throw new Error("no machine");
  return machine;
}

/** A machine of the lab as it runs. */
async function installed(lab: Lab, name: string, type: "controlplane" | "worker"): Promise<LabMachine> {
  const found = lab.fleet.find(name);
  const spec = must(found?.spec);
  await lab.power.of(spec)?.networkBoot();
  await until(
    () => found?.stage,
    (stage) => stage === "maintenance",
  );
  await lab.settled();
  const first = await client(spec.bootstrap, "nobody");
  const data = Buffer.from(cluster.config(spec, type));
  await first.call("machine", "ApplyConfiguration", { data, mode: "AUTO" });
  await until(
    () => found?.services.get("kubelet")?.state,
    (state) => state === "Running",
  );
  return spec;
}

test("machines go from a network boot to a cluster of three, through a reboot and a reset", async () => {
  const lab = await started(3, 40);
  const machines = await Promise.all(["m0", "m1", "m2"].map((name) => installed(lab, name, "controlplane")));
  const clients = await Promise.all(machines.map(({ loopback }) => client(loopback, ADMIN)));
  const [a, b, c] = clients;
  if (a === undefined || b === undefined || c === undefined) throw new Error("no client");

  const stage = async () =>
    (
      await a.call("state", "Get", {
        namespace: "runtime",
        type: "MachineStatuses.runtime.talos.dev",
        id: "machine",
      })
    ).resource.spec.yamlSpec;
  expect(await stage()).toMatch(/^stage: booting\n/);
  await a.call("machine", "Bootstrap");
  expect(await codeOf(a.call("machine", "Bootstrap"))).toBe("ALREADY_EXISTS");
  const list = await until(
    async () => (await b.call("machine", "EtcdMemberList")).messages[0].members,
    (members) => members.length === 3 && members.every((member: { isLearner: boolean }) => !member.isLearner),
  );
  expect(list.map(({ hostname }: { hostname: string }) => hostname).sort()).toEqual(["m0", "m1", "m2"]);
  expect(BigInt(list[0].id)).toBeGreaterThan(2n ** 53n);
  await until(stage, (text) => text.startsWith("stage: running\nstatus:\n  ready: true"));
  const services = (await c.call("machine", "ServiceList")).messages[0].services;
  expect(services.find(({ id }: { id: string }) => id === "etcd")).toMatchObject({
    state: "Running",
    health: { healthy: true },
  });

  const before = lab.fleet.find("m1")?.bootId;
  await b.call("machine", "Reboot", { mode: "DEFAULT" });
  await until(
    () => lab.fleet.find("m1"),
    (machine) => machine?.bootId !== before && machine?.stage === "running",
  );
  expect((await b.call("machine", "Version")).messages[0].version.tag).toBe("v1.13.9");

  const wipe = ["STATE", "EPHEMERAL"].map((label) => ({ label, wipe: true }));
  await c.call("machine", "Reset", { graceful: true, reboot: true, systemPartitionsToWipe: wipe });
  await until(
    () => lab.fleet.find("m2")?.stage,
    (value) => value === "maintenance",
  );
  await lab.settled();
  expect((await a.call("machine", "EtcdMemberList")).messages[0].members).toHaveLength(2);
  expect(await codeOf(c.call("machine", "Version"))).toBe("UNAVAILABLE");
  const again = await client(must(machines[2]).bootstrap, "nobody");
  expect((await again.call("machine", "Version")).messages[0].version.tag).toBe("v1.13.9");
});

describe("who may do what", () => {
  test("in maintenance mode everybody reads, nobody reboots, resets or sees configurations", async () => {
    const lab = await started(1, 41);
    const spec = must(lab.fleet.find("m0")?.spec);
    await lab.power.of(spec)?.powerOn();
    await until(
      () => lab.fleet.find("m0")?.stage,
      (stage) => stage === "maintenance",
    );
    await lab.settled();
    const one = await client(spec.bootstrap, "nobody");
    const uuid = await one.call("state", "Get", {
      namespace: "hardware",
      type: "SystemInformations.hardware.talos.dev",
      id: "systeminformation",
    });
    expect(uuid.resource.spec.yamlSpec).toContain(spec.uuid);
    expect(
      await one.stream("state", "List", { namespace: "network", type: "LinkStatuses.net.talos.dev" }),
    ).toHaveLength(2);
    for (const method of ["Reboot", "Reset", "Bootstrap", "Upgrade", "Shutdown"]) {
      expect([method, await codeOf(one.call("machine", method))]).toEqual([method, "PERMISSION_DENIED"]);
    }
    expect(await codeOf(one.call("machine", "EtcdMemberList"))).toBe("UNIMPLEMENTED");
    const secret = { namespace: "config", type: "MachineConfigs.config.talos.dev" };
    expect(await codeOf(one.stream("state", "List", secret))).toBe("PERMISSION_DENIED");
  });

  test("a running machine asks for a certificate of its cluster, and its roles decide", async () => {
    const lab = await started(1, 42);
    const spec = await installed(lab, "m0", "controlplane");
    expect(await codeOf((await client(spec.loopback, "nobody")).call("machine", "Version"))).toBe(
      "UNAVAILABLE",
    );
    expect(await codeOf((await client(spec.loopback, "stranger")).call("machine", "Version"))).toBe(
      "UNAVAILABLE",
    );
    const secret = { namespace: "config", type: "MachineConfigs.config.talos.dev", id: "v1alpha1" };
    const reader = await client(spec.loopback, ["os:reader"]);
    expect(await codeOf(reader.call("machine", "Version"))).toBe("OK");
    expect(await codeOf(reader.call("machine", "Reboot"))).toBe("PERMISSION_DENIED");
    expect(await codeOf(reader.call("machine", "ApplyConfiguration", { data: Buffer.from("") }))).toBe(
      "PERMISSION_DENIED",
    );
    expect(await codeOf(reader.call("state", "Get", secret))).toBe("PERMISSION_DENIED");
    const both = await client(spec.loopback, ["os:operator", "os:reader"]);
    expect(await codeOf(both.stream("machine", "EtcdSnapshot"))).toBe("UNAVAILABLE");
    const admin = await client(spec.bootstrap, ADMIN);
    const { resource } = await admin.call("state", "Get", secret);
    expect(resource.metadata.annotations).toEqual({ "talos.dev/yaml-spec": "1" });
    expect(resource.spec.yamlSpec).toMatch(/^\|\n {2}version: v1alpha1\n/);
    expect(await codeOf(both.call("machine", "Reboot"))).toBe("OK");
  });

  test("a control plane forwards to machines of its cluster, a worker only to itself", async () => {
    const lab = await started(3, 43);
    const [cp, worker] = await Promise.all([
      installed(lab, "m0", "controlplane"),
      installed(lab, "m1", "worker"),
    ]);
    const hostname = { namespace: "network", type: "HostnameStatuses.net.talos.dev", id: "hostname" };
    const forwarded = await client(cp.loopback, ADMIN, worker.loopback);
    expect((await forwarded.call("state", "Get", hostname)).resource.spec.yamlSpec).toMatch(
      /^hostname: m1\n/,
    );
    const gone = await client(cp.loopback, ADMIN, "10.201.43.2");
    expect(await codeOf(gone.call("machine", "Version"))).toBe("UNAVAILABLE");
    const wrong = await client(worker.loopback, ADMIN, cp.loopback);
    expect(await codeOf(wrong.call("machine", "Version"))).toBe("PERMISSION_DENIED");
    const itself = await client(worker.loopback, ADMIN, worker.loopback);
    expect(await codeOf(itself.call("machine", "Version"))).toBe("OK");
  });
});

test("a watch tells what is there, then what changes", async () => {
  const lab = await started(1, 44);
  const spec = await installed(lab, "m0", "controlplane");
  const admin = await client(spec.loopback, ADMIN);
  const kind = { namespace: "config", type: "MachineConfigs.config.talos.dev" };
  const { events, cancel } = admin.watch({ ...kind, options: { bootstrapContents: true }, apiVersion: 1 });
  await until(
    () => events.length,
    (count) => count === 3,
  );
  expect(events.map(({ eventType }) => eventType)).toEqual(["CREATED", "CREATED", "BOOTSTRAPPED"]);
  const text = cluster.config(
    spec,
    "controlplane",
    ([first]) => void Object.assign(first ?? {}, { debug: true }),
  );
  const answer = await admin.call("machine", "ApplyConfiguration", {
    data: Buffer.from(text),
    mode: "NO_REBOOT",
  });
  expect(answer.messages[0]).toMatchObject({ mode: "NO_REBOOT" });
  await until(
    () => events.length,
    (count) => count === 5,
  );
  expect(
    events
      .slice(3)
      .map(({ eventType, resource }) => [eventType, resource.metadata.id, resource.metadata.version]),
  ).toEqual([
    ["UPDATED", "persistent", "2"],
    ["UPDATED", "v1alpha1", "2"],
  ]);
  cancel();
});

test("an image is pulled and installed beside what runs, told line by line", async () => {
  const lab = await started(1, 45);
  const spec = await installed(lab, "m0", "controlplane");
  const admin = await client(spec.loopback, ADMIN);
  const imageRef = "factory.talos.dev/metal-installer/x:v1.14.1";
  const pulled = await admin.stream("image", "Pull", { imageRef });
  expect(pulled.at(-1)).toMatchObject({ response: "name", name: imageRef });
  const said = await admin.stream("lifecycle", "Upgrade", { source: { imageName: imageRef } });
  expect(said.at(-1)).toMatchObject({ progress: { response: "exitCode", exitCode: 0 } });
  expect(lab.fleet.find("m0")?.disk?.next.talos).toBe("v1.14.1");
});

describe("faults", () => {
  async function faulty(rack: number, faults: Faults) {
    const lab = await started(1, rack);
    const spec = await installed(lab, "m0", "controlplane");
    const machine = lab.fleet.find("m0");
    if (machine === undefined) throw new Error("no machine");
    lab.fleet.setFaults(machine, faults);
    await lab.settled();
    return { lab, spec, machine };
  }

  test("refused, hanging and untrusted connections look like a machine that is not there", async () => {
    const { lab, spec, machine } = await faulty(46, { connection: "refuse" });
    const version = async () => codeOf((await client(spec.loopback, ADMIN)).call("machine", "Version"));
    expect(await version()).toBe("UNAVAILABLE");
    lab.fleet.setFaults(machine, { clockAhead: 3_600_000 });
    await lab.settled();
    expect(await version()).toBe("UNAVAILABLE");
    lab.fleet.setFaults(machine, { connection: "hang" });
    await lab.settled();
    expect(await version()).toBe("DEADLINE_EXCEEDED");
    lab.fleet.setFaults(machine, {});
    await lab.settled();
    expect(await version()).toBe("OK");
  });

  test("a call that is dropped may have been carried out, or not", async () => {
    const outcomes = new Set<boolean>();
    for (let seed = 0; seed < 6 && outcomes.size < 2; seed += 1) {
      const lab = await started(1, 50 + seed, { seed: String(seed) });
      const spec = await installed(lab, "m0", "controlplane");
      const machine = lab.fleet.find("m0");
      if (machine === undefined) throw new Error("no machine");
      lab.fleet.setFaults(machine, { dropCalls: 1 });
      const text = cluster.config(
        spec,
        "controlplane",
        ([first]) => void Object.assign(first ?? {}, { debug: true }),
      );
      const admin = await client(spec.loopback, ADMIN);
      expect(
        await codeOf(admin.call("machine", "ApplyConfiguration", { data: Buffer.from(text), mode: "AUTO" })),
      ).toMatch(/UNAVAILABLE|CANCELLED|INTERNAL/);
      outcomes.add(machine.active?.text === text);
    }
    expect(outcomes.size).toBe(2);
  });

  test("a machine that reboots in the middle of a call comes back", async () => {
    const { spec, machine } = await faulty(47, { rebootOn: ["ServiceList"] });
    const before = machine.bootId;
    const admin = await client(spec.loopback, ADMIN);
    expect(await codeOf(admin.call("machine", "ServiceList"))).toMatch(/UNAVAILABLE|CANCELLED|INTERNAL/);
    await until(
      () => machine.bootId,
      (bootId) => bootId !== before && bootId !== "",
    );
  });

  test("a configuration that cuts the machine off in mode try is taken back by itself", async () => {
    const { spec, lab } = await faulty(48, { unroutableWith: "BROKEN" });
    const admin = await client(spec.loopback, ADMIN);
    const data = Buffer.from(
      cluster.config(
        spec,
        "controlplane",
        (documents) =>
          void documents.push({
            apiVersion: "v1alpha1",
            kind: "EnvironmentConfig",
            variables: { a: "BROKEN" },
          }),
      ),
    );
    const tryModeTimeout = { seconds: 120, nanos: 0 };
    await codeOf(admin.call("machine", "ApplyConfiguration", { data, mode: "TRY", tryModeTimeout }));
    expect(lab.fleet.find("m0")?.active?.text).toContain("BROKEN");
    await lab.settled();
    await expect(tcp(loopbackOf(spec.loopback))).rejects.toThrow(/ECONNREFUSED/);
    await until(
      async () => codeOf((await client(spec.loopback, ADMIN)).call("machine", "Version")),
      (code) => code === "OK",
    );
  });
});

function tcp(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 50_000 });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}

test("nothing listens for a machine without power, and nothing anywhere after the end", async () => {
  const lab = await started(1, 49);
  const spec = await installed(lab, "m0", "controlplane");
  await tcp(loopbackOf(spec.loopback));
  const machine = lab.fleet.find("m0");
  if (machine !== undefined) powerOff(machine);
  await lab.settled();
  await expect(tcp(loopbackOf(spec.loopback))).rejects.toThrow(/ECONNREFUSED/);
  await lab.power.of(spec)?.powerOn();
  await until(
    () => machine?.api,
    (api) => api === "secure",
  );
  await lab.stop();
  await expect(tcp(loopbackOf(spec.loopback))).rejects.toThrow(/ECONNREFUSED/);
});

test("machines that would listen at one address are a mistake", () => {
  const [one] = labMachines(1, 60);
  const machines = [must(one), { ...must(one), name: "twin", serial: "twin", loopback: "11.201.60.9" }];
  expect(() => createLab({ machines, speed: 0, seed: "", talos: "v1.13.9" })).toThrow(/would both listen/);
});

describe("the control server", () => {
  async function controlled(
    rack: number,
  ): Promise<{ lab: Lab; control: ControlServer; machine: LabMachine }> {
    const lab = await started(1, rack, { speed: 0 });
    const control = await serveControl(lab, 0);
    ends.push(() => control.close());
    return { lab, control, machine: must(lab.fleet.find("m0")?.spec) };
  }
  const post = (url: string, body: unknown) => fetch(url, { method: "POST", body: JSON.stringify(body) });

  test("is a BMC for those in another process", async () => {
    const { lab, control, machine } = await controlled(61);
    const power = createLabPower(control.url).of(machine);
    expect(await power?.status()).toBe("off");
    const booted = power?.networkBoot();
    await until(
      async () => {
        await post(`${control.url}/clock`, { advance: 10_000 });
        return lab.fleet.find("m0")?.power;
      },
      (state) => state === "on",
    );
    await booted;
    expect(await power?.status()).toBe("on");
    await post(`${control.url}/clock`, { advance: 120_000 });
    const list: unknown = await (await fetch(`${control.url}/machines`)).json();
    expect(list).toMatchObject([{ name: "m0", power: "on", stage: "maintenance" }]);
    await power?.powerOff();
    expect(lab.fleet.find("m0")?.power).toBe("off");
  });

  test("sets faults, and refuses what is none", async () => {
    const { lab, control, machine } = await controlled(62);
    const at = `${control.url}/machines/${machine.serial}/faults`;
    expect((await post(at, { bmcDown: true })).status).toBe(200);
    const power = createLabPower(control.url).of(machine);
    await expect(power?.powerOn()).rejects.toThrow(PowerError);
    await expect(power?.status()).rejects.toThrow(PowerError);
    expect((await post(at, { bmcDown: "yes" })).status).toBe(400);
    expect((await fetch(at, { method: "POST", body: "{" })).status).toBe(400);
    expect((await post(`${control.url}/machines/nobody/faults`, {})).status).toBe(404);
    expect(lab.fleet.find("m0")?.faults).toEqual({ bmcDown: true });
    const page = await fetch(`${control.url}/machines`, { headers: { origin: "http://evil.example" } });
    expect(page.status).toBe(403);
  });
});
