import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { Diagnostic } from "../../core/diagnostic.ts";
import { readYaml } from "./read-yaml.ts";

/** What is found in a text: `line:column code`, each. */
function check(text: string, expected: readonly string[]): readonly Diagnostic[] {
  const { diagnostics } = readYaml("f.yaml", text);
  expect(
    diagnostics.map(({ at, code }) => ("line" in at ? `${at.line}:${at.column} ${code}` : code)),
  ).toEqual(expected);
  return diagnostics;
}

describe("a file is refused at the place of", () => {
  test.each<[string, string, string[]]>([
    ["a missing bracket", "a: [1, 2\nb: 3\n", ["2:1 ICH1006"]],
    ["a quote that is not closed, where it opens", 'x: 1\na: "b\n  c\n', ["2:4 ICH1006"]],
    ["a line that is indented otherwise", "a:\n  b: 1\n c: 2\n", ["3:1 ICH1006"]],
    ["a line without colon", "a: 1\nfoo\nb: 2\n", ["2:1 ICH1006"]],
    ["a value with a colon", "a: b: c\n", ["1:4 ICH1006"]],
    ["one error in each of two documents", "a: [\n---\nb: ]\n", ["2:1 ICH1006", "3:4 ICH1006"]],
    ["a tab below a key", "a:\n\tb: 1\n", ["2:1 ICH1007"]],
    ["a tab below a line", "a:\n  b: 1\n\tc: 2\n", ["3:1 ICH1007"]],
    ["an anchor and its alias", "a: &x 1\nb: *x\n", ["1:4 ICH1009", "2:4 ICH1009"]],
    ["an asterisk without quotes", "a: *\n", ["1:4 ICH1009"]],
    ["a merge key", "a:\n  <<: { b: 1 }\n", ["2:3 ICH1009"]],
    ["a tag", "a: !vault x\nb: !!str 1\n", ["1:4 ICH1010", "2:4 ICH1010"]],
    ["a directive", "%YAML 1.1\n---\na: 1\n", ["1:1 ICH1010"]],
    ["keys written twice, at any depth", "a: 1\nb: { c: 1, c: 2 }\na: 3\n", ["2:12 ICH1011", "3:1 ICH1011"]],
    ["keys that are the same once they are texts", "0: a\n'0': b\n", ["2:1 ICH1011"]],
    [
      "keys that are no texts",
      "null: 1\ntrue: 2\n1.0: 3\n01: 4\n? [a]\n: 5\n",
      [1, 2, 3, 4].map((n) => `${n}:1 ICH1012`).concat("5:3 ICH1012"),
    ],
    ["the key __proto__", "a: { __proto__: 1 }\n", ["1:6 ICH1012"]],
    ["an escape for half a character", 'a: "\\ud800"\n', ["1:4 ICH1005"]],
    ["a NUL", "a: b\0\n", ["1:5 ICH1005"]],
    ["a carriage return alone", "a: b\rc: d\n", ["1:5 ICH1005"]],
    ["a byte order mark that is not the first character", "a: b\uFEFF\n", ["1:5 ICH1005"]],
    ["a line separator that editors hide", "a: b\u2028c\n", ["1:5 ICH1005"]],
    ["an error after CRLF and a byte order mark", "\uFEFFa: 1\r\nb: yes\r\n", ["2:4 ICH1013"]],
  ])("%s", (_, text, expected) => {
    check(text, expected);
  });

  test.each([
    "0644",
    "-012",
    "089",
    "1_000",
    "1_0.5",
    "0b11",
    "0X1F",
    "+0x1f",
    "-0o17",
    "12:30:45",
    "yes",
    "No",
    "ON",
    "off",
  ])("the plain value %s, which readers of YAML read differently", (value) => {
    check(`a: ${value}\n`, ["1:4 ICH1013"]);
    check(`a: [${value}]\n`, ["1:5 ICH1013"]);
    check(`a: "${value}"\nb: '${value}'\n`, []);
  });

  test.each(["12345678901234567890", "-9007199254740992", "0xffffffffffffffff", ".inf", ".nan", "1e999"])(
    "the number %s, which cannot be kept",
    (value) => {
      check(`a: ${value}\n`, ["1:4 ICH1014"]);
    },
  );

  test("a key written twice names the first one", () => {
    const [found] = check("a: 1\nb: 2\na: 3\n", ["3:1 ICH1011"]);
    expect(found?.related?.map(({ at }) => at)).toEqual([{ file: "f.yaml", line: 1, column: 1 }]);
  });
});

describe("a conflict marker", () => {
  test.each([
    ["a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n", "2:1 ICH1004"],
    ["a: 1\r\n=======\r\nb: [\r\n", "2:1 ICH1004"],
    ["a: 1\n>>>>>>> other\n", "2:1 ICH1004"],
  ])("is all that is said of the file %j", (text, expected) => {
    check(text, [expected]);
  });

  test("in a block of text is text", () => {
    check("a: |\n  Title\n  =======\n", []);
  });

  test("in a lock file comes with the way to resolve it", () => {
    const { diagnostics } = readYaml("inventory/allocations/dc1/r1.yaml", "<<<<<<< HEAD\n");
    expect(diagnostics[0]?.hint).toContain("git checkout main -- inventory/allocations");
  });
});

