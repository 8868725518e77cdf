import { globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { formatText } from "../src/cli/format-diagnostics.ts";
import { INIT_FILES } from "../src/cli/init/files.ts";
import { compile } from "../src/compiler/compile.ts";
import { documentKinds } from "../src/compiler/render/talos/fields.ts";
import { CODES } from "../src/core/codes.ts";
import { KINDS } from "../src/model/kinds.ts";
import type { SourceTree } from "../src/model/source-tree.ts";
import { applyEdits, textOf } from "./support/edits.ts";

/**
 * A case is a pair of files in test/errors/: `<code>-<what is wrong>.edit`, which says how a valid repository is
 * changed (see support/edits.ts), and `.txt` beside it, which is what `ichor validate` then prints. The valid
 * repository is the one that `ichor init` makes, with `base.edit` applied. To add a case, add the two files;
 * `UPDATE=1 npm test -- test/errors.test.ts` writes the second one, to be read before it is committed.
 */
const FOLDER = "test/errors";
const cases = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".edit") && file !== "base.edit")
  .sort();
const base = applyEdits(new Map(Object.entries(INIT_FILES)), readFileSync(join(FOLDER, "base.edit"), "utf8"));

/**
 * Codes of what one repository alone cannot show: files (src/compiler/write), changes (src/compiler/compare), a second
 * look at what was made (src/compiler/audit), and all that needs a key, a clock, a request or another machine.
 */
const ELSEWHERE = [
  "ICH3601",
  ...codes("ICH52", [1, 2]),
  "ICH5301",
  ...codes("ICH90", [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
  ...codes("ICH91", [1, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]),
  ...codes("ICH91", [52, 55, 56, 57, 58]),
  ...codes("ICH92", [7, 10, 11, 12, 13, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]),
  "ICH9303",
  // All of the applier's: about machines, not about files.
  ...Object.keys(CODES).filter((code) => /^ICH[78]/.test(code)),
  ...codes("ICH94", [1, 2, 3, 4, 5, 6, 7, 8]),
];

function codes(family: string, numbers: readonly number[]): string[] {
  return numbers.map((number) => family + String(number).padStart(2, "0"));
}

/** Words that a message may start with: names and abbreviations, kinds of ichor and of Talos. */
const PROPER = new Set([
  ..."ASN BGP BMC BMCs CEL CNI DHCP DNS FRR IPv4 IPv6 Cilium Git GitHub Kubernetes MAC NTP SLAAC SMBIOS Talos UUID YAML".split(
    " ",
  ),
  ...Object.keys(KINDS),
  ...documentKinds(14),
]);

test("the repository that the cases start from has no error and no warning but the missing secrets", () => {
  expect(diagnose(base).filter(({ code }) => code !== "ICH3420")).toEqual([]);
});

describe("what ichor says of", () => {
  test.each(cases)("%s", (file) => {
    const found = diagnose(applyEdits(base, readFileSync(join(FOLDER, file), "utf8")));
    const code = basename(file).slice(0, 7).toUpperCase();
    expect(found.map((diagnostic) => diagnostic.code)).toContain(code);
    const printed = formatText(
      found.filter((diagnostic) => diagnostic.code !== "ICH3420" || code === "ICH3420"),
      { color: false },
    );
    const expected = join(FOLDER, file.replace(/\.edit$/, ".txt"));
    if (process.env["UPDATE"] === "1") writeFileSync(expected, printed);
    expect(printed).toBe(readFileSync(expected, "utf8"));
  });
});

describe("the style of every message, hint and related place", () => {
  const texts = [...new Set(cases.flatMap(textsOf))];

  test("it ends without a full stop", () => {
    expect(texts.filter((text) => text.endsWith("."))).toEqual([]);
  });

  test("it starts in lower case, unless with a name or a kind", () => {
    const isOrdinary = (word: string) => /^[A-Z]/.test(word) && !PROPER.has(word);
    expect(texts.filter((text) => isOrdinary(/^\w*/.exec(text)?.[0] ?? ""))).toEqual([]);
  });
});

test("every code has a case", () => {
  const shown = new Set(cases.map((file) => file.slice(0, 7).toUpperCase()));
  expect(Object.keys(CODES).filter((code) => !shown.has(code) && !ELSEWHERE.includes(code))).toEqual([]);
});

test("every code without a case is in another test", () => {
  const tests = [...globSync("src/**/*.test.ts"), ...globSync("test/*.test.ts")]
    .filter((file) => !file.endsWith("errors.test.ts"))
    .map((file) => readFileSync(file, "utf8"));
  expect(ELSEWHERE.filter((code) => !tests.some((text) => text.includes(code)))).toEqual([]);
});

test("every case has both of its files and a code that exists", () => {
  const pairs = new Set(cases.map((file) => file.replace(/\.edit$/, "")));
  const outputs = readdirSync(FOLDER).filter((file) => file.endsWith(".txt"));
  expect(outputs.filter((file) => !pairs.has(file.replace(/\.txt$/, "")))).toEqual([]);
  expect(cases.filter((file) => !Object.hasOwn(CODES, file.slice(0, 7).toUpperCase()))).toEqual([]);
});

/** What ichor says of a case. */
function textsOf(file: string): string[] {
  return diagnose(applyEdits(base, readFileSync(join(FOLDER, file), "utf8"))).flatMap(
    ({ message, hint, related = [] }) => [
      message,
      ...(hint === undefined ? [] : [hint]),
      ...related.map((other) => other.message),
    ],
  );
}

/** Diagnostics for a tree, each place inside the file that it names. */
function diagnose(tree: SourceTree) {
  const { diagnostics } = compile(tree);
  for (const { at } of diagnostics) {
    const lines = textOf(tree, at.file).split("\n");
    expect(at.line).toBeLessThanOrEqual(lines.length);
    expect(at.column).toBeLessThanOrEqual((lines[at.line - 1]?.length ?? 0) + 1);
  }
  return diagnostics;
}
