import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../core/diagnostic.ts";
import { formatPath } from "../../core/path.ts";
import type { Inventory } from "../../model/inventory.ts";
import type { FileRole, LoadedFile } from "../load/source-document.ts";
import { validate } from "./validate.ts";

type Spec = Readonly<Record<string, unknown>>;

function doc(kind: string, name: string, spec: Spec, labels: Spec = {}): unknown {
  return { apiVersion: "ichor/v1alpha1", kind, metadata: { name, labels }, spec };
}

function file(path: string, documents: readonly unknown[], role: FileRole = "documents"): LoadedFile {
  return {
    file: path,
    role,
    documents: documents.map((value, document) => ({ value, at: { file: path, document, path: [] } })),
  };
}

const FLEET = doc("Fleet", "nesc", {
  repository: { url: "https://git.example/fleet.git", revision: "refs/heads/main" },
  asn: { base: 4200000000 },
  factory: { url: "https://factory.talos.dev" },
  discovery: { endpoint: "none" },
});

function site(name: string): unknown {
  const spec = {
    index: 1,
    loopbacks: "10.101.0.0/16",
    bootstrap: "10.202.0.0/15",
    hub: "mgmt",
    dns: ["10.101.255.53"],
    ntp: ["10.101.255.123"],
    management: ["10.200.0.0/24"],
    provisioning: { addressing: "kea", boot: "ipxe", url: "http://boot.example" },
    spines: { [`${name}-spine1`]: { model: "s32", loopback: "10.101.254.1" } },
  };
  return doc("Site", name, spec, { region: "eu-north", row: "r1", of: "site" });
}

const SERVER = {
  u: 4,
  serial: "7XK2M13",
  uuid: "4C4C4544-0058-4B10-8032-B7C04F4D3133",
  bmc: { address: "10.204.17.1", mac: "D0:94:66:00:11:01" },
  nics: {
    eno1: { mac: "D0:94:66:AA:11:01", port: "r1-leaf-a/Ethernet1/1", boot: true },
    eno2: { mac: "d0:94:66:aa:11:02" },
  },
};
const LEAF = { model: "s48", u: 47, serial: "MT1", uplinks: { Ethernet48: "hel1-spine1/Ethernet32" } };

function rack(name: string, servers: Spec, rest: Spec = {}): LoadedFile {
  const defaults = { model: "dell-r640", bmc: { credentials: "bmc/default" } };
  const spec = { site: "hel1", index: 1, switches: { [`${name}-leaf-a`]: LEAF }, defaults, servers, ...rest };
  return file(`inventory/sites/hel1/racks/${name}.yaml`, [
    doc("Rack", name, spec, { row: "r2", in: "rack" }),
  ]);
}

const MODEL = doc(
  "ServerModel",
  "dell-r640",
  {
    arch: "amd64",
    height: 1,
    nics: { eno1: { speed: "25G" } },
    installDisk: "disk.size > 1u",
    bmc: { driver: "ipmi", vendor: "dell" },
  },
  { of: "model", cpu: "intel" },
);
const BASE = [
  file("inventory/fleet.yaml", [FLEET]),
  file("inventory/sites/hel1/site.yaml", [site("hel1")]),
  file("inventory/models/dell-r640.yaml", [MODEL]),
];

/** `CODE file#document place: message` of what the phase itself finds; the checks have their own tests. */
function check(files: readonly LoadedFile[]): string[] {
  return validate(files)
    .diagnostics.filter(({ code }) => code.startsWith("ICH2"))
    .map(say);
}

function say({ code, at, message, related = [] }: Diagnostic): string {
  const place = "path" in at ? ` ${at.on === "key" ? "^" : ""}${formatPath(at.path)}` : "";
  const others = related.map((other) => ` [${other.at.file}]`).join("");
  return `${code} ${at.file}${place}: ${message}${others}`;
}

function inventoryOf(files: readonly LoadedFile[]): Inventory {
  const { value } = validate(files);
  if (value === undefined) throw new Error("no inventory");
  return value;
}

const CHANNEL = "clusters/channels/stable.yaml";
const channel = (name: string) => doc("Channel", name, { talos: "v1.14.1", kubernetes: "v1.37.0" });
const lb = (name: string, of: string) =>
  doc("AddressPool", name, { site: of, prefix: "10.0.0.0/24", use: "lb" });

