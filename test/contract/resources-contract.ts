import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { ResourceEvent } from "../../src/applier/talos-api.ts";
import { isMapping } from "../../src/core/mapping.ts";
import { connect, type Differences, open, refusalOf, type Start } from "./machine-under-test.ts";
import { RESOURCE_EXAMPLES } from "./resource-examples.ts";

const STATUS = { namespace: "runtime", type: "MachineStatuses.runtime.talos.dev" };

/** How a machine shows its state. */
export function resourcesContract(start: Start, differences: Differences): void {
  const present = RESOURCE_EXAMPLES.filter(({ type }) => differences.absent[type] === undefined);

  describe("show resources", () => {
    test.each(present)("of type $type with Talos' names of fields", async (example) => {
      const fewer = differences.fewer[example.type]?.fields ?? [];
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const found = await admin.listResources({ namespace: example.namespace, type: example.type });
      expect(found.length).toBeGreaterThan(0);
      const strange = found.flatMap(({ yaml }) => strangenessOf(parse(yaml), example.spec, example.always));
      // Neither more nor less than what is known: a difference that is gone is to be gone from the list.
      expect([...new Set(strange)].sort()).toEqual(fewer.map((field) => `${field} is missing`).sort());
      for (const resource of found) {
        expect(resource).toMatchObject({ namespace: example.namespace, type: example.type });
        expect(resource.version).toMatch(/^\d+$/);
      }
      const [first] = found;
      expect(await admin.getResource({ ...example, id: first?.id ?? "" })).toEqual(first);
    });

    test("of the machine's identity as it is", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const hardware = await admin.getResource({
        namespace: "hardware",
        type: "SystemInformations.hardware.talos.dev",
        id: "systeminformation",
      });
      const { uuid, serial, mac } = machine.facts;
      expect(parse(hardware?.yaml ?? "")).toMatchObject({ uuid, serialnumber: serial });
      const links = await admin.listResources({ namespace: "network", type: "LinkStatuses.net.talos.dev" });
      expect(links.map(({ yaml }) => parse(yaml)["permanentAddr"])).toContain(mac);
    });

    test("of which there is none as nothing", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      expect(await admin.getResource({ ...STATUS, id: "another" })).toBeUndefined();
      const none = { namespace: "runtime", type: "Diagnostics.runtime.talos.dev" };
      expect(await admin.listResources(none)).toEqual([]);
    });

    test("of a type that this Talos does not have is absent, of a namespace refused", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const type = { namespace: "runtime", type: "Nonsense.talos.dev" };
      const namespace = { namespace: "nonsense", type: STATUS.type };
      expect(await admin.getResource({ ...type, id: "x" })).toBeUndefined();
      expect(await refusalOf(admin.listResources(namespace))).toMatchObject({
        code: "permission-denied",
        details: expect.stringContaining("is not supported"),
      });
    });
  });

  describe("watch resources", () => {
    test("as they are, then as they become", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const end = new AbortController();
      const watch = admin.watchResources(STATUS, end.signal)[Symbol.asyncIterator]();
      const next = async (): Promise<ResourceEvent> => (await watch.next()).value as ResourceEvent;
      const first = await next();
      expect(first).toMatchObject({ kind: "created", resource: { ...STATUS, id: "machine" } });
      expect(await next()).toEqual({ kind: "bootstrapped", resource: undefined });
      await machine.changeStatus();
      const changed = await next();
      expect(changed).toMatchObject({ kind: "updated", resource: { ...STATUS, id: "machine" } });
      expect(changed.resource?.yaml).not.toBe(first.resource?.yaml);
      expect(Number(changed.resource?.version)).toBeGreaterThan(Number(first.resource?.version));
      end.abort();
      expect((await watch.next()).done).toBe(true);
    });

    test("of a type that Talos does not have not at all", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const nonsense = { namespace: "runtime", type: "Nonsense.talos.dev" };
      const watch = admin.watchResources(nonsense, new AbortController().signal)[Symbol.asyncIterator]();
      expect(await refusalOf(watch.next())).toMatchObject({ code: "permission-denied" });
    });
  });
}

/** What of a spec is not as in the example: fields that Talos does not have or always has, and other types. */
function strangenessOf(
  spec: unknown,
  example: unknown,
  always: readonly string[],
  place = "",
): readonly string[] {
  if (!isMapping(spec) || !isMapping(example)) {
    const [is, shallBe] = [kindOf(spec), kindOf(example)];
    return is === shallBe ? [] : [`${place} is ${is}, not ${shallBe}`];
  }
  const missing = always.filter((key) => !(key in spec)).map((key) => `${place}${key} is missing`);
  const found = Object.entries(spec).flatMap(([key, value]) => {
    const inner = example[key];
    if (!(key in example)) return [`${place}${key} is none of Talos' fields`];
    // Inside of a field everything is always there.
    return strangenessOf(value, inner, isMapping(inner) ? Object.keys(inner) : [], `${place}${key}.`);
  });
  return [...missing, ...found];
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "a list" : isMapping(value) ? "a mapping" : typeof value;
}
