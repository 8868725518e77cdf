import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPath } from "../../core/path.ts";
import { documentSchema } from "../../model/kind.ts";
import { KINDS, type KindName } from "../../model/kinds.ts";
import { explainMisfit, MISFITS_MAX } from "./explain-misfit.ts";
import { createValidator } from "./schema.ts";

const validator = createValidator();
const AT = { file: "f.yaml", document: 0, path: [] };

/** `CODE place: message (hint)` of each diagnostic; `^` before the place of a key. */
function check(kind: KindName, spec: unknown, name: unknown = "x"): string[] {
  const value = { apiVersion: "ichor/v1alpha1", kind, metadata: { name }, spec };
  return validator.check(kind, { value, at: AT }).map(({ code, at: place, message, hint }) => {
    const where = "path" in place ? `${place.on === "key" ? "^" : ""}${formatPath(place.path)}` : "";
    return `${code} ${where}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
  });
}

const CHANNEL = { talos: "v1.14.1", kubernetes: "v1.37.0" };
const POOL = { site: "hel1", prefix: "10.0.0.0/24", use: "vip" };
const ADDON = {
  chart: { repository: "https://charts.example", name: "x" },
  version: "1.0.0",
  namespace: "x",
};
const MODEL = {
  arch: "amd64",
  height: 1,
  nics: { eno1: { speed: "25G" } },
  installDisk: "disk.size > 1u",
  bmc: { driver: "redfish", vendor: "dell" },
};
const SERVER = {
  u: 1,
  serial: "7XK2M13",
  uuid: "4c4c4544-0058-4b10-8032-b7c04f4d3133",
  nics: { eno1: { mac: "d0:94:66:aa:11:01" } },
};
const RACK = { site: "hel1", index: 1, switches: {}, servers: { s1: SERVER } };

describe("a document that does not fit its kind", () => {
  it.each<[string, KindName, unknown, string[]]>([
    ["fits", "Channel", CHANNEL, []],
    [
      "has a misspelt key: it is shown with the key that was meant",
      "Channel",
      { ...CHANNEL, adons: {} },
      ['ICH2001 ^spec.adons: unknown key "adons" in spec (did you mean "addons"?)'],
    ],
    [
      "has a misspelt key in place of one that it must have: that one is not missing as well",
      "Channel",
      { talos: "v1.14.1", kubernets: "v1.37.0" },
      ['ICH2001 ^spec.kubernets: unknown key "kubernets" in spec (did you mean "kubernetes"?)'],
    ],
    [
      "has a key that resembles none: the known ones are listed",
      "Channel",
      { ...CHANNEL, colour: 1 },
      ['ICH2001 ^spec.colour: unknown key "colour" in spec (known here: talos, kubernetes, addons)'],
    ],
    [
      "lacks a key: its parent's key is shown, and what it is for",
      "Channel",
      { talos: "v1.14.1" },
      ['ICH2002 ^spec: spec lacks the key "kubernetes" (kubernetes: Kubernetes version)'],
    ],
    [
      "lacks two keys in one place: one diagnostic names both",
      "Channel",
      {},
      [
        'ICH2002 ^spec: spec lacks the keys "talos" and "kubernetes" (talos: Talos version; kubernetes: Kubernetes version)',
      ],
    ],
    [
      "lacks a key without description: what it takes is named",
      "AddressPool",
      { prefix: "10.0.0.0/24", use: "vip" },
      [
        'ICH2002 ^spec: spec lacks the key "site" (site: lower-case letters, digits, - and ., at most 63, starting and ending with a letter or digit)',
      ],
    ],
    [
      "lacks a key in an item of a list: the item is shown",
      "Approval",
      { reason: "r", expires: "2026-11-28", actions: [{}] },
      [
        'ICH2002 spec.actions[0]: spec.actions[0] lacks the key "do" (do: "wipe", "reset", "reinstall", "remove-member", "rotate-ca", "delete-cluster", "recover-etcd" or "first-contact")',
      ],
    ],
    [
      "has digits in quotes for a number",
      "AddressPool",
      { ...POOL, reserve: "3" },
      [
        'ICH2003 spec.reserve: spec.reserve must be a whole number, is the text "3" (write it without quotes)',
      ],
    ],
    [
      "has a number for text, as a version without quotes is",
      "Addon",
      { ...ADDON, version: 1.1 },
      ["ICH2003 spec.version: spec.version must be text, is the number 1.1 (quotes make it text)"],
    ],
    [
      "has a fraction for a whole number",
      "AddressPool",
      { ...POOL, reserve: 1.5 },
      ["ICH2003 spec.reserve: spec.reserve must be a whole number, is the number 1.5"],
    ],
    ["has nothing at all", "Channel", null, ["ICH2003 spec: spec must be a mapping, is empty"]],
    ["has a list for a mapping", "Channel", [], ["ICH2003 spec: spec must be a mapping, is a list"]],
    [
      "has a misspelt word",
      "AddressPool",
      { ...POOL, use: "vpi" },
      ['ICH2004 spec.use: spec.use must be "vip" or "lb", is "vpi" (did you mean "vip"?)'],
    ],
    [
      "has a number for one of a set of words: one diagnostic, not two",
      "AddressPool",
      { ...POOL, use: 3 },
      ['ICH2004 spec.use: spec.use must be "vip" or "lb", is the number 3'],
    ],
    [
      "has text of the wrong form",
      "AddressPool",
      { ...POOL, prefix: "10.0.0.0" },
      ['ICH2005 spec.prefix: spec.prefix must be an IPv4 prefix such as 10.0.0.0/24, is "10.0.0.0"'],
    ],
    [
      "has a very long text: it is cut",
      "AddressPool",
      { ...POOL, prefix: "x".repeat(1000) },
      [
        `ICH2005 spec.prefix: spec.prefix must be an IPv4 prefix such as 10.0.0.0/24, is "${"x".repeat(59)}…"`,
      ],
    ],
    [
      "has a number that is too large",
      "Addon",
      { ...ADDON, wave: 101 },
      ["ICH2006 spec.wave: spec.wave must be from -100 to 100, is 101"],
    ],
    [
      "has a number that is too small and has no upper bound",
      "AddressPool",
      { ...POOL, reserve: -1 },
      ["ICH2006 spec.reserve: spec.reserve must be at least 0, is -1"],
    ],
    [
      "has an empty list where one entry is the least",
      "Approval",
      { reason: "r", expires: "2026-11-28", actions: [] },
      ["ICH2007 spec.actions: spec.actions must have at least 1 entry, has none"],
    ],
    [
      "has an empty mapping where one entry is the least",
      "ServerModel",
      { ...MODEL, nics: {} },
      ["ICH2007 spec.nics: spec.nics must have at least 1 entry, has none"],
    ],
    [
      "gives an entry a name of the wrong form: the key is shown",
      "Rack",
      { ...RACK, servers: { S_1: SERVER } },
      [
        'ICH2008 ^spec.servers.S_1: the name "S_1" in spec.servers must be lower-case letters, digits, - and ., at most 63, starting and ending with a letter or digit',
      ],
    ],
    [
      "has a value of none of several types: one diagnostic names them all",
      "Rack",
      { ...RACK, patches: [3] },
      ["ICH2009 spec.patches[0]: spec.patches[0] must be text or a mapping, is the number 3"],
    ],
    [
      "has a value of the type of one branch: that branch speaks",
      "ServerPool",
      { selector: {}, reserve: "many" },
      ['ICH2005 spec.reserve: spec.reserve must be a whole number or a percentage such as 10%, is "many"'],
    ],
    [
      "has the name of a server in a rack's mistake, with its path",
      "Rack",
      { ...RACK, servers: { s1: { ...SERVER, u: 64, uuid: 7 } } },
      [
        "ICH2006 spec.servers.s1.u: spec.servers.s1.u must be from 1 to 63, is 64",
        "ICH2003 spec.servers.s1.uuid: spec.servers.s1.uuid must be text, is the number 7 (quotes make it text)",
      ],
    ],
  ])("%s", (_title, kind, spec, expected) => {
    expect(check(kind, spec)).toEqual(expected);
  });

  it("names both words and forms where a value may be either", () => {
    const spec = { discovery: { endpoint: "nowhere" } };
    expect(check("Fleet", spec)).toContain(
      'ICH2009 spec.discovery.endpoint: spec.discovery.endpoint must be "none", "public" or a URL such as https://example.org/x, is "nowhere"',
    );
  });

  it("with very many mistakes gets the first hundred and a word on the rest", () => {
    const found = check("Rack", { ...RACK, patches: Array.from({ length: 500_000 }, () => 1) });
    expect(found).toHaveLength(MISFITS_MAX + 1);
    expect(found.at(-1)).toBe("ICH2010 : the document has more than 100 problems; these are the first");
  });

  it("is refused in bounded time, whatever its texts are like", () => {
    const url = `a://${"x".repeat(3_000_000)} `;
    expect(check("Addon", { ...ADDON, chart: { repository: url, name: "x" } })).toHaveLength(1);
  });
});

