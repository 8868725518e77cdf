import { describe, expect, test } from "vitest";
import { compareConfigurations } from "./compare.ts";
import { isSame, isSameConfiguration } from "./documents.ts";

function changes(live: readonly unknown[], desired: readonly unknown[], resolved = desired) {
  return compareConfigurations({ desired, resolved, live }).map(({ change, judged, shown }) => ({
    place: `${change} ${judged.document} ${shown.path.join(".")}`,
    live: shown.live,
    desired: shown.desired,
  }));
}

const v1alpha1 = (machine: object) => ({ version: "v1alpha1", machine });
const hostname = (name: unknown) => ({ kind: "HostnameConfig", hostname: name });

describe("two configurations are the same", () => {
  test.each([
    ["whatever the order of documents", [hostname("a"), v1alpha1({})], [v1alpha1({}), hostname("a")], true],
    ["whatever the order of keys", [{ kind: "X", a: 1, b: 2 }], [{ b: 2, a: 1, kind: "X" }], true],
    ["where one says null and the other nothing", [{ kind: "X", a: null }], [{ kind: "X" }], true],
    ["where one has an empty document", [hostname("a"), null], [hostname("a")], true],
    ["but not where a number became a text", [{ kind: "X", a: 1 }], [{ kind: "X", a: "1" }], false],
    [
      "but not where a list is in another order",
      [{ kind: "X", a: [1, 2] }],
      [{ kind: "X", a: [2, 1] }],
      false,
    ],
    ["but not where an empty mapping switches something on", [{ kind: "X", a: {} }], [{ kind: "X" }], false],
    ["but not where one has a document more", [hostname("a"), v1alpha1({})], [hostname("a")], false],
    [
      "but not where a key is named as one of every object",
      [{ kind: "X", constructor: 1 }],
      [{ kind: "X" }],
      false,
    ],
  ])("%s", (_, a, b, same) => {
    expect(isSameConfiguration(a, b)).toBe(same);
    expect(isSameConfiguration(b, a)).toBe(same);
    expect(changes(a, b).length === 0).toBe(same);
  });

  test("a whole number is one however it was read", () => {
    expect(isSame(5, 5n)).toBe(true);
    expect(isSame(5, 6n)).toBe(false);
  });
});

describe("what differs is shown", () => {
  test("by its deepest place", () => {
    expect(changes([v1alpha1({ a: { b: 1, c: 2 } })], [v1alpha1({ a: { b: 1, c: 3 } })])).toEqual([
      { place: "changed v1alpha1 machine.a.c", live: 2, desired: 3 },
    ]);
  });

  test("as a whole document that comes or goes, told apart by kind and name", () => {
    const link = (name: string) => ({ kind: "LinkConfig", name, up: true });
    expect(changes([link("eno1")], [link("eno2")])).toEqual([
      { place: "removed LinkConfig/eno1 ", live: link("eno1"), desired: undefined },
      { place: "added LinkConfig/eno2 ", live: undefined, desired: link("eno2") },
    ]);
  });

  test("by the places of a list whose elements stayed where they are, else as one list", () => {
    const files = (...list: object[]) => ({ kind: "ExtensionServiceConfig", name: "x", configFiles: list });
    const place = "changed ExtensionServiceConfig/x configFiles";
    expect(changes([files({ a: 1 }, { a: 2 })], [files({ a: 1 }, { a: 3 })])).toEqual([
      { place: `${place}.1.a`, live: 2, desired: 3 },
    ]);
    expect(changes([files({ a: 1 })], [files({ a: 1 }, { a: 3 })]).map((one) => one.place)).toEqual([place]);
  });

  test("a secret that differs by its reference alone", () => {
    const token = (value: string) => v1alpha1({ token: value });
    const reference = "ref+sops://x.yaml#/token";
    expect(
      changes([token("old123.0123456789abcdef")], [token(reference)], [token("abcdef.0123456789abcdef")]),
    ).toEqual([
      {
        place: "changed v1alpha1 machine.token",
        live: "<secret: the live value differs>",
        desired: reference,
      },
    ]);
  });

  test("without a secret of one document that stands in another", () => {
    const secret = "Zx81kdL0qWm27Tb5";
    const documents = (value: string) => [v1alpha1({ token: value }), { kind: "HTTPProbeConfig", name: "p" }];
    const live = [v1alpha1({ token: secret }), { kind: "KmsgLogConfig", name: "k", note: `x ${secret} y` }];
    const text = JSON.stringify(changes(live, documents("ref+sops://x#/t"), documents(secret)));
    expect(text).not.toContain(secret);
    expect(text).toContain("KmsgLogConfig/k");
  });

  test("with numbers that JSON has no form for as texts", () => {
    expect(changes([{ kind: "X", a: 1 }], [{ kind: "X", a: 9007199254740993n }])[0]?.desired).toBe(
      "9007199254740993",
    );
  });
});
