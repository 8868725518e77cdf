import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { publishedSchemas } from "./json-schema.ts";
import { KINDS } from "./kinds.ts";

const schemas = publishedSchemas();

function check(file: string, value: unknown): boolean {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
  return ajv.validate(schemas.get(file) as object, value);
}

const lb = {
  apiVersion: "ichor/v1alpha1",
  kind: "AddressPool",
  metadata: { name: "lb" },
  spec: { site: "hel1", prefix: "10.0.0.0/24", use: "lb" },
};

describe("the published schemas", () => {
  it("are one for each kind, named as people write words in files, and one for files of pools", () => {
    expect(schemas.size).toBe(Object.keys(KINDS).length + 1);
    expect([...schemas.keys()]).toEqual(
      expect.arrayContaining(["server-model.json", "rack.json", "address-pool.json", "pools.json"]),
    );
  });

  it.each([...schemas.keys()])("%s is a standalone JSON Schema with an address and a title", (file) => {
    const schema = schemas.get(file) as Record<string, unknown>;
    expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema["$id"]).toBe(`https://ichor.dev/schemas/v1alpha1/${file}`);
    expect(schema["title"]).toBeTypeOf("string");
    expect(schema["description"]).toBeTypeOf("string");
    expect(JSON.stringify(schema)).not.toContain('"form":');
    // Strict: it has no keyword that JSON Schema does not know.
    expect(() => check(file, {})).not.toThrow();
  });

  it.each<[string, string, unknown, boolean]>([
    ["a pool by its own schema", "address-pool.json", lb, true],
    ["a pool among pools", "pools.json", lb, true],
    ["a pool whose kind is that of the other sort", "pools.json", { ...lb, kind: "ServerPool" }, false],
    ["a rack among pools", "pools.json", { ...lb, kind: "Rack" }, false],
    ["a pool without a kind", "pools.json", { ...lb, kind: undefined }, false],
    ["an unknown key", "address-pool.json", { ...lb, specs: {} }, false],
  ])("judge %s", (_title, file, value, expected) => {
    expect(check(file, JSON.parse(JSON.stringify(value)))).toBe(expected);
  });

  it("show the form of a text in its description", () => {
    expect(JSON.stringify(schemas.get("site.json"))).toContain(
      "The /32 of every server and switch: this prefix + 64 * rack index + slot. A /25 is enough for one rack. Form: an IPv4 prefix such as 10.0.0.0/24.",
    );
  });
});
