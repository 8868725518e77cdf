import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Diagnostic, error, type SourceRef } from "../../core/diagnostic.ts";
import { formatReference, parseReference } from "./reference.ts";
import { createResolver, type Resolver } from "./resolver.ts";
import type { ReferenceSources } from "./sources.ts";

const AT: SourceRef = { file: "controlplane.yaml", document: 0, path: [] };
const PEM = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n";
const base64 = (text: string) => Buffer.from(text).toString("base64");

interface Memory {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Files that cannot be decrypted, and what is said of them. */
  readonly locked?: Readonly<Record<string, Diagnostic>>;
}

/** Sources in memory: what is encrypted or YAML here is JSON. `asked` lists what was read, decrypted and parsed. */
function memory({
  files = {},
  env = {},
  locked = {},
}: Memory): ReferenceSources & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    env,
    readFile: async (path) => {
      asked.push(`read ${path}`);
      await Promise.resolve();
      const content = files[path];
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
    decrypt: async (path, text) => {
      asked.push(`decrypt ${path}`);
      await Promise.resolve();
      const said = locked[path];
      return said === undefined
        ? { value: JSON.parse(text) as unknown, diagnostics: [] }
        : { value: undefined, diagnostics: [said] };
    },
    parseYaml: (path, text) => {
      asked.push(`parse ${path}`);
      if (text.startsWith("{")) return { value: [JSON.parse(text)], diagnostics: [] };
      const at = { file: path, line: 3, column: 5 };
      return { value: [], diagnostics: [error("ICH1009", at, `${text} is an anchor`)] };
    },
    fetch: () => Promise.reject(new Error("no network here")),
    wait: () => Promise.resolve(),
  };
}

async function resolveText(resolver: Resolver, text: string) {
  const parsed = parseReference(text, AT);
  expect(parsed.diagnostics).toEqual([]);
  if (parsed.value === undefined) throw new Error(`no reference: ${text}`);
  return resolver.resolve(parsed.value, AT);
}

async function secretAt(sources: Memory, text: string): Promise<string | undefined> {
  const { value, diagnostics } = await resolveText(createResolver(memory(sources)), text);
  expect(diagnostics).toEqual([]);
  return value;
}

/** What is said of a reference that cannot be resolved; in no case with a part of a secret. */
async function complaintsOf(sources: Memory, text: string): Promise<readonly string[]> {
  const { value, diagnostics } = await resolveText(createResolver(memory(sources)), text);
  expect(value).toBeUndefined();
  expect(JSON.stringify(diagnostics)).not.toMatch(/hunter|HUNTER/);
  return diagnostics.map(({ code, message }) => `${code} ${message}`);
}

const bundle = JSON.stringify({
  certs: { os: { key: base64(PEM), crt: "public" }, "a/b": "slash", "t~x": "tilde" },
  list: ["first", { k: "second" }],
  number: 8080,
  yes: true,
  empty: "",
  nothing: null,
  plain: "hunter2!",
  latin: Buffer.from([0xff, 0xfe]).toString("base64"),
  unpadded: "aHVudGVyMg",
});

