import { type AnyDoc, makeDoc } from "../../src/compiler/validate/any-doc.ts";
import { buildInventory } from "../../src/compiler/validate/build-inventory.ts";
import type { Claim } from "../../src/model/claim.ts";
import type { Doc, Inventory, RecordedClaim } from "../../src/model/inventory.ts";
import { API_VERSION } from "../../src/model/kind.ts";
import type { KindName, SpecOf } from "../../src/model/kinds.ts";

/** What differs from a value: mappings are merged, `null` removes a key, all else replaces (RFC 7386). */
export type Change<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Change<T[K]> | null }
    : T;

type ServerChange = Change<SpecOf<"Rack">["servers"][string]>;

/** Makes a valid inventory, one rack and one cluster unless more is asked for, to be made wrong by a test. */
export interface InventoryBuilder {
  /** Changes the spec of a document, or adds the document with what is given as its whole spec. */
  readonly set: <K extends KindName>(kind: K, name: string, spec: Change<SpecOf<K>>) => InventoryBuilder;
  /** Gives a document labels. */
  readonly label: (
    kind: KindName,
    name: string,
    labels: Readonly<Record<string, string>>,
  ) => InventoryBuilder;
  /** Changes a server of rack `hel1-r001`, or adds one. */
  readonly server: (name: string, spec: ServerChange) => InventoryBuilder;
  /** Adds a rack of site `hel1` with so many servers, cabled to the spine. */
  readonly rack: (index: number, servers: number) => InventoryBuilder;
  /** Removes a document. */
  readonly without: (kind: KindName, name: string) => InventoryBuilder;
  /** Says that a document exists but does not fit its schema. */
  readonly invalid: (kind: KindName, name: string) => InventoryBuilder;
  /** Records a claim of a server. */
  readonly claim: (server: string, claim: Claim) => InventoryBuilder;
  /** Adds an empty file with the role of a patch or of secrets. */
  readonly file: (role: "patch" | "secrets", path: string) => InventoryBuilder;
  readonly build: () => Inventory;
}

interface Written {
  readonly kind: KindName;
  readonly name: string;
  labels: Readonly<Record<string, string>>;
  spec: unknown;
}

/** Starts from a fleet of one site, one rack of two leaves and three servers, and one management cluster. */
export function aFleet(): InventoryBuilder {
  const documents = new Map<string, Written>();
  const invalid = new Set<string>();
  const claims = new Map<string, RecordedClaim>();
  const files: { role: "patch" | "secrets"; file: string; documents: [] }[] = [];
  const set = (kind: KindName, name: string, spec: unknown): void => {
    const before = documents.get(`${kind}/${name}`);
    const after = { kind, name, labels: before?.labels ?? {}, spec: merged(before?.spec, spec) };
    documents.set(`${kind}/${name}`, after);
  };
  for (const [kind, name, spec] of baseDocuments()) set(kind, name, spec);

  const builder: InventoryBuilder = {
    set: (kind, name, spec) => {
      set(kind, name, spec);
      return builder;
    },
    label: (kind, name, labels) => {
      const document = documents.get(`${kind}/${name}`);
      if (document !== undefined) document.labels = labels;
      return builder;
    },
    server: (name, spec) => builder.set("Rack", "hel1-r001", { servers: { [name]: spec } } as never),
    rack: (index, servers) => builder.set("Rack", rackName(index), rackSpec(index, servers) as never),
    without: (kind, name) => {
      documents.delete(`${kind}/${name}`);
      return builder;
    },
    invalid: (kind, name) => {
      invalid.add(`${kind}/${name}`);
      return builder.without(kind, name);
    },
    claim: (server, claim) => {
      claims.set(server, { claim, at: { file: LOCK_FILE, document: 0, path: [server, "claim"] } });
      return builder;
    },
    file: (role, path) => {
      files.push({ role, file: path, documents: [] });
      return builder;
    },
    build: () => {
      const docs = [...documents.values()].map(docOf);
      const fleet = docs.find((doc) => doc.kind === "Fleet") as Doc<"Fleet">;
      const locks = { claims, addresses: new Map(), clusters: new Map(), racks: new Set<string>() };
      return buildInventory({ fleet, docs, invalid, locks, files }).value;
    },
  };
  return builder.file("secrets", "clusters/hel1/hel1-mgmt/secrets.sops.yaml");
}

const LOCK_FILE = "inventory/allocations/hel1/hel1-r001.yaml";

/** A document as the reader would give it; its file is named after it. */
function docOf({ kind, name, labels, spec }: Written): AnyDoc {
  const value = { apiVersion: API_VERSION, kind, metadata: { name, labels }, spec };
  return makeDoc(kind, { value, at: { file: `${kind}-${name}.yaml`, document: 0, path: [] } });
}

