import fc from "fast-check";
import {
  documentKind,
  documentKinds,
  fieldNames,
  type TypeClass,
  type TypeFacts,
  typeNamed,
} from "../../src/compiler/render/talos/fields.ts";
import type { TalosDocument } from "../../src/compiler/render/talos/talos-document.ts";
import table from "../../src/compiler/render/talos/talos-fields.data.json" with { type: "json" };

/** A machine's documents and the documents of a patch, as plain values. */
export interface PatchCase {
  readonly base: readonly TalosDocument[];
  readonly patches: readonly TalosDocument[];
}

/** How values are drawn: those of patches may be zero, null or deleted. */
interface Draw {
  readonly minor: number;
  readonly isPatch: boolean;
}

/** A part of a type: the few fields that both sides of a merge draw from, so that they meet. */
type Shape =
  | { readonly name: string; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly name: string; readonly of: Shape }
  | { readonly name: string };

/** Texts for types that read no other ones. */
const TEXTS: Readonly<Record<string, readonly (string | number)[]>> = {
  "meta.Addr": ["192.0.2.1", "2001:db8::1"],
  "meta.AddrPort": ["192.0.2.1:80", "[2001:db8::1]:81"],
  "meta.Prefix": ["10.0.0.0/8", "2001:db8::/32"],
  "network.Addr": ["192.0.2.1", "2001:db8::1"],
  "network.AddrPort": ["192.0.2.1:80"],
  "network.Prefix": ["10.0.0.0/8"],
  "netip.Addr": ["192.0.2.1", "2001:db8::1"],
  "netip.AddrPort": ["192.0.2.1:80"],
  "netip.Prefix": ["10.0.0.0/8", "192.0.2.0/24"],
  "nethelpers.HardwareAddr": ["aa:bb:cc:dd:ee:01", "aa:bb:cc:dd:ee:02", ""],
  "nethelpers.RoutingTable": ["main", "123"],
  "nethelpers.VLANProtocol": ["802.1q", "802.1ad"],
  "network.PortRange": [80, "90-100"],
  "v1alpha1.Base64Bytes": ["aGVsbG8=", "d29ybGQ="],
  "v1alpha1.DiskSize": ["10GB", "20GB", "0"],
  "v1alpha1.InstallDiskSizeMatcher": [">= 10GB", "< 1TB"],
  "block.ByteSize": ["10GiB", "20GiB", ""],
  "cel.Expression": ["disk.size > 1u", "true", ""],
  pem: ["aGVsbG8=", "d29ybGQ="],
};

const URLS = [
  "https://a.example",
  "https://a.example:6443/path?x=1",
  "http://b.example/other#top",
  "http://user@b.example",
  "tcp://192.0.2.1:514/",
  "",
];

const SCALARS: Readonly<Partial<Record<TypeClass, fc.Arbitrary<unknown>>>> = {
  bool: fc.boolean(),
  integer: fc.constantFrom(0, 1, 5, 100),
  float: fc.constantFrom(0, 1.5),
  duration: fc.constantFrom("0s", "10s", "2m30s"),
  url: fc.constantFrom(...URLS),
  size: fc.constantFrom("10GiB", "20GiB", "50%", "75%", ""),
  args: fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.oneof(fc.constantFrom("x", "y"), fc.constant(["x", "z"])),
  ),
};

/** Documents of random kinds with random fields, and patches to the same fields. */
export function patchCases(minor: number): fc.Arbitrary<PatchCase> {
  const kinds = ["v1alpha1", "v1alpha1", "v1alpha1", ...documentKinds(minor)];
  return fc.constantFrom(...kinds).chain((kind) => {
    const type = documentKind(kind, minor)?.type ?? "";
    return shapeOf(type, minor, 0).chain((shape) => {
      const one = (isPatch: boolean) =>
        valuesOf(shape, { minor, isPatch }).map((value) => withHead(kind, minor, value));
      // Before v1.14 Talos crashes over a deletion from a document that is not there.
      const isCareful = minor < 14;
      const patch =
        isCareful || kind === "v1alpha1"
          ? one(true)
          : fc.oneof(
              { weight: 20, arbitrary: one(true) },
              fc.constant(withHead(kind, minor, { $patch: "delete" })),
            );
      return fc.record({
        base: fc.array(one(false), { maxLength: 1, minLength: isCareful ? 1 : 0 }),
        patches: fc.array(patch, { minLength: 1, maxLength: 3 }),
      });
    });
  });
}

function withHead(kind: string, minor: number, value: unknown): TalosDocument {
  const fields = value as TalosDocument;
  // What nobody deletes, since a document without any key is none.
  if (kind === "v1alpha1") return { ...fields, debug: true };
  const named = documentKind(kind, minor)?.named === true;
  const { apiVersion: _version, kind: _kind, name: _name, ...others } = fields;
  return { apiVersion: "v1alpha1", kind, ...(named ? { name: "one" } : {}), ...others };
}

