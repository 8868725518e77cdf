import fc from "fast-check";
import { expect, test } from "vitest";
import { readSecretYaml } from "./read-secret-yaml.ts";

test.each([
  "a: |hunter2secret\n  x\n",
  "a: @hunter2secret\n",
  "a: *hunter2secret\n",
  "a: &hunter2secret 1\n",
  "a: !hunter2secret 1\n",
  "hunter2secret: 1\nhunter2secret: 2\n",
  'a: "hunter2secret\n',
  "a: 0hunter2secret: b\n",
  "%hunter2secret\n---\n",
])("what is wrong with %j is said without a word of it", (text) => {
  const { diagnostics } = readSecretYaml("secrets.sops.yaml", text);
  expect(diagnostics.length).toBeGreaterThan(0);
  expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
});

test("nor of any other text", () => {
  const piece = fc.constantFrom(
    "zqxjkvzqxjkv",
    ": ",
    "\n",
    "  ",
    "- ",
    '"',
    "|",
    ">",
    "&",
    "*",
    "!",
    "{",
    "[",
    "#",
    "%",
    "0x",
    "yes",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const { diagnostics } = readSecretYaml("f", pieces.join(""));
      expect(JSON.stringify(diagnostics)).not.toContain("zqxjkv");
    }),
    { numRuns: 2000 },
  );
});
