import type { SourceRef } from "../core/diagnostic.ts";
import type { Claim } from "./claim.ts";
import type { KindName, SpecOf } from "./kinds.ts";

/** A document that fits its schema, with the place it came from. */
export interface Doc<K extends KindName> {
  readonly kind: K;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: SpecOf<K>;
  /** The root of the document. */
  readonly at: SourceRef;
}

/** The other end of a cable. */
export interface Port {
  readonly switch: string;
  readonly port: string;
}

/** A network port of a server; with `port` it is an uplink. */
export interface Nic {
  readonly name: string;
  /** Lower case. */
  readonly mac: string;
  readonly port?: Port;
  readonly boot: boolean;
}

/** A management controller. */
export interface Bmc {
  readonly address: string;
  /** Lower case. */
  readonly mac: string;
  readonly driver: "redfish" | "ipmi";
  readonly credentials?: string;
  readonly fingerprint?: string;
}

/** A server as the inventory has it: defaults of rack and model filled in, MACs and UUID in lower case. */
export interface Server {
  readonly name: string;
  readonly site: string;
  readonly rack: string;
  /** Lowest rack unit. */
  readonly u: number;
  readonly slot: number;
  /** Undefined where neither server nor rack names one, which a check reports. */
  readonly model: string | undefined;
  readonly serial: string;
  readonly uuid: string;
  readonly state: "active" | "maintenance" | "broken" | "retired";
  /** Labels of model, site, rack and server, the later ones over the earlier. */
  readonly labels: Readonly<Record<string, string>>;
  readonly nics: readonly Nic[];
  readonly bmc?: Bmc;
  readonly spec: SpecOf<"Rack">["servers"][string];
  /** `spec.servers.<name>` of its rack. */
  readonly at: SourceRef;
}

/** A leaf or spine switch. */
export interface Switch {
  readonly name: string;
  readonly role: "leaf" | "spine";
  readonly site: string;
  /** Undefined for spines. */
  readonly rack: string | undefined;
  /** Undefined for spines. */
  readonly slot: number | undefined;
  readonly model: string;
  readonly serial: string | undefined;
  /** Own port to the port at the other end; empty for spines. */
  readonly uplinks: ReadonlyMap<string, Port>;
  readonly at: SourceRef;
}

/** A line of a rack's lock file. */
export interface RecordedClaim {
  readonly claim: Claim;
  readonly at: SourceRef;
}

/** A block of addresses that a lock file says is held. */
export interface RecordedAddress {
  /** First address of the block. */
  readonly address: string;
  readonly prefix: string;
  /** Cluster and use: `hel1-vran7/vip`, `hel1-vran7/lb`. */
  readonly claim: string;
  readonly at: SourceRef;
}

/** What is known of a cluster that exists. */
export interface RecordedCluster {
  /** The server on which etcd was bootstrapped; undefined before that. */
  readonly bootstrapped: string | undefined;
  /** SHA-256 of the CA certificates by name: os, k8s, etcd, k8saggregator. */
  readonly fingerprints: Readonly<Record<string, string>>;
  readonly at: SourceRef;
}

/** A cluster's secrets bundle as far as it can be read without a key. */
export interface BundleFile {
  /** SHA-256 of the CA certificates by name, as in {@link RecordedCluster}; undefined where they cannot be read. */
  readonly fingerprints: Readonly<Record<string, string>> | undefined;
  readonly at: SourceRef;
}

/** What the lock files under inventory/allocations/ say. */
export interface Locks {
  /** By server. */
  readonly claims: ReadonlyMap<string, RecordedClaim>;
  /** By site, then by first address. */
  readonly addresses: ReadonlyMap<string, ReadonlyMap<string, RecordedAddress>>;
  /** By site, then by cluster. */
  readonly clusters: ReadonlyMap<string, ReadonlyMap<string, RecordedCluster>>;
  /** `<site>/<rack>` for each rack whose lock file exists. */
  readonly racks: ReadonlySet<string>;
}

/** A file with Talos documents, read but not judged. */
export interface PatchFile {
  readonly file: string;
  readonly documents: readonly { readonly value: unknown; readonly at: SourceRef }[];
}

/** The whole repository, read, fitting its schemas and indexed by name; what the checks and `resolve` read. */
export interface Inventory {
  readonly fleet: Doc<"Fleet">;
  readonly sites: ReadonlyMap<string, Doc<"Site">>;
  readonly racks: ReadonlyMap<string, Doc<"Rack">>;
  readonly serverPools: ReadonlyMap<string, Doc<"ServerPool">>;
  readonly addressPools: ReadonlyMap<string, Doc<"AddressPool">>;
  readonly serverModels: ReadonlyMap<string, Doc<"ServerModel">>;
  readonly switchModels: ReadonlyMap<string, Doc<"SwitchModel">>;
  readonly classes: ReadonlyMap<string, Doc<"MachineClass">>;
  readonly channels: ReadonlyMap<string, Doc<"Channel">>;
  readonly addons: ReadonlyMap<string, Doc<"Addon">>;
  readonly clusters: ReadonlyMap<string, Doc<"Cluster">>;
  readonly approvals: ReadonlyMap<string, Doc<"Approval">>;
  /** What keeps ichor's hands off machines, by server: not the lock files of what was chosen, which are `locks`. */
  readonly nodeLocks: ReadonlyMap<string, Doc<"Lock">>;
  readonly servers: ReadonlyMap<string, Server>;
  readonly switches: ReadonlyMap<string, Switch>;
  /** By path from the root of the repository. */
  readonly patches: ReadonlyMap<string, PatchFile>;
  /** `<Kind>/<name>` of documents that exist but do not fit their schema: nothing is concluded from their absence.
   * `<Kind>/*` where a file that may hold any name could not be read. */
  readonly invalid: ReadonlySet<string>;
  /** The secrets bundles that exist, by cluster. */
  readonly bundles: ReadonlyMap<string, BundleFile>;
  readonly locks: Locks;
}
