import type { SourceRef } from "../core/diagnostic.ts";
import type { Ipv4, Ipv4Prefix } from "../core/ip.ts";
import type { Claim, Place } from "./claim.ts";
import type { Bmc, Doc } from "./inventory.ts";
import type { RegistryMirror, Volume } from "./spec-parts.ts";

/**
 * The whole fleet with every address, name, version and server fixed. Renderers only spell it out:
 * whatever they would have to choose belongs here.
 */
export interface Blueprint {
  readonly fleet: FleetPlan;
  /** By name. */
  readonly sites: ReadonlyMap<string, SitePlan>;
  readonly clusters: ReadonlyMap<string, ClusterPlan>;
}

export interface FleetPlan {
  readonly name: string;
  readonly doc: Doc<"Fleet">;
  readonly repository: { readonly url: string; readonly revision: string };
}

export interface SitePlan {
  readonly name: string;
  readonly index: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Doc<"Site">["spec"];
  /** The root of the site's document. */
  readonly at: SourceRef;
  readonly loopbacks: Ipv4Prefix;
  readonly bootstrap: Ipv4Prefix;
  readonly hub: string;
  readonly spines: readonly SwitchPlan[];
  readonly racks: readonly RackPlan[];
  /** Ranges from which virtual IPs come. */
  readonly vipPools: readonly Ipv4Prefix[];
  /** Ranges from which load balancers' addresses come. */
  readonly lbPools: readonly Ipv4Prefix[];
}

export interface RackPlan {
  readonly name: string;
  readonly doc: Doc<"Rack">;
  readonly index: number;
  readonly leaves: readonly SwitchPlan[];
  /** By slot. */
  readonly servers: readonly ServerPlan[];
}

export interface SwitchPlan {
  readonly name: string;
  readonly role: "leaf" | "spine";
  readonly model: Doc<"SwitchModel">;
  readonly loopback: Ipv4;
  readonly asn: number;
  /** Own port to the other end; for spines every leaf that is cabled to it. */
  readonly links: readonly { readonly port: string; readonly peer: string; readonly peerPort: string }[];
}

/** A server with its numbers. */
export interface ServerPlan {
  readonly name: string;
  readonly site: string;
  readonly rack: string;
  readonly slot: number;
  readonly serial: string;
  readonly uuid: string;
  readonly state: "active" | "maintenance" | "broken" | "retired";
  readonly model: Doc<"ServerModel">;
  readonly loopback: Ipv4;
  readonly asn: number;
  /** The /31 of the boot port: the even address on the leaf, the odd one on the server. */
  readonly bootstrap: { readonly leaf: Ipv4; readonly server: Ipv4 };
  readonly uplinks: readonly Uplink[];
  readonly bmc?: Bmc;
  readonly claim: Claim;
  /** `spec.servers.<name>` of its rack. */
  readonly at: SourceRef;
  /** What it boots, whatever it is used for; undefined for a retired server. */
  readonly boot: BootPlan | undefined;
}

export interface Uplink {
  readonly name: string;
  readonly mac: string;
  readonly leaf: string;
  readonly leafPort: string;
  readonly leafAsn: number;
  readonly boot: boolean;
}

/** Kernel and initramfs for a network boot. */
export interface BootPlan {
  readonly schematic: string;
  readonly talos: string;
  readonly arch: "amd64" | "arm64";
  readonly kernel: string;
  readonly initramfs: string;
  /** The whole kernel command line but for `initrd=`. */
  readonly cmdline: readonly string[];
}

/** A cluster with its versions, addresses and machines. */
export interface ClusterPlan {
  readonly name: string;
  readonly site: string;
  readonly role: "management" | "monitoring" | "customer";
  readonly labels: Readonly<Record<string, string>>;
  /** What people wrote, for the fields that need no resolving. */
  readonly doc: Doc<"Cluster">;
  readonly fleet: Doc<"Fleet">;
  readonly channel: Doc<"Channel">;
  /** `v1.13`: the form of the machine configuration. */
  readonly contract: string;
  /** `v1.13.9` */
  readonly talos: string;
  /** `v1.36.3` */
  readonly kubernetes: string;
  /** Address of the Kubernetes API; undefined only while the cluster is being deleted. */
  readonly vip: Ipv4 | undefined;
  readonly lb: Ipv4Prefix | undefined;
  readonly discovery: string;
  readonly routing: "frr" | "talos";
  readonly registries: Readonly<Record<string, RegistryMirror>>;
  /** Path of the secrets bundle from the root of the repository. */
  readonly secretsFile: string;
  /** Whether that file exists. */
  readonly hasSecrets: boolean;
  readonly bootstrapped: string | undefined;
  readonly addons: readonly AddonPlan[];
  /** By name of the server. */
  readonly nodes: readonly NodePlan[];
}

export interface AddonPlan {
  readonly doc: Doc<"Addon">;
  /** Version of the chart: the channel's, else the catalogue's. */
  readonly version: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A server in a cluster. The node's name is the server's name. */
export interface NodePlan {
  readonly name: string;
  readonly place: Place;
  readonly type: "controlplane" | "worker";
  readonly server: ServerPlan;
  /** `spec.controlPlane` or `spec.workers[n]` of the cluster. */
  readonly groupAt: SourceRef;
  readonly class: Doc<"MachineClass"> | undefined;
  readonly schematic: string;
  /** Installer image with its tag or digest. */
  readonly installer: string;
  readonly installDisk: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly volumes: Readonly<Record<string, Volume>>;
  /** What the group itself sets, beside its class. */
  readonly group: { readonly labels: readonly string[]; readonly taints: readonly string[] };
  /** Whether ordinary pods may run on this control plane. */
  readonly schedulable: boolean;
  /** Users' Talos patches, lowest layer first. */
  readonly patches: readonly PatchLayer[];
}

/** The layers a value can come from, lowest first. */
export type Layer =
  | "talos"
  | "ichor"
  | "fleet"
  | "site"
  | "rack"
  | "model"
  | "class"
  | "cluster"
  | "group"
  | "server";

/** One document of a user's patch. */
export interface PatchLayer {
  readonly layer: Layer;
  readonly document: Readonly<Record<string, unknown>>;
  /** The root of the document. */
  readonly at: SourceRef;
}