describe("a document that is not what its place says", () => {
  it.each<[string, readonly LoadedFile[], readonly string[]]>([
    ["is all right where it belongs", [file(CHANNEL, [channel("stable")])], []],
    ["is empty", [file(CHANNEL, [null])], [`ICH2012 ${CHANNEL}: the file holds no document`]],
    ["has a harmless empty document behind it", [file(CHANNEL, [channel("stable"), null])], []],
    [
      "is a list",
      [file(CHANNEL, [[1]])],
      [
        `ICH2011 ${CHANNEL} : the document must be a mapping with apiVersion, kind, metadata and spec, is a list`,
      ],
    ],
    [
      "says neither version nor kind",
      [file(CHANNEL, [{ metadata: { name: "stable" } }])],
      [
        `ICH2013 ${CHANNEL} : the document has no apiVersion`,
        `ICH2014 ${CHANNEL} : the document has no kind`,
      ],
    ],
    [
      "has an unknown version and a mistake in its spec: both are said",
      [file(CHANNEL, [{ ...(channel("stable") as object), apiVersion: "v1", spec: { talos: "1" } }])],
      [
        `ICH2013 ${CHANNEL} apiVersion: apiVersion must be "ichor/v1alpha1", is "v1"`,
        `ICH2002 ${CHANNEL} ^spec: spec lacks the key "kubernetes"`,
        `ICH2005 ${CHANNEL} spec.talos: spec.talos must be a whole version such as v1.14.1, is "1"`,
      ],
    ],
    [
      "has a misspelt kind",
      [file(CHANNEL, [doc("Chanel", "stable", {})])],
      [`ICH2014 ${CHANNEL} kind: no kind named "Chanel" (did you mean "Channel"?)`],
    ],
    [
      "has a kind that belongs elsewhere",
      [file(CHANNEL, [lb("stable", "hel1")])],
      [`ICH2015 ${CHANNEL} kind: an AddressPool does not belong in this file, which is for a Channel`],
    ],
    [
      "is named otherwise than its file",
      [file(CHANNEL, [channel("stabel")])],
      [
        `ICH2016 ${CHANNEL} metadata.name: the Channel is named "stabel", but its place in the repository says "stable"`,
      ],
    ],
    [
      "has a name of the wrong form: that is said once",
      [file(CHANNEL, [channel("Stable!")])],
      [
        `ICH2005 ${CHANNEL} metadata.name: metadata.name must be lower-case letters, digits, - and ., at most 63, starting and ending with a letter or digit, is "Stable!"`,
      ],
    ],
    [
      "names another site than its folder",
      [rack("r1", {}, { site: "osl1" })],
      [
        'ICH2017 inventory/sites/hel1/racks/r1.yaml spec.site: the Rack says site "osl1", but stands in the folder of site "hel1"',
      ],
    ],
    [
      "is there twice",
      [file("inventory/sites/hel1/pools.yaml", [lb("lb", "hel1"), lb("lb", "hel1")])],
      [
        'ICH2018 inventory/sites/hel1/pools.yaml metadata.name: there is already an AddressPool named "lb" [inventory/sites/hel1/pools.yaml]',
      ],
    ],
    [
      "is a second Fleet",
      [file("inventory/fleet.yaml", [FLEET, { ...(FLEET as object), metadata: { name: "other" } }])],
      [
        'ICH2020 inventory/fleet.yaml metadata.name: there is already a Fleet, named "nesc" [inventory/fleet.yaml]',
      ],
    ],
    [
      "is a Talos machine configuration",
      [file(CHANNEL, [{ machine: { type: "worker" } }])],
      [`ICH2021 ${CHANNEL} : this is a Talos document, which does not stand here by itself`],
    ],
    [
      "is a Talos document of a kind",
      [file(CHANNEL, [{ apiVersion: "v1alpha1", kind: "SysctlConfig" }])],
      [
        `ICH2021 ${CHANNEL} : this is a Talos document of kind "SysctlConfig", which does not stand here by itself`,
      ],
    ],
  ])("%s", (_title, files, expected) => {
    const base = BASE.filter((one) => files.every((other) => other.file !== one.file));
    expect(check([...base, ...files])).toEqual(expected);
  });
});

it("a file with very many bad documents gets the first thousand diagnostics and a word on the rest", () => {
  const bad = file(
    CHANNEL,
    Array.from({ length: 300_000 }, () => 1),
  );
  const found = check([...BASE, bad]);
  expect(found).toHaveLength(1001);
  expect(found[0]).toBe(`ICH2010 ${CHANNEL}: the file has more than 1000 problems; these are the first`);
});

describe("a repository without a Fleet that can be used", () => {
  it("has no inventory, and is told how to get one", () => {
    const files = BASE.slice(1);
    expect(validate(files).value).toBeUndefined();
    expect(check(files)).toEqual(["ICH2019 inventory/fleet.yaml: the repository has no Fleet document"]);
  });

  it("is not told that the Fleet is missing where it has a mistake or cannot be read", () => {
    const unfit = file("inventory/fleet.yaml", [{ ...(FLEET as object), spec: {} }]);
    expect(check([...BASE.slice(1), unfit]).map((line) => line.slice(0, 7))).toEqual(["ICH2002"]);
    expect(check([...BASE.slice(1), file("inventory/fleet.yaml", [])])).toEqual([
      "ICH2012 inventory/fleet.yaml: the file holds no document",
    ]);
    const broken = { ...file("inventory/fleet.yaml", []), isBroken: true } as const;
    expect(check([...BASE.slice(1), broken])).toEqual([]);
  });
});

