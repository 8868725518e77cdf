import { onTestFinished } from "vitest";
import type { Mount, TalosApi, TalosDriver } from "../../src/applier/talos-api.ts";
import { TalosError } from "../../src/applier/talos-api.ts";
import type { TalosRole } from "../../src/secrets/credentials/mint.ts";
import type { ContractCluster } from "./cluster.ts";

/** The machine that a test of the contract wants; what it does not say is as with a healthy control plane. */
export interface MachineSetup {
  readonly mode?: "running" | "maintenance";
  readonly type?: "controlplane" | "worker";
  /** Members of its etcd, itself the first and the leader; 0 before it was bootstrapped. Three by default. */
  readonly etcdMembers?: 0 | 1 | 3;
  /** It has booted so far that etcd can be bootstrapped; by default it has. */
  readonly canBootstrap?: boolean;
  readonly installer?: {
    /** 0 by default. */
    readonly exitCode?: number;
    /** No registry has the image. */
    readonly missing?: boolean;
    /** It runs a Talos before 1.13, which upgrades by another call. */
    readonly legacy?: boolean;
  };
}

/** Starts a machine that listens already. */
export type Start = (setup: MachineSetup) => Promise<MachineUnderTest>;

/** Who is held to the contract: a machine that listens, the driver that reaches it, and what is true of it. */
export interface MachineUnderTest {
  readonly driver: TalosDriver;
  /** As a `TalosTarget` takes it. */
  readonly address: string;
  readonly cluster: ContractCluster;
  readonly facts: MachineFacts;
  /** The machine's status is another afterwards: a watch sees it. */
  readonly changeStatus: () => Promise<void>;
  /** Cuts all connections once. */
  readonly cut: () => Promise<void>;
  /** It comes back at its address with another key of its own. */
  readonly restart: () => Promise<void>;
  /** What was asked of it, in the order in which it was; undefined where nobody keeps count. */
  readonly calls: (() => Promise<readonly RecordedCall[]>) | undefined;
  readonly stop: () => Promise<void>;
}

/** A request in the JSON form of protocol buffers. */
export interface RecordedCall {
  /** `/machine.MachineService/Reset` */
  readonly method: string;
  readonly request: unknown;
  /** The machine it was for, where another was to forward it. */
  readonly node?: string;
}

export interface MachineFacts {
  /** `v1.14.1` */
  readonly talos: string;
  readonly uuid: string;
  readonly serial: string;
  /** Of its first network interface. */
  readonly mac: string;
  /** What it runs with; undefined in maintenance mode. */
  readonly config: string | undefined;
  /** Bytes. */
  readonly memory: number;
  /** One of what is mounted while it runs. */
  readonly mount: Mount;
  /** How many times as fast as outside its time passes. */
  readonly speed: number;
  /** Base64 of SHA-256 of its public key at this moment, where it is known from elsewhere than its TLS. */
  readonly fingerprint: () => string | undefined;
  /** Numbers of etcd's members in decimal, the machine's own first, where they are known from elsewhere. */
  readonly etcdIds: readonly string[] | undefined;
}

/** What a kind of machine does otherwise than Talos' own code, by design: each with the reason. */
export interface Differences {
  /** Types of resources that it does not have. */
  readonly absent: Readonly<Record<string, string>>;
  /** Fields that Talos always writes and it does not, by the types of resources. */
  readonly fewer: Readonly<Record<string, { readonly fields: readonly string[]; readonly why: string }>>;
  /** Mistakes in configurations that it does not see, by the names in `apply-contract.ts`. */
  readonly unseen: Readonly<Record<string, string>>;
  /** It cuts off clients that another authority vouches for, and does not say why. */
  readonly cutsStrangers?: string;
  /** It pulls whatever it is told to: there is no registry that could lack an image. */
  readonly hasEveryImage?: string;
}

/** Of a machine that is as Talos is. */
export const NO_DIFFERENCES: Differences = { absent: {}, fewer: {}, unseen: {} };

/** Starts a machine that ends with the test. */
export async function open(start: Start, setup: MachineSetup = {}): Promise<MachineUnderTest> {
  const machine = await start(setup);
  onTestFinished(() => machine.stop());
  return machine;
}

/** Connects to a machine with a certificate of its cluster's. */
export async function connect(machine: MachineUnderTest, ...roles: readonly TalosRole[]): Promise<TalosApi> {
  const credentials = await machine.cluster.credentials(...roles);
  const api = machine.driver.connect({ machine: "m1", address: machine.address, credentials });
  onTestFinished(() => api.close());
  return api;
}

/** Connects to a machine in maintenance mode. */
export async function connectMaintenance(machine: MachineUnderTest) {
  const api = await machine.driver.connectMaintenance({ machine: "m1", address: machine.address });
  onTestFinished(() => api.close());
  return api;
}

/** What a call was refused with: code and words. */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ readonly code: string; readonly details: string; readonly machine: string }> {
  try {
    await call;
    return { code: "none", details: "", machine: "" };
  } catch (failure) {
    if (!(failure instanceof TalosError)) throw failure;
    const { code, details, machine } = failure;
    return { code, details, machine };
  }
}

/** Everything of a sequence. */
export async function all<T>(sequence: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const one of sequence) found.push(one);
  return found;
}

/** Waits until something holds, at most ten seconds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it never came to be");
}
