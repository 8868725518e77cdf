import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { DIFFERS_MARKER, redact, SECRET_MARKER } from "./redact.ts";

const REF = "ref+sops://clusters/hel1/x/secrets.sops.yaml#/certs/os/key";
const VALUE = "kT9/wZq3Lr8+bNfV2xYd7HsJ";
const OTHER = "Qm4Pz1Wc6Rt0+uEiGo5AyBn8";

describe("where the desired document has a reference", () => {
  const desired = { machine: { token: REF, type: "worker" } };
  const resolved = { machine: { token: VALUE, type: "worker" } };

  it("a live value that it leads to is shown as the reference", () => {
    expect(redact({ desired, resolved, live: resolved })).toEqual({ desired, live: desired });
  });

  it("any other live value is only said to differ", () => {
    for (const token of [OTHER, "", "x", 1, null, { a: OTHER }, [OTHER]]) {
      const { live } = redact({ desired, resolved, live: { machine: { token, type: "worker" } } });
      expect(live).toEqual({ machine: { token: DIFFERS_MARKER, type: "worker" } });
    }
  });

  it("nothing is shown that is not there", () => {
    expect(redact({ desired, resolved, live: { machine: { type: "worker" } } })).toEqual({
      desired,
      live: { machine: { type: "worker" } },
    });
    expect(redact({ desired, resolved, live: undefined })).toEqual({ desired, live: undefined });
  });

  it("the same place of every element of a list is a secret's, so moved elements show nothing", () => {
    const list = (...items: unknown[]) => ({ kind: "Anything", list: items });
    const shown = redact({
      desired: list({ n: "a", v: REF }, { n: "b", v: "plain" }),
      resolved: list({ n: "a", v: VALUE }, { n: "b", v: "plain" }),
      live: list({ n: "new", v: OTHER }, { n: "a", v: VALUE }, { n: "b", v: "plain" }),
    });
    expect(shown.live).toEqual(
      list({ n: "new", v: DIFFERS_MARKER }, { n: "a", v: SECRET_MARKER }, { n: "b", v: SECRET_MARKER }),
    );
  });

  it("a live scalar in the place of the mapping around it is not shown", () => {
    const { live } = redact({ desired, resolved, live: { machine: OTHER } });
    expect(live).toEqual({ machine: SECRET_MARKER });
  });
});

describe("where only the machine has a value", () => {
  it("it is hidden in the places of secrets and in those for anything", () => {
    const live = {
      machine: {
        token: "x",
        env: { PROXY: "http://u:p@proxy" },
        sysctls: { a: "1" },
        ca: { crt: "public", key: "" },
      },
      cluster: { secret: "y" },
    };
    expect(redact({ desired: { machine: {} }, resolved: { machine: {} }, live }).live).toEqual({
      machine: {
        token: SECRET_MARKER,
        env: { PROXY: SECRET_MARKER },
        sysctls: { a: "1" },
        ca: { crt: "public", key: "" },
      },
      cluster: { secret: SECRET_MARKER },
    });
  });

  it("so is a document that only the machine has", () => {
    const live = {
      kind: "WireguardConfig",
      name: "wg0",
      privateKey: "k",
      peers: [{ publicKey: "p", presharedKey: "s" }],
    };
    expect(redact({ desired: undefined, resolved: undefined, live }).live).toEqual({
      kind: "WireguardConfig",
      name: "wg0",
      privateKey: SECRET_MARKER,
      peers: [{ publicKey: "p", presharedKey: SECRET_MARKER }],
    });
  });
});

it("a plain value in the place of a secret is shown on neither side", () => {
  const desired = { cluster: { token: "aaaa", secret: "bbbb" } };
  expect(
    redact({ desired, resolved: desired, live: { cluster: { token: "aaaa", secret: "cccc" } } }),
  ).toEqual({
    desired: { cluster: { token: SECRET_MARKER, secret: SECRET_MARKER } },
    live: { cluster: { token: SECRET_MARKER, secret: DIFFERS_MARKER } },
  });
});

it("a known value is hidden wherever it stands, in base64, in part and as a key too", () => {
  const desired = { machine: { token: REF }, a: `x ${VALUE.slice(3, 15)}` };
  const live = {
    b: `password: ${VALUE}`,
    c: Buffer.from(`:${VALUE}`).toString("base64"),
    d: `${VALUE.slice(5, 17)} and more`,
    e: VALUE.slice(0, 11),
    [VALUE]: 1,
  };
  const shown = redact({ desired, resolved: { ...desired, machine: { token: VALUE } }, live });
  expect(shown.desired).toEqual({ machine: { token: REF }, a: SECRET_MARKER });
  expect(shown.live).toEqual({
    b: SECRET_MARKER,
    c: SECRET_MARKER,
    d: SECRET_MARKER,
    e: VALUE.slice(0, 11),
    [SECRET_MARKER]: 1,
  });
});