describe("a reference is replaced by", () => {
  test("the text in an encrypted file as it stands there, or decoded", async () => {
    const files = { "s.sops.yaml": bundle };
    expect(await secretAt({ files }, "ref+sops://s.sops.yaml#/certs/os/key")).toBe(base64(PEM));
    expect(await secretAt({ files }, "ref+sops://s.sops.yaml?decode=base64#/certs/os/key")).toBe(PEM);
    expect(await secretAt({ files }, "ref+sops://s.sops.yaml?decode=raw#/certs/os/key")).toBe(base64(PEM));
  });

  test("base64 that is broken into lines is decoded too", async () => {
    const lines = base64(PEM).replaceAll(/.{20}/g, "$&\n");
    expect(await secretAt({ files: { a: lines } }, "ref+file://a?decode=base64")).toBe(PEM);
  });

  test("what is behind keys with slashes and tildes, and entries of lists", async () => {
    const files = { s: bundle };
    expect(await secretAt({ files }, "ref+sops://s#/certs/a~1b")).toBe("slash");
    expect(await secretAt({ files }, "ref+sops://s#/certs/t~0x")).toBe("tilde");
    expect(await secretAt({ files }, "ref+sops://s#/list/1/k")).toBe("second");
  });

  test("a number and a truth as their texts", async () => {
    expect(await secretAt({ files: { s: bundle } }, "ref+sops://s#/number")).toBe("8080");
    expect(await secretAt({ files: { s: bundle } }, "ref+sops://s#/yes")).toBe("true");
  });

  test("the whole of a file with its last line break, as vals does", async () => {
    expect(await secretAt({ files: { "/run/x": "token\n" } }, "ref+file:///run/x")).toBe("token\n");
  });

  test("a value of a YAML or JSON file; numbers in JSON keep all their digits", async () => {
    expect(await secretAt({ files: { "a.yaml": '{"a": "b"}' } }, "ref+file://a.yaml#/a")).toBe("b");
    const files = { "a.json": '{"a": 12345678901234567890.10}' };
    expect(await secretAt({ files }, "ref+file://a.json#/a")).toBe("12345678901234567890.10");
  });

  test("an environment variable", async () => {
    expect(await secretAt({ env: { X: "from here" } }, "ref+envsubst://$X")).toBe("from here");
    expect(await secretAt({ env: { X: "from here" } }, "ref+env://X")).toBe("from here");
  });

  test("what another reference leads to, however many there are on the way", async () => {
    const files = {
      s: JSON.stringify({ a: "ref+file://b.json?decode=base64#/b", c: "end" }),
      "b.json": JSON.stringify({ b: base64("ref+sops://s#/c") }),
    };
    expect(await secretAt({ files }, "ref+sops://s#/a")).toBe("end");
  });
});

const FILES = { s: bundle, bad: "k: &hunter2 x", "bad.json": "{hunter2", bytes: Uint8Array.of(0xff, 0x41) };

test.each([
  ["ref+sops://t#/k", 'ICH9206 there is no file "t"'],
  ["ref+file:///run/t", 'ICH9206 there is no file "/run/t"'],
  ["ref+file://bytes", 'ICH9207 the file "bytes" is no text in UTF-8'],
  ["ref+file://bad#/k", 'ICH9207 the file "bad" has an error at line 3, column 5 (ICH1009)'],
  ["ref+file://bad.json#/k", 'ICH9207 the file "bad.json" is not valid JSON'],
  ["ref+sops://s#/certs/os/kye", 'ICH9208 "certs.os" in the file "s" has no key "kye" (did you mean "key"?)'],
  ["ref+sops://s#/toString", 'ICH9208 the file "s" has no key "toString"'],
  ["ref+sops://s#/plain/x", 'ICH9208 "plain" in the file "s" has no keys, so that there is no "x" in it'],
  ["ref+sops://s#/list/2", 'ICH9208 "list" in the file "s" is a list and has no entry "2"'],
  ["ref+sops://s#/list/01", 'ICH9208 "list" in the file "s" is a list and has no entry "01"'],
  ["ref+sops://s#/certs", 'ICH9209 "certs" in the file "s" is a mapping, not a text'],
  ["ref+sops://s#/list", 'ICH9209 "list" in the file "s" is a list, not a text'],
  ["ref+sops://s#/empty", 'ICH9209 "empty" in the file "s" is empty'],
  ["ref+sops://s#/nothing", 'ICH9209 "nothing" in the file "s" is empty'],
  ["ref+sops://s?decode=base64#/plain", 'ICH9210 the secret at "ref+sops://s#/plain" is no base64'],
  [
    "ref+sops://s?decode=base64#/latin",
    'ICH9210 the secret at "ref+sops://s#/latin" is the base64 of what is no text in UTF-8',
  ],
  ["ref+sops://s?decode=base64#/unpadded", 'ICH9210 the secret at "ref+sops://s#/unpadded" is no base64'],
  ["ref+envsubst://$NOPE", "ICH9211 the environment variable NOPE is not set"],
  ["ref+envsubst://$EMPTY", "ICH9211 the environment variable EMPTY is empty"],
])("%s cannot be resolved", async (text, complaint) => {
  expect(await complaintsOf({ files: FILES, env: { EMPTY: "" } }, text)).toEqual([complaint]);
});

