import { describe, expect, test } from "vitest";
import { aFleet, type InventoryBuilder } from "../../../test/support/inventory.ts";
import { locksOf, recorded } from "../../../test/support/recorded.ts";
import type { Artifact } from "../../model/artifact.ts";
import type { Inventory } from "../../model/inventory.ts";
import { allocateFleet } from "./allocation.ts";

const FOLDER = "inventory/allocations/hel1";

/** One site of two racks with six servers each, and one cluster of three control planes and four workers. */
function fleet(): InventoryBuilder {
  return aFleet()
    .rack(1, 6)
    .rack(2, 6)
    .set("Cluster", "hel1-mgmt", {
      controlPlane: { replicas: 3, spread: { rack: 2 } },
      workers: [{ name: "general", replicas: 4, pool: "hel1-general" }],
    });
}

function filesOf(inventory: Inventory): readonly Artifact[] {
  return allocateFleet(inventory).value.artifacts;
}

/** The lock files of {@link fleet}, changed by `edit`: undefined removes a file. */
function locks(
  edit: (path: string, text: string) => string | undefined = (_, text) => text,
): readonly Artifact[] {
  return filesOf(fleet().build()).flatMap(({ path, text }) => {
    const edited = edit(path, text);
    return edited === undefined ? [] : [{ path, text: edited }];
  });
}

const bootstrapped = (path: string, text: string) =>
  path.endsWith("/clusters.yaml") ? text.replace("~", serverOf("hel1-mgmt/control-plane/0")) : text;

function serverOf(place: string): string {
  const text = locks()
    .map((file) => file.text)
    .join("");
  return new RegExp(`(\\S+):\n {2}claim: ${place} `).exec(text)?.[1] ?? "nobody";
}

/** What is reported when a fleet is compiled with these lock files. */
function check(change: (builder: InventoryBuilder) => InventoryBuilder, files = locks()): string[] {
  const { diagnostics } = allocateFleet(recorded(change(fleet()).build(), files));
  return diagnostics.map(({ code, severity, message }) => `${code} ${severity}: ${message}`);
}

const shrunk = (builder: InventoryBuilder) =>
  builder.set("Cluster", "hel1-mgmt", { workers: [{ name: "general", replicas: 2, pool: "hel1-general" }] });
const grown = (builder: InventoryBuilder) =>
  builder.set("Cluster", "hel1-mgmt", { workers: [{ name: "general", replicas: 9, pool: "hel1-general" }] });
const unprotected = (builder: InventoryBuilder) => builder.set("Cluster", "hel1-mgmt", { protect: false });
const asItIs = (builder: InventoryBuilder) => builder;