describe("ajv and the explanation", () => {
  const words = [
    ...new Set(
      Object.values(KINDS).flatMap(({ spec }) => JSON.stringify(spec).match(/(?<=")[A-Za-z0-9.:/%-]+(?=")/g)),
    ),
  ].filter((word) => word !== null);
  const scalar = fc.oneof(
    fc.constantFrom(...words),
    fc.integer({ min: -2, max: 70 }),
    fc.boolean(),
    fc.constant(null),
    fc.double(),
    fc.constantFrom("v1.14.1", "10.0.0.0/24", "10.0.0.1", "10m", "3%", "https://x.y", "a", "2026-11-28"),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...words, "0", "1"), tie("tree"), { maxKeys: 5 }),
    ),
  }));
  const kinds = Object.keys(KINDS) as KindName[];

  /** A value made from the schema itself, in which now and then something else stands. */
  function like(schema: Record<string, unknown>): fc.Arbitrary<unknown> {
    const { anyOf, properties, items, additionalProperties, enum: known, type } = schema;
    const good = (): fc.Arbitrary<unknown> => {
      if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map(like));
      if (Array.isArray(known)) return fc.constantFrom(...known);
      if (type === "integer") return fc.integer({ min: 0, max: 70 });
      if (type === "boolean") return fc.boolean();
      if (type === "array") return fc.array(like(items as never), { maxLength: 2 });
      if (properties !== undefined) {
        const entries = Object.entries(properties as object).map(([key, of]) => [key, like(of)]);
        return fc.record(Object.fromEntries(entries), { requiredKeys: schema["required"] as never });
      }
      if (typeof additionalProperties === "object") {
        return fc.dictionary(
          fc.constantFrom("a", "0", "eno1", "UP", "v1.14.1"),
          like(additionalProperties as never),
        );
      }
      return type === "object" ? fc.constant({ a: 1 }) : scalar;
    };
    return fc.oneof(
      { weight: 40, arbitrary: good() },
      { weight: 1, arbitrary: tree as fc.Arbitrary<unknown> },
    );
  }

  it.each(kinds)(
    "agree on every %s: what ajv refuses is explained, each place in one diagnostic of a code",
    (kind) => {
      const spec = like(KINDS[kind].spec as unknown as Record<string, unknown>);
      fc.assert(
        fc.property(spec, (value) => {
          // The validator throws where ajv refuses and nothing explains it; the other way round is checked here.
          const found = check(kind, value);
          const whole = { apiVersion: "ichor/v1alpha1", kind, metadata: { name: "x" }, spec: value };
          const explained = explainMisfit(documentSchema(KINDS[kind]), whole, AT);
          expect(explained).toHaveLength(found.length);
          const places = found.map((line) => line.slice(0, line.indexOf(":")));
          expect(new Set(places).size).toBe(found.length);
        }),
        { numRuns: 150 },
      );
    },
  );
});