test("a file that the system refuses to read is told with the system's code alone", async () => {
  const refusal = Object.assign(new Error("hunter2"), { code: "EACCES" });
  const sources = { ...memory({}), readFile: () => Promise.reject(refusal) };
  const { diagnostics } = await resolveText(createResolver(sources), "ref+file://a");
  expect(diagnostics.map(({ message }) => message)).toEqual(['the file "a" cannot be read: EACCES']);
});

describe("references that lead to each other", () => {
  test("are refused where they lead in a circle, with the whole way and no value", async () => {
    const files = {
      a: JSON.stringify({ x: "ref+sops://b#/y", password: "hunter2" }),
      b: JSON.stringify({ y: "ref+sops://./c/../a#/x" }),
    };
    expect(await complaintsOf({ files }, "ref+sops://a#/x")).toEqual([
      'ICH9212 the references lead in a circle: "ref+sops://a#/x" -> "ref+sops://b#/y" -> "ref+sops://a#/x"',
    ]);
  });

  test("are followed eight steps and no further", async () => {
    const steps = Array.from({ length: 9 }, (_, index) => [`k${index}`, `ref+sops://s#/k${index + 1}`]);
    const files = { s: JSON.stringify({ ...Object.fromEntries(steps), k9: "end" }) };
    expect(await secretAt({ files }, "ref+sops://s#/k2")).toBe("end");
    expect(await complaintsOf({ files }, "ref+sops://s#/k1")).toEqual([
      expect.stringMatching(/^ICH9212 the references lead through more than 8 steps: /),
    ]);
  });

  test("name the first where a later one fails", async () => {
    const files = { a: JSON.stringify({ x: "ref+file://nope" }) };
    expect(await complaintsOf({ files }, "ref+sops://a#/x")).toEqual([
      'ICH9206 there is no file "nope" ("ref+sops://a#/x" leads there)',
    ]);
  });

  test("are not shown where they are no whole references: such a text may be a password", async () => {
    for (const x of [
      "ref+hunter2",
      "ref+hunter2://x",
      "ref+sops://a#/k hunter2",
      "ref+sops://a?hunter2=1#/k",
    ]) {
      expect(await complaintsOf({ files: { a: JSON.stringify({ x }) } }, "ref+sops://a#/x")).toEqual([
        'ICH9201 the secret at "ref+sops://a#/x" begins with `ref+`, but is not exactly one reference',
      ]);
    }
  });

  test("do not choose whom a token is sent to: nobody reviews what stands in a secret", async () => {
    const files = { a: JSON.stringify({ x: "ref+vault://kv/a?address=https://evil.example#/k" }) };
    expect(await complaintsOf({ files }, "ref+sops://a#/x")).toEqual([
      'ICH9213 "ref+sops://a#/x" leads to "ref+vault://kv/a#/k" with the parameter `address`, which only the repository may set',
    ]);
  });
});

