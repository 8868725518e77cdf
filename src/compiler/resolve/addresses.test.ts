import { expect, test } from "vitest";
import { aFleet, type InventoryBuilder } from "../../../test/support/inventory.ts";
import { recorded } from "../../../test/support/recorded.ts";
import { formatPrefix } from "../../core/ip.ts";
import type { Doc } from "../../model/inventory.ts";
import { allocateAddresses } from "./addresses.ts";

const FILE = "inventory/allocations/hel1/addresses.yaml";
const HELD = { "hel1-mgmt/vip": "10.101.250.77/32", "hel1-mgmt/lb": "10.101.251.64/26" };

interface Case {
  readonly fleet?: (builder: InventoryBuilder) => InventoryBuilder;
  readonly held?: Readonly<Record<string, string>>;
  readonly barred?: readonly string[];
  readonly claimed?: readonly string[];
}

/** The blocks by claim, and what is reported. */
function check({ fleet = (builder) => builder, held = {}, barred = [], claimed = [] }: Case) {
  const entries = Object.entries(held).map(
    ([claim, prefix]) => `${prefix.split("/")[0]}:\n  prefix: ${prefix}\n  claim: ${claim}\n`,
  );
  const text = entries.length === 0 ? "{}" : entries.join("");
  const inventory = recorded(fleet(aFleet()).build(), [{ path: FILE, text }]);
  const states = { barred: new Set(barred), claimed: new Set(claimed) };
  const { value, diagnostics } = allocateAddresses(inventory, states);
  return {
    blocks: Object.fromEntries(
      value.map(({ cluster, use, prefix }) => [`${cluster}/${use}`, formatPrefix(prefix)]),
    ),
    found: diagnostics.map(({ code, severity, message }) => `${code} ${severity}: ${message}`),
  };
}

type Network = Partial<Record<keyof Doc<"Cluster">["spec"]["network"], unknown>>;

const network = (change: Network) => (builder: InventoryBuilder) =>
  builder.set("Cluster", "hel1-mgmt", { network: change } as never);

/** A second cluster like the first one. */
const second = (change: Network) => (builder: InventoryBuilder) => {
  const spec = aFleet().build().clusters.get("hel1-mgmt")?.spec;
  return builder.set("Cluster", "hel1-two", { ...spec, network: { ...spec?.network, ...change } } as never);
};

test("a cluster without addresses gets a virtual IP outside the reserve and an aligned range", () => {
  const { blocks, found } = check({});
  expect(found).toEqual([]);
  expect(Number(blocks["hel1-mgmt/vip"]?.match(/^10\.101\.250\.(\d+)\/32$/)?.[1])).toBeGreaterThanOrEqual(16);
  expect(blocks["hel1-mgmt/lb"]).toMatch(/^10\.101\.251\.(0|64|128|192)\/26$/);
});

test("recorded blocks are kept, whatever pools say now", () => {
  expect(check({ held: HELD })).toEqual({ blocks: HELD, found: [] });
  const moved = (builder: InventoryBuilder) =>
    builder.set("AddressPool", "hel1-vips", { prefix: "10.101.200.0/24" });
  expect(check({ held: HELD, fleet: moved })).toEqual({ blocks: HELD, found: [] });
});

test("a virtual IP that a person wrote wins, and what it replaces is not given out in the same run", () => {
  const fleet = (builder: InventoryBuilder) => {
    const tight = builder.set("AddressPool", "hel1-vips", { prefix: "10.101.250.76/31", reserve: 0 });
    return second({ lbPool: undefined, lbSize: undefined })(
      network({ vip: "10.101.250.5", vipPool: null })(tight),
    );
  };
  const { blocks, found } = check({ held: HELD, fleet });
  expect(found).toEqual([]);
  expect(blocks).toMatchObject({ "hel1-mgmt/vip": "10.101.250.5/32", "hel1-two/vip": "10.101.250.76/32" });
});