function merged(before: unknown, change: unknown): unknown {
  if (!isMapping(change)) return change;
  const after: Record<string, unknown> = isMapping(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete after[key];
    else after[key] = merged(after[key], value);
  }
  return after;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function rackName(index: number): string {
  return `hel1-r${String(index).padStart(3, "0")}`;
}

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");

/** A rack of two leaves in units 47 and 48 and servers from unit 1 up; everything in it is named by its index. */
export function rackSpec(index: number, count: number): SpecOf<"Rack"> {
  const rack = rackName(index);
  const leaf = (side: "a" | "b", u: number, offset: number) => ({
    model: "sonic-leaf-48",
    u,
    serial: `L${index}${side}`,
    uplinks: { Ethernet48: `hel1-spine1/Ethernet${2 * index + offset}` },
  });
  const servers = Array.from({ length: count }, (_, i) => {
    const u = i + 1;
    const mac = (port: number) => `02:00:${hex(index >> 8, 2)}:${hex(index & 255, 2)}:${hex(u, 2)}:0${port}`;
    const server = {
      u,
      serial: `S${index}-${u}`,
      uuid: `4c4c4544-0000-4000-8000-${hex(index * 64 + u, 12)}`,
      bmc: { address: `192.168.${index % 256}.${u + 64 * (index >> 8)}`, mac: mac(0) },
      nics: {
        eno1: { mac: mac(1), port: `${rack}-leaf-a/Ethernet${i}`, boot: true },
        eno2: { mac: mac(2), port: `${rack}-leaf-b/Ethernet${i}` },
      },
    };
    return [`${rack}-u${String(u).padStart(2, "0")}`, server] as const;
  });
  return {
    site: "hel1",
    index,
    switches: { [`${rack}-leaf-a`]: leaf("a", 47, 0), [`${rack}-leaf-b`]: leaf("b", 48, 1) },
    defaults: { model: "dell-r640", bmc: { credentials: "bmc/default" } },
    servers: Object.fromEntries(servers),
  };
}

/** The documents of the valid fleet. */
function baseDocuments(): readonly (readonly [KindName, string, unknown])[] {
  const site: SpecOf<"Site"> = {
    index: 1,
    loopbacks: "10.101.0.0/16",
    bootstrap: "10.202.0.0/15",
    hub: "hel1-mgmt",
    dns: ["10.101.255.53"],
    ntp: ["10.101.255.123"],
    management: ["10.50.0.0/24"],
    provisioning: { addressing: "kea", boot: "ipxe", url: "http://boot.hel1.example" },
    spines: { "hel1-spine1": { model: "sonic-spine-32", loopback: "10.101.254.1" } },
  };
  const cluster: SpecOf<"Cluster"> = {
    role: "management",
    site: "hel1",
    channel: "stable",
    contract: "v1.13",
    controlPlane: { replicas: 3, pool: "hel1-general" },
    network: {
      cni: "cilium",
      routing: "frr",
      podCIDRs: ["100.64.0.0/14"],
      serviceCIDRs: ["100.72.0.0/16"],
      vipPool: "hel1-vips",
      loadBalancer: "metallb",
      lbPool: "hel1-lb",
      lbSize: "/26",
    },
    addons: ["metallb"],
  };
  const model: SpecOf<"ServerModel"> = {
    arch: "amd64",
    height: 1,
    nics: { eno1: { speed: "25G" }, eno2: { speed: "25G" } },
    installDisk: 'disk.transport == "nvme" && disk.size > 400u * GB',
    bmc: { driver: "redfish", vendor: "dell" },
  };
  const fleet: SpecOf<"Fleet"> = {
    repository: { url: "https://git.example/fleet.git", revision: "refs/heads/main" },
    asn: { base: 4200000000 },
    factory: { url: "https://factory.talos.dev" },
    discovery: { endpoint: "none" },
  };
  return [
    ["Fleet", "nesc", fleet],
    ["Site", "hel1", site],
    ["Rack", "hel1-r001", rackSpec(1, 3)],
    ["ServerPool", "hel1-general", { selector: { site: "hel1" } }],
    ["AddressPool", "hel1-vips", { site: "hel1", prefix: "10.101.250.0/24", use: "vip", reserve: 16 }],
    ["AddressPool", "hel1-lb", { site: "hel1", prefix: "10.101.251.0/24", use: "lb" }],
    ["ServerModel", "dell-r640", model],
    ["SwitchModel", "sonic-leaf-48", switchModel({ "Ethernet{0..47}": "25G", "Ethernet{48..55}": "100G" })],
    ["SwitchModel", "sonic-spine-32", switchModel({ "Ethernet{0..2047}": "100G" })],
    ["MachineClass", "plain", {}],
    ["Channel", "stable", { talos: "v1.13.9", kubernetes: "v1.36.3" }],
    ["Addon", "metallb", addon()],
    ["Cluster", "hel1-mgmt", cluster],
  ];
}

function switchModel(ports: Readonly<Record<string, string>>): SpecOf<"SwitchModel"> {
  const entries = Object.entries(ports).map(([name, speed]) => [name, { speed }] as const);
  return { os: "sonic", height: 1, ports: Object.fromEntries(entries) };
}

function addon(): SpecOf<"Addon"> {
  return {
    chart: { repository: "https://metallb.github.io/metallb", name: "metallb" },
    version: "0.16.1",
    namespace: "metallb-system",
  };
}