describe("lock files", () => {
  test("a fleet without locks gets all of them, and the same bytes again from what they say", () => {
    const inventory = fleet().build();
    const files = filesOf(inventory);
    expect(files.map(({ path }) => path)).toEqual([
      `${FOLDER}/addresses.yaml`,
      `${FOLDER}/clusters.yaml`,
      `${FOLDER}/hel1-r001.yaml`,
      `${FOLDER}/hel1-r002.yaml`,
    ]);
    expect(filesOf(recorded(inventory, files))).toEqual(files);
    expect(check(asItIs)).toEqual([]);
  });

  test("servers are listed by slot, whatever they are called", () => {
    const inventory = fleet().server("hel1-r001-u01", { slot: 63 }).build();
    const text = filesOf(inventory).find(({ path }) => path.endsWith("r001.yaml"))?.text ?? "";
    expect(text.match(/^hel1\S+/gm)).toEqual(
      ["02", "03", "04", "05", "06", "01"].map((unit) => `hel1-r001-u${unit}:`),
    );
  });

  test("a server that moves to another rack takes its line along", () => {
    const server = serverOf("hel1-mgmt/control-plane/0");
    const [from, to] = server.startsWith("hel1-r001")
      ? ["hel1-r001", "hel1-r002"]
      : ["hel1-r002", "hel1-r001"];
    const before = fleet().build();
    const spec = before.racks.get(from)?.spec.servers[server];
    const moved = fleet()
      .set("Rack", from, { servers: { [server]: null } } as never)
      .set("Rack", to, { servers: { [server]: { ...spec, slot: 60 } } } as never)
      .build();
    const files = filesOf(recorded(moved, locks()));
    expect(files.find(({ path }) => path === `${FOLDER}/${to}.yaml`)?.text).toContain(
      `${server}:\n  claim: hel1-mgmt/control-plane/0 w0\n`,
    );
    expect(files.find(({ path }) => path === `${FOLDER}/${from}.yaml`)?.text).not.toContain(server);
  });

  test("a cluster that is gone keeps its line while it was bootstrapped", () => {
    const clusterLines = (files: readonly Artifact[]) =>
      filesOf(recorded(fleet().without("Cluster", "hel1-mgmt").build(), files)).find(({ path }) =>
        path.endsWith("/clusters.yaml"),
      )?.text;
    expect(clusterLines(locks(bootstrapped))).toContain("hel1-mgmt:\n  bootstrapped: hel1-r0");
    expect(clusterLines(locks())).not.toContain("hel1-mgmt");
  });

  test("a cluster that is deleted keeps its addresses until no server is claimed by it", () => {
    const deleting = unprotected(fleet()).set("Cluster", "hel1-mgmt", { state: "deleting" }).build();
    const released = filesOf(recorded(deleting, locks()));
    const text = released.map((file) => file.text).join("");
    expect(text.match(/hel1-mgmt\/\S+ releasing w1\n/g)?.length).toBe(7);
    expect(text).not.toMatch(/hel1-mgmt\/\S+ w/);
    expect(locksOf(released).value.addresses.get("hel1")?.size).toBe(2);
    const wiped = released.map(({ path, text }) => ({
      path,
      text: text.replace(/claim: \S+ releasing w1/g, "claim: free w1"),
    }));
    expect(locksOf(filesOf(recorded(deleting, wiped))).value.addresses.get("hel1")?.size).toBe(0);
  });
});

