import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FIELDS_FILE, talosFieldsText } from "./fields/tables.ts";
import { unknownTypes } from "./random-documents.ts";

describe("the table of Talos' documents and fields", () => {
  it("is what Talos' own types say (else run `npm run talos-fields`)", async () => {
    expect(readFileSync(FIELDS_FILE, "utf8")).toBe(await talosFieldsText());
  });

  it("has no type of which the random patches cannot make a value", () => {
    expect(unknownTypes()).toEqual([]);
  });
});