describe("the inventory", () => {
  const files = [...BASE, rack("r1", { s1: { ...SERVER, labels: { in: "server" } } })];

  it("has servers with the defaults of rack and model, numbers in lower case and cables taken apart", () => {
    expect(inventoryOf(files).servers.get("s1")).toEqual({
      name: "s1",
      site: "hel1",
      rack: "r1",
      u: 4,
      slot: 4,
      model: "dell-r640",
      serial: "7XK2M13",
      uuid: "4c4c4544-0058-4b10-8032-b7c04f4d3133",
      state: "active",
      labels: { of: "site", cpu: "intel", region: "eu-north", row: "r2", in: "server" },
      nics: [
        {
          name: "eno1",
          mac: "d0:94:66:aa:11:01",
          port: { switch: "r1-leaf-a", port: "Ethernet1/1" },
          boot: true,
        },
        { name: "eno2", mac: "d0:94:66:aa:11:02", boot: false },
      ],
      bmc: { address: "10.204.17.1", mac: "d0:94:66:00:11:01", driver: "ipmi", credentials: "bmc/default" },
      spec: { ...SERVER, labels: { in: "server" } },
      at: { file: "inventory/sites/hel1/racks/r1.yaml", document: 0, path: ["spec", "servers", "s1"] },
    });
  });

  it("has what a server says of itself before what its rack and model say", () => {
    const own = {
      ...SERVER,
      slot: 9,
      state: "broken",
      bmc: { ...SERVER.bmc, driver: "redfish", credentials: "bmc/own" },
    };
    const server = inventoryOf([...BASE, rack("r1", { s1: own })]).servers.get("s1");
    expect(server).toMatchObject({ slot: 9, state: "broken" });
    expect(server?.bmc).toMatchObject({ driver: "redfish", credentials: "bmc/own" });
    const other = inventoryOf([...BASE, rack("r1", { s1: { ...SERVER, model: "other" } })]).servers.get("s1");
    expect(other).toMatchObject({ model: "other", labels: { of: "site" }, bmc: { driver: "redfish" } });
    expect(other?.labels).not.toHaveProperty("cpu");
  });

  it("has leaves and spines", () => {
    const { switches } = inventoryOf(files);
    expect(switches.get("r1-leaf-a")).toMatchObject({ role: "leaf", rack: "r1", slot: 47, serial: "MT1" });
    expect(switches.get("r1-leaf-a")?.uplinks.get("Ethernet48")).toEqual({
      switch: "hel1-spine1",
      port: "Ethernet32",
    });
    expect(switches.get("hel1-spine1")).toMatchObject({ role: "spine", rack: undefined, slot: undefined });
  });

  it("has patch files by path, judged by nobody yet", () => {
    const patch = file("clusters/hel1/c1/patches/a.yaml", [{ machine: {} }], "patch");
    const inventory = inventoryOf([...files, patch]);
    expect(inventory.patches.get(patch.file)?.documents).toEqual(patch.documents);
  });

  it("refuses a server name in two racks and a switch name in two places, and says where the first is", () => {
    const twice = rack("r2", { s1: SERVER }, { switches: { "r1-leaf-a": LEAF } });
    expect(check([...files, twice])).toEqual([
      'ICH2022 inventory/sites/hel1/racks/r2.yaml ^spec.servers.s1: a server named "s1" is in rack "r1" as well as in rack "r2" [inventory/sites/hel1/racks/r1.yaml]',
      'ICH2023 inventory/sites/hel1/racks/r2.yaml ^spec.switches.r1-leaf-a: a switch named "r1-leaf-a" is in rack "r1" as well as in rack "r2" [inventory/sites/hel1/racks/r1.yaml]',
    ]);
  });

  it("remembers what exists but does not fit, so that nothing is concluded from its absence", () => {
    const unfit = rack("r1", { s1: { ...SERVER, u: 99 } });
    const unreadable = file("clusters/channels/stable.yaml", []);
    const misnamed = file("clusters/channels/edge.yaml", [channel("egde")]);
    const { invalid, racks } = inventoryOf([...BASE, unfit, unreadable, misnamed]);
    expect([...invalid].toSorted()).toEqual(["Channel/edge", "Channel/stable", "Rack/r1"]);
    expect(racks.size).toBe(0);
  });

  it("is the same in whatever order the files come", () => {
    const twice = rack("r2", { s1: SERVER });
    const all = [...files, twice];
    expect(validate(all.toReversed())).toEqual(validate(all));
  });
});
