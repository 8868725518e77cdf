import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clusterWishes, inputOf, type World, worlds } from "../../../test/support/allocation-world.ts";
import { locksOf } from "../../../test/support/recorded.ts";
import { mustGet } from "../../core/invariant.ts";
import { type Claims, formatClaim, formatPlace } from "../../model/claim.ts";
import { allocate } from "./allocate.ts";
import { formatAddressLock, formatClusterLock, formatRackLock } from "./lock-files.ts";

const HEADER =
  "# Written by ichor and reviewed by people. After a merge conflict: git checkout main -- inventory/allocations && ichor compile\n";
const RACK_FILE = "inventory/allocations/hel1/hel1-r017.yaml";

function rackText(claims: Claims): string {
  return formatRackLock([...claims].map(([name, claim]) => ({ name, claim })));
}

function claimsOf(text: string): Claims {
  const { value, diagnostics } = locksOf([{ path: RACK_FILE, text }]);
  expect(diagnostics).toEqual([]);
  return new Map([...value.claims].map(([name, { claim }]) => [name, claim]));
}

describe("the texts", () => {
  test("a rack has two lines for each server", () => {
    const place = { cluster: "hel1-vran7", group: "control-plane", index: 0 };
    const old = { cluster: "hel1-old", group: "general", index: 4 };
    const text = formatRackLock([
      { name: "hel1-r017-u01", claim: { phase: "held", place, wipe: 3 } },
      { name: "hel1-r017-u02", claim: { phase: "free", wipe: 7 } },
      { name: "hel1-r017-u03", claim: { phase: "releasing", place: old, wipe: 8 } },
      {
        name: "hel1-r017-u04",
        claim: { phase: "quarantine", place: old, wipe: 2, until: "2026-11-22T03:00Z" },
      },
    ]);
    expect(text).toBe(`${HEADER}hel1-r017-u01:
  claim: hel1-vran7/control-plane/0 w3
hel1-r017-u02:
  claim: free w7
hel1-r017-u03:
  claim: hel1-old/general/4 releasing w8
hel1-r017-u04:
  claim: hel1-old/general/4 quarantine w2 until 2026-11-22T03:00Z
`);
  });

  test("address blocks are sorted by address, not by text", () => {
    const block = (address: number, length: number, use: string) => ({
      prefix: { address, length },
      cluster: "hel1-vran7",
      use,
    });
    expect(formatAddressLock([block(0x0a65fb40, 26, "lb"), block(0x0965fa11, 32, "vip")])).toBe(
      `${HEADER}9.101.250.17:
  prefix: 9.101.250.17/32
  claim: hel1-vran7/vip
10.101.251.64:
  prefix: 10.101.251.64/26
  claim: hel1-vran7/lb
`,
    );
  });

  test("clusters are sorted by name, with their fingerprints", () => {
    const clusters = new Map([
      [
        "hel1-vran7",
        { bootstrapped: "hel1-r001-u01", fingerprints: { os: "b".repeat(64), etcd: "a".repeat(64) } },
      ],
      ["hel1-mgmt", { bootstrapped: undefined, fingerprints: {} }],
    ]);
    expect(formatClusterLock(clusters)).toBe(`${HEADER}hel1-mgmt:
  bootstrapped: ~
  fingerprints: {}
hel1-vran7:
  bootstrapped: hel1-r001-u01
  fingerprints:
    etcd: ${"a".repeat(64)}
    os: ${"b".repeat(64)}
`);
  });

  test("a file without entries says so", () => {
    expect(formatRackLock([])).toBe(`${HEADER}{}\n`);
    expect(formatAddressLock([])).toBe(`${HEADER}{}\n`);
    expect(formatClusterLock(new Map())).toBe(`${HEADER}{}\n`);
  });

  test.each(["1e3", "017", "2026-11-22", "true", "no", "null", "0x1f", "1.5"])(
    "a server named %s is read as that name",
    (name) => {
      const claims = new Map([[name, { phase: "free", wipe: 0 }]] as const);
      expect(claimsOf(rackText(claims))).toEqual(claims);
      const clusters = formatClusterLock(new Map([[name, { bootstrapped: name, fingerprints: {} }]]));
      const read = locksOf([{ path: "inventory/allocations/hel1/clusters.yaml", text: clusters }]);
      expect(read.diagnostics).toEqual([]);
      expect(read.value.clusters.get("hel1")?.get(name)?.bootstrapped).toBe(name);
    },
  );
});