function shapeOf(name: string, minor: number, depth: number): fc.Arbitrary<Shape> {
  const type = typeNamed(name, minor);
  if (type.class === "pointer" || type.class === "list" || type.class === "map") {
    return shapeOf(type.of ?? "", minor, depth).map((of) => ({ name, of }));
  }
  if (type.class !== "struct") return fc.constant({ name });
  const keys = fieldNames(type, minor).filter(
    (key) => depth > 0 || !["apiVersion", "kind", "name", "version"].includes(key),
  );
  return fc
    .subarray(keys, { minLength: Math.min(1, keys.length), maxLength: Math.min(4, keys.length) })
    .chain((chosen) =>
      fc
        .record(
          Object.fromEntries(
            chosen.map((key) => [key, shapeOf(fieldTypeName(type, key, minor), minor, depth + 1)]),
          ),
        )
        .map((fields) => ({ name, fields })),
    );
}

/** The name of a field's type: `fields.ts` gives the type itself. */
function fieldTypeName(type: TypeFacts, key: string, minor: number): string {
  const versions = type.fields?.[key];
  if (typeof versions === "string") return versions;
  return versions?.find((range) => range.from <= minor && minor <= (range.to ?? minor))?.is ?? "";
}

function valuesOf(shape: Shape, draw: Draw): fc.Arbitrary<unknown> {
  const type = typeNamed(shape.name, draw.minor);
  if ("fields" in shape) return structOf(shape.fields, draw);
  if ("of" in shape) {
    if (type.class === "pointer") return valuesOf(shape.of, draw);
    if (type.class === "list") return listOf(shape.of, draw);
    return fc.dictionary(fc.constantFrom("a", "b", "c"), valuesOf(shape.of, draw), { maxKeys: 3 });
  }
  return scalarOf(shape.name, type, draw);
}

function structOf(
  fields: Readonly<Record<string, Shape>>,
  draw: Draw,
): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.fromEntries(
    Object.entries(fields).map(([key, shape]) => [
      key,
      draw.isPatch
        ? fc.oneof(
            { weight: 12, arbitrary: valuesOf(shape, draw) },
            { weight: 1, arbitrary: fc.constant(null) },
            { weight: 1, arbitrary: fc.constant({ $patch: "delete" }) },
          )
        : valuesOf(shape, draw),
    ]),
  );
  return fc.record(values, { requiredKeys: [] });
}

function listOf(shape: Shape, draw: Draw): fc.Arbitrary<unknown> {
  const element = valuesOf(shape, draw);
  const isStruct = "fields" in shape || ("of" in shape && "fields" in shape.of);
  const deletable =
    !draw.isPatch || !isStruct
      ? element
      : fc.oneof({ weight: 8, arbitrary: element }, { weight: 1, arbitrary: element.map(deleted) });
  return fc.array(deletable, { maxLength: 3 });
}

/**
 * An element to delete, where a plain value names it: ichor refuses other ones even if there is nothing to delete
 * from. Not by a URL, since Talos crashes over elements without one.
 */
function deleted(element: unknown): unknown {
  const [first] = Object.values(element as object);
  const isName = typeof first === "string" && first !== "" && !first.includes("://");
  return isName ? { ...(element as object), $patch: "delete" } : element;
}

function scalarOf(name: string, type: TypeFacts, draw: Draw): fc.Arbitrary<unknown> {
  const texts = TEXTS[name];
  if (texts !== undefined) return fc.constantFrom(...texts);
  if (type.class === "free") return freeOf(draw);
  if (type.class === "text") {
    return fc.constantFrom(...(type.values ?? []), ...(type.zero ?? []).filter((zero) => zero !== "0"));
  }
  return SCALARS[type.class] ?? fc.constantFrom("", "x", "y", "z");
}

/** No null in patches: where the machine has a value, Talos crashes over it. */
function freeOf(draw: Draw): fc.Arbitrary<unknown> {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom<unknown>("", "x", 0, 1, 2.5, true, false, draw.isPatch ? { $patch: "delete" } : null),
      fc.array(tie("value"), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom("a", "b"), tie("value"), { maxKeys: 2 }),
    ),
  }));
  return fc.dictionary(fc.constantFrom("a", "b", "c"), value, { maxKeys: 3 });
}

/** The types whose values this file cannot make, so that a new type of Talos is noticed. */
export function unknownTypes(): string[] {
  return Object.entries(table.types).flatMap(([name, facts]) =>
    ["text", "forgetful", "sealed"].includes((facts as unknown as TypeFacts).class) &&
    (facts as unknown as TypeFacts).values === undefined &&
    TEXTS[name] === undefined
      ? [name]
      : [],
  );
}
