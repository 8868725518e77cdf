import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { docFiles, staleSchemas } from "../scripts/write-docs.ts";

const ROOT = join(import.meta.dirname, "..");

/** `npm run docs` mends whatever fails here. */
function check(path: string, expected: string): void {
  const file = join(ROOT, path);
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(expected);
}

describe("what is written from the source is current", () => {
  it.each([...docFiles(ROOT)])("%s", check);

  it("no schema is left of a kind that is no more", () => {
    expect(staleSchemas(ROOT)).toEqual([]);
  });
});