describe("what cannot be a document of a person is refused in bounded time", () => {
  const levels = 10_000;
  test.each<[string, string, string]>([
    ["lists in brackets", "[".repeat(levels), "1:66 ICH1008"],
    ["mappings in brackets", "{a: ".repeat(levels), "1:258 ICH1008"],
    ["lists in lines", `${"- ".repeat(levels)}a`, "1:130 ICH1008"],
    ["explicit keys", `${"? ".repeat(levels)}a`, "1:130 ICH1008"],
    [
      "mappings in lines",
      Array.from({ length: 2500 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"),
      "65:67 ICH1008",
    ],
    ["pairs in pairs", `[${"a: ".repeat(levels)}]`, "1:196 ICH1008"],
    ["four million commas", `[${",".repeat(4_000_000)}]`, "1:200000 ICH1008"],
    ["a number of four million digits", `a: ${"1".repeat(4_000_000)}`, "1:4 ICH1014"],
    ["spaces between words between brackets", `a: [ x${" ".repeat(4_000_000)}!`, "1:4000008 ICH1006"],
  ])("%s", (_, text, expected) => {
    const [found] = check(text, [expected]);
    expect(found?.message.length).toBeLessThan(300);
    expect(found?.hint?.length ?? 0).toBeLessThan(300);
  });

  test("aliases that would multiply to billions", () => {
    const bomb = Array.from({ length: 40 }, (_, n) => `a${n}: &a${n} [*a${n - 1}, *a${n - 1}]`).join("\n");
    expect(readYaml("f.yaml", `a-1: &a-1 x\n${bomb}`)).toMatchObject({
      value: [],
      diagnostics: { length: 100 },
    });
  });

  test("64 levels are read, 65 are not", () => {
    check("[".repeat(64) + "]".repeat(64), []);
    check("[".repeat(65) + "]".repeat(65), ["1:66 ICH1008"]);
  });
});

describe("the value", () => {
  test("keeps the documents with wrong values, so that the rest of them is checked as well", () => {
    expect(readYaml("f.yaml", "a: yes\nb: 1\n---\nc: 2\n").value).toEqual([{ a: "yes", b: 1 }, { c: 2 }]);
  });

  test("is empty where the structure is unknown", () => {
    expect(readYaml("f.yaml", "a: 1\n---\nb: [\n").value).toEqual([]);
  });

  test("takes plain dates, place numbers and plain hardware addresses as texts", () => {
    const text = "expires: 2026-11-28\npins: { 0: a }\nmac: 00:11:22:33:44:55\nlong: one\n  two\n";
    const value = [{ expires: "2026-11-28", pins: { "0": "a" }, mac: "00:11:22:33:44:55", long: "one two" }];
    expect(readYaml("f.yaml", text)).toEqual({ value, diagnostics: [] });
  });

  test("of a text with CRLF, byte order mark and block scalars is that of the yaml package", () => {
    const text = "\uFEFFa: |\r\n  x\r\n  y\r\nb: 'c\r\n\r\n  d'\r\n";
    expect(readYaml("f.yaml", text).value).toEqual(
      parseAllDocuments(text).map((document) => document.toJS()),
    );
  });
});

test("any text is read as the yaml package reads it, or refused; nothing is thrown and every place is in the text", () => {
  const piece = fc.constantFrom(
    "a",
    "a: ",
    "b: ",
    "- ",
    "  ",
    "\n",
    "\r\n",
    "[",
    "]",
    "{",
    "}",
    ", ",
    '"',
    "'",
    "|\n",
    ">\n",
    "#",
    " # c",
    "&a ",
    "*a",
    "!t ",
    "? ",

    "yes",
    "0644",
    "7",
    "1.5",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "\t",
    "\0",
    "<<: ",
    "<<<<<<< x\n",
    "=======\n",
    "\uFEFF",
    "é",
    "\\ud800",
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(text, (original) => {
      const { value, diagnostics } = readYaml("f.yaml", original);
      // The library itself takes a list behind a byte order mark for a text.
      const unmarked = original.replace(/^\uFEFF/, "");
      const lines = unmarked.split(/\r?\n/);
      for (const { at } of diagnostics) {
        if (!("line" in at)) return false;
        if (at.column < 1 || at.column > (lines[at.line - 1]?.length ?? -1) + 1) return false;
      }
      if (diagnostics.length > 0) return true;
      const documents = [...parseAllDocuments(unmarked, { logLevel: "silent" })];
      return (
        documents.every(({ errors }) => errors.length === 0) &&
        isDeepStrictEqual(
          value,
          documents.map((document) => document.toJS()),
        )
      );
    }),
    { numRuns: 20_000 },
  );
});
