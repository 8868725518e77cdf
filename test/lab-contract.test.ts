import { createTalosDriver } from "../src/applier/drivers/talos/driver.ts";
import { createLab, type Lab } from "../src/lab/lab.ts";
import type { Machine } from "../src/lab/machine.ts";
import { loopbackOf } from "../src/lab/server.ts";
import { type ContractCluster, createCluster } from "./contract/cluster.ts";
import type { Differences, MachineSetup, MachineUnderTest } from "./contract/machine-under-test.ts";
import { refusalOf, until } from "./contract/machine-under-test.ts";
import { talosContract } from "./contract/talos-contract.ts";

/** The simulated machine is held to what Talos' own code is held to in test/conformance/talosd.test.ts. */

const UNREAD = "nothing of ichor reads these fields, and thousands of machines have to write them";
const UNJUDGED =
  "it judges what it acts on itself; whole configurations are judged by Talos' own validator in test/conformance";

const DIFFERENCES: Differences = {
  absent: {},
  fewer: {
    "Disks.block.talos.dev": { fields: ["pretty_size", "io_size", "sector_size"], why: UNREAD },
    "ExtensionStatuses.runtime.talos.dev": {
      fields: ["metadata.author", "metadata.compatibility", "metadata.description"],
      why: UNREAD,
    },
    "LinkStatuses.net.talos.dev": {
      fields: ["index", "linkIndex", "flags", "broadcastAddr", "queueDisc", "slaveKind", "port", "duplex"],
      why: UNREAD,
    },
    "NodeAddresses.net.talos.dev": { fields: ["sortAlgorithm"], why: UNREAD },
    "Nodenames.kubernetes.talos.dev": { fields: ["hostnameVersion"], why: UNREAD },
    "Versions.runtime.talos.dev": { fields: ["name"], why: UNREAD },
  },
  unseen: {
    "unknown kind": UNJUDGED,
    "unknown field": UNJUDGED,
    "unknown field of a document": UNJUDGED,
    "wrong type of a value": UNJUDGED,
    "no endpoint": UNJUDGED,
  },
  cutsStrangers:
    "Node's TLS lets everybody in and asks afterwards: there is no alert that says why it closes",
  hasEveryImage: "there is no registry behind it",
};

talosContract("the simulated machine", startLabMachine, DIFFERENCES);

const TALOS = "v1.14.1";

/** An own part of 127.0.0.0/8, so that no two runs meet. */
const NETWORK = `10.${100 + (process.pid % 100)}.${Math.floor(process.pid / 100) % 250}`;
const PORT = 50_077;

/** How many times as fast time passes while a machine is made ready, and afterwards. */
const SPEEDS = { before: 1000, after: 20 };

/** Bytes. */
const MEMORY = 64 * 1024 ** 3;
const DISK = 480_103_981_056;
/** What the other partitions leave. */
const DATA = DISK - 2304 * 1024 * 1024;

const MACHINES = [1, 2, 3].map((at) => ({
  name: `m${at}`,
  serial: `LAB000${at}`,
  uuid: `4c4c4544-0035-5910-8047-c7c04f4d353${at}`,
  macs: { eth0: `b8:ce:f6:00:00:0${at}` },
  loopback: `${NETWORK}.${at}`,
  bootstrap: `${NETWORK}.${100 + 2 * at}`,
  schematic: "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba",
  extensions: [{ name: "frr", version: "10.4.1" }],
  disks: [{ id: "sda", size: DISK, model: "SIMULATED", serial: `LAB000${at}-0`, transport: "sas" }],
  memory: MEMORY,
}));

type LabMachine = (typeof MACHINES)[number];

let shared: Promise<ContractCluster> | undefined;

async function startLabMachine(setup: MachineSetup): Promise<MachineUnderTest> {
  shared ??= createCluster();
  const world = new World(await shared);
  try {
    return await world.ready(setup);
  } catch (failure) {
    await world.lab.stop();
    throw failure;
  }
}

/** Three machines, the first of which is looked at, and how they come to be as a test wants them. */
class World {
  readonly cluster: ContractCluster;
  readonly lab: Lab;
  readonly driver = createTalosDriver({
    dial: (address) => `${loopbackOf(address)}:${PORT}`,
    repetition: { firstWait: 50, longestWait: 100 },
    now: Date.now,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });

  constructor(cluster: ContractCluster) {
    this.cluster = cluster;
    this.lab = createLab({
      machines: MACHINES,
      speed: SPEEDS.before,
      seed: "contract",
      talos: TALOS,
      port: PORT,
    });
  }