it("what has the form of a secret is hidden", () => {
  const live = { text: "-----BEGIN EC PRIVATE KEY-----\nx", plain: "-----BEGIN CERTIFICATE-----\nx" };
  expect(redact({ desired: {}, resolved: {}, live }).live).toEqual({
    text: SECRET_MARKER,
    plain: live.plain,
  });
});

/** Secrets have letters that nothing else in these documents has, so that finding one says where it came from. */
const secret = fc
  .string({
    minLength: 16,
    maxLength: 60,
    unit: fc.constantFrom(..."ABCDEFGHJKLMNPQRSTUVWXYZ56789+/".split("")),
  })
  .filter((text) => new Set(text).size >= 6);
const plain = fc.oneof(
  fc.string({ maxLength: 6, unit: fc.constantFrom(..."abcdefg .".split("")) }),
  fc.integer({ max: 99, min: 0 }),
  fc.boolean(),
  fc.constant(null),
);
interface Leaf {
  readonly secret?: string;
  readonly old?: string;
  readonly plain?: unknown;
}
const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({ secret }),
  fc.record({ secret, old: secret }),
  fc.record({ plain }),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf.map((of) => new Map([["leaf", of]])),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "c", "token", "machine", "key"), tie("tree"), { maxKeys: 4 }),
  ),
}));

function build(value: unknown, of: (leaf: Leaf) => unknown): unknown {
  if (value instanceof Map) return of((value as Map<string, Leaf>).get("leaf") ?? {});
  if (Array.isArray(value)) return value.map((part) => build(part, of));
  return Object.fromEntries(Object.entries(value as object).map(([key, part]) => [key, build(part, of)]));
}

function secretsOf(value: unknown, found: string[] = []): string[] {
  build(value, ({ secret: now, old }) => {
    for (const text of [now, old]) if (text !== undefined) found.push(text);
    return undefined;
  });
  return found;
}

function expectNothingOf(secrets: readonly string[], shown: unknown): void {
  const text = JSON.stringify(shown) ?? "";
  for (const one of secrets) {
    for (let at = 0; at + 12 <= one.length; at++) expect(text).not.toContain(one.slice(at, at + 12));
  }
}

describe("in random documents with random secrets", () => {
  it("no secret and no 12 characters of one are shown, and all else is as it was", () => {
    fc.assert(
      fc.property(tree, (root) => {
        const desired = {
          kind: "Any",
          root: build(root, (one) => (one.secret === undefined ? one.plain : REF)),
        };
        const resolved = { kind: "Any", root: build(root, (one) => one.secret ?? one.plain) };
        const live = { kind: "Any", root: build(root, (one) => one.old ?? one.secret ?? one.plain) };
        const shown = redact({ desired, resolved, live });
        expectNothingOf(secretsOf(root), shown);
        expect(shown.desired).toEqual(desired);
        expect(shown.live).toEqual({
          kind: "Any",
          root: build(root, (one) =>
            one.secret === undefined
              ? one.plain
              : one.old === undefined || one.old === one.secret
                ? REF
                : DIFFERS_MARKER,
          ),
        });
      }),
    );
  });

  it("nothing known is shown where the machine has quite another document with the secrets in it", () => {
    fc.assert(
      fc.property(
        tree,
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        tree,
        fc.string({ maxLength: 5 }),
        (root, secrets, other, around) => {
          const desired = {
            kind: "Any",
            root: build(root, (one) => one.plain ?? "x"),
            refs: secrets.map(() => REF),
          };
          const resolved = { ...desired, refs: secrets };
          let next = 0;
          const take = () => secrets[next++ % secrets.length] ?? "";
          const live = {
            kind: "Any",
            root: build(other, (one) => {
              if (one.secret === undefined) return one.plain;
              const value = take();
              const cut = one.secret.length % Math.max(1, value.length - 12);
              return `${around}${one.old === undefined ? value : value.slice(cut, cut + 12)}${around}`;
            }),
          };
          expectNothingOf(secrets, redact({ desired, resolved, live }));
        },
      ),
    );
  });

  it("lists of other lengths show nothing, even of secrets that nobody knows", () => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(secret, { maxLength: 6 }),
        (now, before) => {
          const list = (items: readonly string[]) => ({
            kind: "Any",
            list: items.map((v, n) => ({ n, deep: [{ v }] })),
          });
          const shown = redact({
            desired: list(now.map(() => REF)),
            resolved: list(now),
            live: list(before),
          });
          expectNothingOf([...now, ...before], shown);
          expect((shown.live as { list: readonly { n: number }[] }).list.map(({ n }) => n)).toEqual(
            before.map((_, n) => n),
          );
        },
      ),
    );
  });
});

test("a document without secrets is shown as it is", () => {
  const document = {
    kind: "LinkConfig",
    name: "eno1",
    up: true,
    mtu: 9000,
    list: [1, null, "a", { b: "2026-01-01" }],
  };
  expect(redact({ desired: document, resolved: document, live: document })).toEqual({
    desired: document,
    live: document,
  });
});