describe("a tree", () => {
  const files = { s: bundle, "/run/x": "token" };

  test("has its references replaced and everything else kept, keys that look like references too", async () => {
    const tree = JSON.parse(
      '{"machine": {"ca": {"key": "ref+sops://s#/certs/os/key"}}, "list": ["ref+file:///run/x", 1, null, true],' +
        '"ref+file:///run/x": "kept", "__proto__": {"x": "ref+file:///run/x"}}',
    ) as unknown;
    const before = structuredClone(tree);
    const { value, diagnostics } = await createResolver(memory({ files })).resolveTree(tree, AT);
    expect(diagnostics).toEqual([]);
    expect(JSON.stringify(value)).toBe(
      `{"machine":{"ca":{"key":"${base64(PEM)}"}},"list":["token",1,null,true],` +
        `"ref+file:///run/x":"kept","__proto__":{"x":"token"}}`,
    );
    expect(tree).toEqual(before);
  });

  test("is resolved wholly or not at all, and all mistakes are said, each at its place", async () => {
    const tree = {
      a: "ref+sops://s#/nope",
      b: ["ref+file:///run/x", "ref+file://nope"],
      c: "x ref+file://y",
    };
    const { value, diagnostics } = await createResolver(memory({ files })).resolveTree(tree, AT);
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code, at }) => [code, "path" in at ? at.path : undefined])).toEqual([
      ["ICH9208", ["a"]],
      ["ICH9206", ["b", 1]],
      ["ICH9201", ["c"]],
    ]);
  });

  test("reads, decrypts and parses each file once, however many references name it at once", async () => {
    const sources = memory({ files: { ...files, "p.yaml": '{"k": "v"}' } });
    const tree = Array.from({ length: 20 }, () => [
      "ref+sops://s#/certs/os/key",
      "ref+sops://./s?decode=base64#/certs/os/key",
      "ref+file://p.yaml#/k",
      "ref+file://p.yaml",
    ]);
    const resolver = createResolver(sources);
    await resolver.resolveTree(tree, AT);
    await resolver.resolveTree(tree, AT);
    expect(sources.asked.toSorted()).toEqual(["decrypt s", "parse p.yaml", "read p.yaml", "read s"]);
  });

  test("tells once that a file cannot be decrypted, with the places that need it", async () => {
    const said = error(
      "ICH9203",
      { file: "s", document: 0, path: ["sops", "age"] },
      "no key of yours opens it",
    );
    const tree = { a: "ref+sops://s#/certs/os/key", b: "ref+sops://s#/number" };
    const resolver = createResolver(memory({ files, locked: { s: said } }));
    expect((await resolver.resolveTree(tree, AT)).diagnostics).toEqual([
      {
        ...said,
        related: [
          { message: '"ref+sops://s#/certs/os/key" needs it here', at: { ...AT, path: ["a"] } },
          { message: '"ref+sops://s#/number" needs it here', at: { ...AT, path: ["b"] } },
        ],
      },
    ]);
  });

  test("of any shape is copied with exactly its references replaced", async () => {
    const leaf = fc.oneof(
      fc.constant("ref+file:///run/x"),
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie("tree"), { maxKeys: 3 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(tree, async (one) => {
        const { value } = await createResolver(memory({ files })).resolveTree(one, AT);
        const text = JSON.stringify(one);
        expect(JSON.stringify(value)).toBe(
          text.replaceAll(/(?<!\\)"ref\+file:\/\/\/run\/x"(?!:)/g, '"token"'),
        );
      }),
      { numRuns: 200 },
    );
  });
});

test("every secret that was read is known afterwards, decoded or not, and no reference is among them", async () => {
  const files = { s: bundle, a: "ref+envsubst://$X" };
  const resolver = createResolver(memory({ files, env: { X: "from here" } }));
  await resolver.resolveTree(["ref+sops://s?decode=base64#/certs/os/key", "ref+file://a", "plain"], AT);
  expect([...resolver.secrets()].toSorted()).toEqual([PEM, base64(PEM), "from here"].toSorted());
});

test("a file that was missing stays missing for one resolver: a run sees one state of the world", async () => {
  const sources = memory({});
  const resolver = createResolver(sources);
  await resolveText(resolver, "ref+file://a");
  await resolveText(resolver, "ref+file://a");
  expect(sources.asked).toEqual(["read a"]);
});

test("what is written for a first step that a host cannot have reads the same in vals", () => {
  const written = (text: string) => {
    const { value } = parseReference(text, AT);
    return value === undefined ? undefined : formatReference(value);
  };
  expect(written("ref+file://p%2Bq/a%2Bb")).toBe("ref+file://./p%2Bq/a%2Bb");
  expect(written("ref+file:///p%2Bq")).toBe("ref+file:///p%2Bq");
});
