import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatLock, lockHolds, readLock } from "./lock-file.ts";

const TODAY = "2026-11-21";

describe("a lock", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ichor-locks-"));
    mkdirSync(join(root, "locks"));
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const write = (text: string) => writeFileSync(join(root, "locks/u01.yaml"), text);
  const read = () => readLock(root, "u01", TODAY);

  test.each<[string | undefined, boolean]>([
    [undefined, true],
    ["2026-11-22", true],
    ["2026-11-21", true],
    ["2026-11-20", false],
  ])("until %s holds on 2026-11-21: %s", (until, expected) => {
    const spec = until === undefined ? { reason: "fans" } : { reason: "fans", until };
    expect(lockHolds(spec, TODAY)).toBe(expected);
    write(formatLock("u01", spec));
    expect(read()).toBe(expected ? `fans${until === undefined ? "" : ` (until ${until})`}` : undefined);
  });

  test("whatever its reason, is read as it was written", () => {
    for (const reason of ["a: b # c", "- 'x' \"y\"", "yes", "2026-11-21", "ä 🛠", "{a}"]) {
      write(formatLock("u01", { reason }));
      expect(read()).toBe(reason);
    }
  });

  test("is none where there is no file, whatever others there are", () => {
    expect(read()).toBeUndefined();
    write(formatLock("u01", { reason: "fans" }));
    expect(readLock(root, "u02", TODAY)).toBeUndefined();
    rmSync(join(root, "locks"), { recursive: true });
    expect(read()).toBeUndefined();
  });

  test.each([
    ["is empty", ""],
    ["is half written", "kind: Lock\nspec: {"],
    ["names another server", formatLock("u02", { reason: "fans" })],
    ["has no reason", formatLock("u01", { reason: "" })],
    ["has another kind of end", formatLock("u01", { reason: "fans", until: "tomorrow" })],
  ])("holds whose file %s", (_, text) => {
    write(text);
    expect(read()).toBe("locks/u01.yaml cannot be understood");
  });
});