describe("I12: what is written is what is read", () => {
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,10}[a-z0-9])?$/);
  const hash = fc.stringMatching(/^[0-9a-f]{64}$/);

  test("in the lock file of a rack", () => {
    fc.assert(
      fc.property(worlds({ pins: true, reserves: true }), (world) => {
        const { claims } = allocate(inputOf(world));
        const text = rackText(claims);
        expect(claimsOf(text)).toEqual(claims);
        expect(rackText(claimsOf(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test("in clusters.yaml", () => {
    const fingerprints = fc.dictionary(fc.constantFrom("os", "k8s", "etcd", "k8saggregator"), hash);
    const record = fc.record({ bootstrapped: fc.option(name, { nil: undefined }), fingerprints });
    const records = fc.uniqueArray(fc.tuple(name, record), {
      selector: ([cluster]) => cluster,
      maxLength: 4,
    });
    fc.assert(
      fc.property(records, (clusters) => {
        const text = formatClusterLock(new Map(clusters));
        const read = locksOf([{ path: "inventory/allocations/hel1/clusters.yaml", text }]);
        expect(read.diagnostics).toEqual([]);
        expect(formatClusterLock(read.value.clusters.get("hel1") ?? new Map())).toBe(text);
        expect(read.value.clusters.get("hel1")?.size).toBe(clusters.length);
      }),
      { numRuns: 500 },
    );
  });

  test("in addresses.yaml", () => {
    const blocks = fc.uniqueArray(fc.tuple(fc.nat(1 << 20), name), {
      selector: ([block]) => block,
      comparator: (a, b) => a >> 3 === b >> 3,
      maxLength: 5,
    });
    fc.assert(
      fc.property(blocks, fc.integer({ min: 29, max: 32 }), (list, length) => {
        const held = list.map(([block, cluster], index) => ({
          prefix: { address: (block >> 3) * 8 + 0x0a000000, length },
          cluster: `${cluster}-${index}`,
          use: length === 32 ? "vip" : "lb",
        }));
        const text = formatAddressLock(held);
        const read = locksOf([{ path: "inventory/allocations/hel1/addresses.yaml", text }]);
        expect(read.diagnostics).toEqual([]);
        const lines = [...(read.value.addresses.get("hel1")?.values() ?? [])];
        expect(lines.map(({ prefix, claim }) => `${prefix} ${claim}`)).toEqual(
          (text.match(/prefix: .*\n {2}claim: .*/g) ?? []).map((two) =>
            two.replace(/prefix: |\n {2}claim:/g, ""),
          ),
        );
        expect(lines.length).toBe(held.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe("I10: the merge law", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ichor-merge-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const variety = { pins: true, reserves: true, release: true, protect: false };
  /** A fleet on main, and two branches that change clusters of these names. */
  const branches = (ours: readonly string[], theirs: readonly string[]) =>
    fc.tuple(worlds(variety), clusterWishes(variety, ours), clusterWishes(variety, theirs));

  function withClusters(world: World, ...changes: World["clusters"][]): World {
    const changed = new Map([...world.clusters, ...changes.flat()].map((cluster) => [cluster.name, cluster]));
    return { ...world, clusters: [...changed.values()] };
  }

  /**
   * Checks many random pairs of branches. Their files are merged by one shell: starting git from here takes ten
   * times as long.
   */
  function check(
    cases: fc.Arbitrary<[World, World["clusters"], World["clusters"]]>,
    law: (merged: string | undefined, branch: ReturnType<typeof compileBranches>) => void,
    seed: { readonly seed?: number } = {},
  ): void {
    const compiled = fc.sample(cases, { numRuns: 600, ...seed }).map(compileBranches);
    for (const [index, { base, left, right }] of compiled.entries()) {
      for (const [name, { claims }] of Object.entries({ base, ours: left, theirs: right })) {
        writeFileSync(join(folder, `${index}.${name}`), rackText(claims));
      }
    }
    const script = `i=0; while [ $i -lt ${compiled.length} ]; do
      git merge-file -q $i.ours $i.base $i.theirs; echo $? > $i.status; i=$((i+1)); done`;
    execFileSync("sh", ["-c", script], { cwd: folder });
    for (const [index, branch] of compiled.entries()) {
      const read = (name: string) => readFileSync(join(folder, `${index}.${name}`), "utf8");
      const status = Number(read("status"));
      if (status > 127) throw new Error("git merge-file did not run");
      try {
        law(status === 0 ? read("ours") : undefined, branch);
      } catch (cause) {
        throw new Error(`the law does not hold for ${JSON.stringify(branch.said)}`, { cause });
      }
    }
  }

  function compileBranches(said: [World, World["clusters"], World["clusters"]]) {
    const [main, ours, theirs] = said;
    const base = allocate(inputOf(main));
    const left = allocate(inputOf(withClusters(main, ours), base.claims));
    const right = allocate(inputOf(withClusters(main, theirs), base.claims));
    return { said, base, left, right, both: withClusters(main, ours, theirs) };
  }

  test("git finds a conflict exactly where both branches changed the line of one server", () => {
    check(branches(["a", "e"], ["b", "f"]), (merged, { base, left, right }) => {
      const isRival = [...base.claims.keys()].some((name) => {
        const [was, mine, yours] = [base, left, right].map(({ claims }) =>
          formatClaim(mustGet(claims, name)),
        );
        return mine !== was && yours !== was && mine !== yours;
      });
      expect(merged === undefined).toBe(isRival);
    });
  });

  test("a clean merge gives no place twice, and compiling it again changes no line that says anything but free", () => {
    let held = 0;
    check(branches(["a", "e"], ["b", "f"]), (merged, { base, left, right, both }) => {
      // A cluster that cannot be filled is an error, with which nothing is written: main has none. If it had, one
      // branch might fill the very cluster that the other makes smaller.
      if (merged === undefined || base.unfilled.size > 0) return;
      held++;
      const claims = claimsOf(merged);
      const again = allocate(inputOf(both, claims));
      for (const [name, line] of claims) {
        if (line.phase !== "free") expect(again.claims.get(name)).toEqual(line);
      }
      if (left.unfilled.size + right.unfilled.size === 0) expect(again.claims).toEqual(claims);
    });
    expect(held).toBeGreaterThan(20);
  });

  test("where two branches change one cluster, a place that a clean merge gives twice is refused by name", () => {
    let refused = 0;
    const law = (merged: string | undefined) => {
      if (merged === undefined) return;
      const { value, diagnostics } = locksOf([{ path: RACK_FILE, text: merged }]);
      const held = [...value.claims.values()].flatMap(({ claim }) =>
        claim.phase === "held" ? [formatPlace(claim.place)] : [],
      );
      expect(diagnostics.length).toBe(held.length - new Set(held).size);
      expect(diagnostics.every(({ code }) => code === "ICH4033")).toBe(true);
      refused += Math.sign(diagnostics.length);
    };
    check(branches(["a", "b"], ["a", "b"]), law);
    // Such merges are rare: this seed has some, so that the law is seen to refuse.
    refused = 0;
    check(branches(["a", "b"], ["a", "b"]), law, { seed: 3 });
    expect(refused).toBeGreaterThan(0);
  });
});