  async ready(setup: MachineSetup): Promise<MachineUnderTest> {
    const { lab } = this;
    const [first, ...others] = MACHINES;
    if (first === undefined) throw new Error("there is no machine");
    await lab.start();
    const members = setup.etcdMembers ?? 3;
    const isWorker = setup.type === "worker";
    if (setup.mode === "maintenance") await this.boot(first);
    else {
      // A worker gets its certificate from a control plane.
      if (isWorker) await this.install(others[0] ?? first, "controlplane");
      await this.install(first, setup.type ?? "controlplane");
      if (!isWorker && members > 0) await this.bootstrap(first, others.slice(0, members - 1));
    }
    if (setup.installer?.exitCode === 1) lab.fleet.setFaults(this.machine(first), { diskFull: true });
    if (setup.canBootstrap === false) await this.freezeWhileBooting(first);
    else lab.clock.run(SPEEDS.after);
    return this.underTest(first, setup);
  }

  machine({ serial }: LabMachine): Machine {
    const found = this.lab.fleet.machines.get(serial);
    if (found === undefined) throw new Error(`there is no machine ${serial}`);
    return found;
  }

  configOf({ name }: LabMachine, type: "controlplane" | "worker"): string {
    return this.cluster.config({ type, hostname: name });
  }

  /** From the network into maintenance mode. */
  async boot(machine: LabMachine): Promise<void> {
    await this.lab.power.of(machine)?.networkBoot();
    await until(async () => this.machine(machine).api === "maintenance");
    await this.lab.settled();
  }

  async install(machine: LabMachine, type: "controlplane" | "worker"): Promise<void> {
    await this.boot(machine);
    const request = { text: this.configOf(machine, type), mode: "auto", dryRun: false } as const;
    const { name, bootstrap: address } = machine;
    // At this speed the machine may be gone before its answer is, or the call late.
    await until(async () => {
      if (this.machine(machine).api !== "maintenance") return true;
      const api = await this.driver.connectMaintenance({ machine: name, address });
      const { code, details } = await refusalOf(api.applyConfiguration(request));
      api.close();
      if (code !== "none" && code !== "unavailable") throw new Error(`${name} refused: ${code} ${details}`);
      return code === "none";
    });
    await until(async () => this.isUp(machine));
    await this.lab.settled();
  }

  /** On its disk, and as far as it comes without its cluster. */
  isUp(machine: LabMachine): boolean {
    const { api, disk, services } = this.machine(machine);
    return api === "secure" && disk !== undefined && services.get("kubelet")?.state === "Running";
  }

  async bootstrap(first: LabMachine, others: readonly LabMachine[]): Promise<void> {
    const admin = await this.admin(first);
    await admin.bootstrap();
    for (const machine of others) await this.install(machine, "controlplane");
    await until(async () => {
      const members = [...(this.machine(first).etcd?.cluster.members.values() ?? [])];
      const voters = members.filter(({ learner, process }) => !learner && process !== undefined);
      return voters.length === 1 + others.length && this.machine(first).stage === "running";
    });
    admin.close();
  }

  async freezeWhileBooting(first: LabMachine): Promise<void> {
    const admin = await this.admin(first);
    this.lab.clock.run(0);
    await admin.reboot("default");
    admin.close();
  }

  async admin({ name, loopback }: LabMachine) {
    const credentials = await this.cluster.credentials("os:admin");
    return this.driver.connect({ machine: name, address: loopback, credentials });
  }

  underTest(first: LabMachine, setup: MachineSetup): MachineUnderTest {
    const { lab, driver, cluster } = this;
    const isRunning = setup.mode !== "maintenance";
    const follow = async (faults: Machine["faults"]) => {
      lab.fleet.setFaults(this.machine(first), faults);
      await lab.settled();
    };
    return {
      driver,
      address: isRunning ? first.loopback : first.bootstrap,
      cluster,
      facts: {
        talos: TALOS,
        uuid: first.uuid,
        serial: first.serial,
        mac: first.macs.eth0,
        config: isRunning ? this.configOf(first, setup.type ?? "controlplane") : undefined,
        memory: MEMORY,
        mount: {
          filesystem: "/dev/sda4",
          mountedOn: "/var",
          size: DATA,
          available: Math.floor(DATA * 0.95),
        },
        speed: SPEEDS.after,
        fingerprint: () => undefined,
        etcdIds: undefined,
      },
      changeStatus: async () => {
        const admin = await this.admin(first);
        await admin.reboot("default");
        admin.close();
      },
      cut: async () => {
        await follow({ connection: "hang" });
        await follow({});
      },
      restart: async () => {
        lab.clock.run(SPEEDS.before);
        const { bootId } = this.machine(first);
        await lab.power.of(first)?.networkBoot();
        await until(async () => this.machine(first).bootId !== bootId);
        await lab.settled();
      },
      calls: undefined,
      stop: () => lab.stop(),
    };
  }
}