describe("what is reported", () => {
  test("a cluster that cannot be filled says where the servers are and what would help", () => {
    const { diagnostics } = allocateFleet(recorded(grown(fleet()).build(), locks()));
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    const more = fleet()
      .server("hel1-r001-u01", { state: "maintenance" })
      .set("ServerPool", "hel1-general", { reserve: "10%" })
      .set("Cluster", "hel1-new", {
        ...fleet().build().clusters.get("hel1-mgmt")?.spec,
        controlPlane: { replicas: 5, pool: "hel1-general", spread: { rack: 1 } },
        workers: [],
      } as never)
      .build();
    const [short, ...others] = allocateFleet(recorded(more, locks())).diagnostics;
    expect(others).toEqual([]);
    expect(short).toMatchObject({ code: "ICH4001", severity: "error" });
    expect(short?.at).toMatchObject({
      file: "Cluster-hel1-new.yaml",
      path: ["spec", "controlPlane", "replicas"],
    });
    expect(short?.message).toMatch(
      /^the control plane of cluster "hel1-new" needs 5 more servers and finds 2; of 12 servers that match pool "hel1-general" in site "hel1": 2 found a place, 7 in use, (1 in maintenance, 2|3) free but beyond the spread limit \(at most 1 per rack\); the cluster takes nothing new$/,
    );
    expect(short?.hint).toMatch(
      /^raise the spread limit, .*add 3 servers that match, or ask for fewer replicas$/,
    );
  });

  test("a protected cluster that would shrink releases nothing", () => {
    expect(check(shrunk)).toEqual([
      'ICH4006 error: group "general" of cluster "hel1-mgmt" has 4 servers and asks for 2, but the cluster is protected, so nothing is released',
    ]);
    expect(check((builder) => shrunk(unprotected(builder)))).toEqual([]);
  });

  test("a protected cluster that is marked for deletion does not come this far", () => {
    expect(() => check((builder) => builder.set("Cluster", "hel1-mgmt", { state: "deleting" }))).toThrow(
      "hel1-mgmt passed the checks although it is protected and to be deleted",
    );
  });

  test("claims and addresses of a cluster that is gone are reported and kept", () => {
    const found = check((builder) => builder.without("Cluster", "hel1-mgmt"));
    expect(found.map((line) => line.slice(0, 7))).toEqual(["ICH4008", "ICH4023", "ICH4023"]);
    expect(found[0]).toContain("7 servers (");
    const files = filesOf(recorded(fleet().without("Cluster", "hel1-mgmt").build(), locks()));
    const kept = (list: readonly Artifact[]) => list.filter(({ path }) => !path.endsWith("/clusters.yaml"));
    expect(kept(files)).toEqual(kept(locks()));
  });

  test("claims and addresses of a cluster whose document does not fit its schema are kept in silence", () => {
    expect(check((builder) => builder.invalid("Cluster", "hel1-mgmt"))).toEqual([]);
    expect(filesOf(recorded(fleet().invalid("Cluster", "hel1-mgmt").build(), locks()))).toEqual(locks());
  });

  test("claims of a group that is gone are reported and kept", () => {
    const renamed = (builder: InventoryBuilder) => builder.set("Cluster", "hel1-mgmt", { workers: [] });
    expect(check((builder) => renamed(unprotected(builder)))).toEqual([
      expect.stringMatching(
        /^ICH4009 error: 4 servers \(.* and 1 more\) are claimed by group "general", which cluster "hel1-mgmt" does not have/,
      ),
    ]);
    expect(filesOf(recorded(renamed(unprotected(fleet())).build(), locks()))).toEqual(locks());
  });

  test("a server that is gone while it holds something is reported, and its line kept", () => {
    const server = serverOf("hel1-mgmt/general/1");
    const without = (builder: InventoryBuilder) =>
      builder.set("Rack", server.slice(0, 9), { servers: { [server]: null } } as never);
    expect(check(without)).toEqual([
      `ICH4010 error: no rack has the server "${server}", but it is recorded as "hel1-mgmt/general/1 w0"; its line is kept`,
    ]);
    const text = filesOf(recorded(without(fleet()).build(), locks()))
      .map((file) => file.text)
      .join("");
    expect(text).toContain(`${server}:\n  claim: hel1-mgmt/general/1 w0\n`);
  });

  test("nothing is said of claimed servers while their rack does not fit its schema", () => {
    expect(check((builder) => builder.invalid("Rack", "hel1-r002"))).toEqual([]);
  });

  test("a pin to what is held by another cluster is an error, a pin for a held place a warning", () => {
    const [first, second] = [serverOf("hel1-mgmt/general/0"), serverOf("hel1-mgmt/general/1")];
    const pinned = (place: number, server: string) => (builder: InventoryBuilder) =>
      builder.set("Cluster", "hel1-mgmt", {
        workers: [{ name: "general", replicas: 5, pool: "hel1-general", pins: { [place]: server } }],
      });
    expect(check(pinned(4, first))).toEqual([
      `ICH4002 error: place hel1-mgmt/general/4 is pinned to server "${first}", which is not free: it is recorded as "hel1-mgmt/general/0 w0"`,
    ]);
    expect(check(pinned(0, second))).toEqual([
      `ICH4003 warning: place hel1-mgmt/general/0 is pinned to server "${second}", but server "${first}" holds it and stays`,
    ]);
    expect(check(pinned(9, first))).toEqual([
      `ICH4003 warning: place hel1-mgmt/general/9 is pinned to server "${first}", but the group has all its 5 servers in other places`,
    ]);
    expect(check(pinned(0, first))).toEqual([]);
  });

  test("a pin takes a free server even from the reserve", () => {
    const reserved = (builder: InventoryBuilder) => builder.set("ServerPool", "hel1-general", { reserve: 5 });
    const free = /(\S+):\n {2}claim: free/.exec(
      locks()
        .map(({ text }) => text)
        .join(""),
    )?.[1];
    const one = (pins: Record<string, string>) => (builder: InventoryBuilder) =>
      reserved(builder).set("Cluster", "hel1-mgmt", {
        workers: [{ name: "general", replicas: 5, pool: "hel1-general", pins }],
      });
    expect(check(one({ 4: free ?? "" }))).toEqual([]);
    expect(check(one({}))).toEqual([
      expect.stringMatching(/^ICH4001 .* 7 in use, 5 free but kept for repair;/),
    ]);
  });

  test("a broken server is released and its place filled, from the reserve where nothing else is free", () => {
    const server = serverOf("hel1-mgmt/general/1");
    const broken = fleet()
      .set("ServerPool", "hel1-general", { reserve: 5 })
      .set("Rack", server.slice(0, 9), { servers: { [server]: { state: "broken" } } } as never)
      .build();
    const { value, diagnostics } = allocateFleet(recorded(broken, locks()));
    expect(diagnostics).toEqual([]);
    const claims = [...value.claims].filter(
      ([, claim]) => claim.phase !== "free" && claim.place.group === "general" && claim.place.index === 1,
    );
    expect(claims).toContainEqual([server, expect.objectContaining({ phase: "releasing", wipe: 1 })]);
    expect(claims.map(([, claim]) => claim.phase).toSorted()).toEqual(["held", "releasing"]);
  });

  test("servers that no longer match and limits that no longer hold are warnings, one for each group", () => {
    const found = check((builder) =>
      builder
        .set("ServerPool", "hel1-general", { selector: { labels: { row: "r2" } } })
        .set("Cluster", "hel1-mgmt", { controlPlane: { spread: { rack: 1 } } }),
    );
    expect(found).toEqual([
      expect.stringMatching(
        /^ICH4004 warning: the control plane of cluster "hel1-mgmt": 3 servers .* no longer match pool/,
      ),
      expect.stringMatching(
        /^ICH4005 warning: the control plane of cluster "hel1-mgmt" has 2 servers in rack/,
      ),
      expect.stringMatching(/^ICH4004 warning: group "general" of cluster "hel1-mgmt": 4 servers/),
    ]);
  });

  test("a group that names no pool, and a class without a selector, is an error", () => {
    const withGroup = (group: object) => (builder: InventoryBuilder) =>
      builder.set("Cluster", "hel1-mgmt", {
        controlPlane: { pool: null, ...group },
      } as never);
    expect(check(withGroup({ class: "plain" }))).toEqual([
      expect.stringMatching(/^ICH4011 error: .* its class "plain" has no selector/),
    ]);
    expect(check(withGroup({ class: "unknown" }))).toEqual([]);
  });

  test("a group takes servers of its cluster's site only, and those that match both pool and class", () => {
    const other = fleet()
      .set("Site", "osl2", { ...fleet().build().sites.get("hel1")?.spec, index: 2 } as never)
      .set("Rack", "hel1-r002", { site: "osl2" })
      .label("Rack", "hel1-r001", { gpu: "a100" })
      .set("ServerPool", "hel1-general", { selector: { site: null } } as never)
      .set("MachineClass", "plain", { selector: { labels: { gpu: "a100" } } })
      .set("Cluster", "hel1-mgmt", { controlPlane: { class: "plain", spread: null }, workers: [] } as never)
      .build();
    const { value, diagnostics } = allocateFleet(other);
    expect(diagnostics).toEqual([]);
    const held = [...value.claims].filter(([, { phase }]) => phase === "held").map(([server]) => server);
    expect(held.length).toBe(3);
    expect(held.every((server) => server.startsWith("hel1-r001"))).toBe(true);
  });

  test("a rack whose lock file would be the site's own has to be renamed", () => {
    const rack = fleet().build().racks.get("hel1-r002")?.spec;
    const renamed = (builder: InventoryBuilder) =>
      builder.set("Rack", "clusters", { ...rack, servers: {} } as never);
    expect(check(renamed)).toEqual([
      expect.stringMatching(/^ICH4014 error: rack "clusters" cannot be called so/),
    ]);
  });

  test("the lock file of a rack that is gone, in which nothing is held, is a warning", () => {
    const files = [
      ...locks(),
      { path: `${FOLDER}/hel1-r009.yaml`, text: "hel1-r009-u01:\n  claim: free w3\n" },
    ];
    expect(check(asItIs, files)).toEqual([
      expect.stringMatching(
        /^ICH4013 warning: inventory\/allocations\/hel1\/hel1-r009.yaml is the lock file of a rack/,
      ),
    ]);
  });
});