test("a written virtual IP that is held by somebody else is an error", () => {
  const { found } = check({ held: HELD, fleet: second({ vip: "10.101.250.77", vipPool: undefined }) });
  expect(found).toEqual([
    'ICH4022 error: cluster "hel1-two" wants the virtual IP 10.101.250.77, but cluster "hel1-mgmt" holds it as its virtual IP',
  ]);
  const inRange = check({ held: HELD, fleet: network({ vip: "10.101.251.70" }) });
  expect(inRange.found).toEqual([
    expect.stringMatching(/^ICH4022 error: .* load balancers' range 10\.101\.251\.64\/26/),
  ]);
});

test("a written virtual IP goes before what others choose", () => {
  const tight = (builder: InventoryBuilder) =>
    second({ vip: "10.101.250.0", lbPool: undefined })(
      builder.set("AddressPool", "hel1-vips", { prefix: "10.101.250.0/31", reserve: 0 }),
    );
  expect(check({ fleet: tight }).blocks).toMatchObject({
    "hel1-mgmt/vip": "10.101.250.1/32",
    "hel1-two/vip": "10.101.250.0/32",
  });
});

test("a full pool is reported with its numbers", () => {
  const tight = (builder: InventoryBuilder) =>
    second({})(
      builder
        .set("AddressPool", "hel1-vips", { prefix: "10.101.250.0/30", reserve: 3 })
        .set("AddressPool", "hel1-lb", { prefix: "10.101.251.0/26", reserve: 0 }),
    );
  expect(check({ fleet: tight }).found).toEqual([
    'ICH4025 error: cluster "hel1-two" finds no free address in the address pool "hel1-vips" (10.101.250.0/30): it has 1 outside its first 3 addresses, which are for people to pin, and none is wholly free',
    'ICH4025 error: cluster "hel1-two" finds no free range of /26 in the address pool "hel1-lb" (10.101.251.0/26): it has 1, and none is wholly free',
  ]);
});

test("a range that the cluster asks for differently stays, with a warning", () => {
  for (const change of [{ lbSize: "/27" }, { lbPool: null, lbSize: null }]) {
    const { blocks, found } = check({ held: HELD, fleet: network(change) });
    expect(blocks).toEqual(HELD);
    expect(found).toEqual([
      expect.stringMatching(/^ICH4024 warning: cluster "hel1-mgmt" holds the load balancers' range/),
    ]);
  }
});

test("blocks of a cluster that is gone are kept, and an error unless its document is there but unfit", () => {
  const gone = check({ held: HELD, fleet: (builder) => builder.without("Cluster", "hel1-mgmt") });
  expect(gone.blocks).toEqual(HELD);
  expect(gone.found.map((line) => line.slice(0, 13))).toEqual(["ICH4023 error", "ICH4023 error"]);
  const unfit = check({ held: HELD, fleet: (builder) => builder.invalid("Cluster", "hel1-mgmt") });
  expect(unfit).toEqual({ blocks: HELD, found: [] });
});

test("a cluster that is being deleted keeps its blocks while a server is claimed by it, and takes none", () => {
  const deleting = (builder: InventoryBuilder) => builder.set("Cluster", "hel1-mgmt", { state: "deleting" });
  expect(check({ held: HELD, fleet: deleting, claimed: ["hel1-mgmt"] }).blocks).toEqual(HELD);
  expect(check({ held: HELD, fleet: deleting }).blocks).toEqual({});
  expect(check({ fleet: deleting, claimed: ["hel1-mgmt"] })).toEqual({ blocks: {}, found: [] });
});

test("a barred cluster keeps what it has and takes nothing, not even what a person wrote", () => {
  expect(check({ barred: ["hel1-mgmt"] })).toEqual({ blocks: {}, found: [] });
  const written = network({ vip: "10.101.250.5" });
  expect(check({ held: HELD, fleet: written, barred: ["hel1-mgmt"] }).blocks).toEqual(HELD);
});