describe("missing is not deleted", () => {
  const cases: Readonly<Record<string, [files: () => readonly Artifact[], message: RegExp]>> = {
    "all rack files, of a cluster that was bootstrapped": [
      () => locks((path, text) => (path.includes("-r0") ? undefined : bootstrapped(path, text))),
      /was bootstrapped on server "hel1-r00\d-u0\d", but no server is recorded to hold a place of it/,
    ],
    "all rack files, of a cluster that has addresses": [
      () => locks((path, text) => (path.includes("-r0") ? undefined : text)),
      /holds 10\.101\.25\d\.\d+\/\d+, but no server is recorded/,
    ],
    "the rack file of the server on which the cluster was bootstrapped": [
      () =>
        locks((path, text) =>
          path.includes(serverOf("hel1-mgmt/control-plane/0").slice(0, 9))
            ? undefined
            : bootstrapped(path, text),
        ),
      /was bootstrapped on server "hel1-r00\d-u0\d", but no lock file has a line for that server/,
    ],
    "a line in the middle": [
      () => locks((_, text) => text.replace(/\S+:\n {2}claim: hel1-mgmt\/general\/1 w0\n/, "")),
      /no server is recorded to hold hel1-mgmt\/general\/1, and server "hel1-r00\d-u0\d" of site "hel1" has no line/,
    ],
    "the line of the last control plane": [
      () => locks((_, text) => text.replace(/\S+:\n {2}claim: hel1-mgmt\/control-plane\/2 w0\n/, "")),
      /no server is recorded to hold hel1-mgmt\/control-plane\/2, and server "hel1-r00\d-u0\d" of site "hel1" has no line/,
    ],
    "clusters.yaml": [
      () => locks((path, text) => (path.endsWith("/clusters.yaml") ? undefined : text)),
      /clusters\.yaml says nothing of it/,
    ],
    "addresses.yaml": [
      () => locks((path, text) => (path.endsWith("/addresses.yaml") ? undefined : text)),
      /addresses\.yaml has no virtual IP of it/,
    ],
  };
  test.each(Object.entries(cases))("what is lost is not chosen again: %s", (_, [files, message]) => {
    const found = check(grown, files());
    expect(found[0]).toMatch(/^ICH4012 error: /);
    expect(found[0]).toMatch(message);
    const before = locksOf(files()).value;
    const after = locksOf(filesOf(recorded(grown(fleet()).build(), files()))).value;
    const held = (of: typeof before) =>
      [...of.claims].filter(([, { claim }]) => claim.phase === "held").length;
    expect(held(after)).toBe(held(before));
    const vip = (of: typeof before) =>
      [...(of.addresses.get("hel1")?.values() ?? [])].find(({ claim }) => claim.endsWith("/vip"))?.address;
    expect(vip(after)).toBe(vip(before));
  });

  test("a rack without a lock file is new, and its servers are free", () => {
    expect(check((builder) => grown(builder.rack(3, 2)))).toEqual([]);
  });
});
