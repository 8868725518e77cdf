import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JournalEntry } from "../../execute/journal.ts";
import type { Acquired, Lease } from "../../execute/lease.ts";
import { openJournal } from "./journal-file.ts";
import { createLeaseFiles } from "./lease-file.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "ichor-journal-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

function entry(attempt: number): JournalEntry {
  return {
    time: "2026-11-21T08:00:00Z",
    run: "r1",
    cluster: "hel1-vran7",
    machine: "hel1-r001-u01",
    step: "apply",
    status: "done",
    attempt,
  };
}

/** The whole lines of a journal; a torn one is no JSON. */
async function readJournal(path: string): Promise<readonly JournalEntry[]> {
  const lines = (await readFile(path, "utf8")).split("\n");
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as JournalEntry];
    } catch {
      return [];
    }
  });
}

describe("a journal", () => {
  test("keeps what was written at once in the order in which it was given", async () => {
    const path = join(directory, "journal.jsonl");
    const journal = await openJournal(path);
    await Promise.all(Array.from({ length: 50 }, (_, number) => journal.append(entry(number))));
    await journal.close();
    expect((await readJournal(path)).map(({ attempt }) => attempt)).toEqual([...Array(50).keys()]);
  });

  test("of a killed run loses its torn last line and no line of the next run", async () => {
    const path = join(directory, "journal.jsonl");
    const first = await openJournal(path);
    await first.append(entry(1));
    await first.close();
    await appendFile(path, '{"time":"2026-11-21T08:00:01Z","run":"r1","clu');
    expect(await readJournal(path)).toEqual([entry(1)]);
    const second = await openJournal(path);
    await second.append(entry(2));
    await second.close();
    expect(await readJournal(path)).toEqual([entry(1), entry(2)]);
  });

  test("says that it cannot be written", async () => {
    const journal = await openJournal(join(directory, "journal.jsonl"));
    await journal.close();
    await expect(journal.append(entry(1))).rejects.toThrow();
  });
});

describe("a lease", () => {
  let now = Date.UTC(2026, 10, 21, 8);
  const applier = (run: string) =>
    createLeaseFiles({ directory, run, host: "h1", pid: 17, lasts: 60_000, now: () => new Date(now) });
  const leaseOf = (acquired: Acquired): Lease => {
    if (!("lease" in acquired)) throw new Error("it is held");
    return acquired.lease;
  };

  test("is one applier's, and the other one learns whose", async () => {
    const lease = leaseOf(await applier("one").acquire("a"));
    expect(await applier("two").acquire("a")).toEqual({
      heldBy: { run: "one", host: "h1", pid: 17, expires: "2026-11-21T08:01:00Z" },
    });
    expect(await lease.holds()).toBe(true);
    expect(await applier("two").acquire("a.b")).toHaveProperty("lease");
  });

  test("is free again when it was given back", async () => {
    const lease = leaseOf(await applier("one").acquire("a"));
    await lease.release();
    expect(await lease.holds()).toBe(false);
    expect(await applier("two").acquire("a")).toHaveProperty("lease");
  });

  test("lasts as long as it is renewed", async () => {
    const lease = leaseOf(await applier("one").acquire("a"));
    for (let round = 0; round < 10; round++) {
      now += 30_000;
      expect(await lease.holds()).toBe(true);
      expect(await applier("two").acquire("a")).toHaveProperty("heldBy");
    }
  });

  test("of an applier that was killed is taken over after its time, and the first one never gets it back", async () => {
    const lost = leaseOf(await applier("one").acquire("a"));
    now += 59_000;
    expect(await applier("two").acquire("a")).toHaveProperty("heldBy");
    now += 1000;
    const taken = leaseOf(await applier("two").acquire("a"));
    expect(await lost.holds()).toBe(false);
    await lost.release();
    expect(await taken.holds()).toBe(true);
    expect(await applier("three").acquire("a")).toHaveProperty("heldBy");
  });

  test("that is over is not renewed even where nobody took it", async () => {
    const lease = leaseOf(await applier("one").acquire("a"));
    now += 60_000;
    expect(await lease.holds()).toBe(false);
  });

  test("goes to one of many who ask at the same time, whatever was there before", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 2, max: 8 }),
        async (before, many) => {
          const cluster = `c${now}`;
          for (let round = 0; round < before; round++) {
            leaseOf(await applier(`old${round}`).acquire(cluster));
            now += 60_000;
          }
          const all = await Promise.all(
            Array.from({ length: many }, (_, number) => applier(`new${number}`).acquire(cluster)),
          );
          now += 1000;
          const held = await Promise.all(all.map(async (one) => "lease" in one && (await one.lease.holds())));
          expect(held.filter(Boolean)).toHaveLength(1);
          const files = (await readdir(directory)).filter((name) => name.startsWith(`${cluster}.`));
          expect(files.filter((name) => name.endsWith(".draft"))).toEqual([]);
          expect(files.length).toBeLessThanOrEqual(2);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("that cannot be read is held by somebody", async () => {
    await writeFile(join(directory, "a.4.json"), "{");
    expect(await applier("one").acquire("a")).toMatchObject({ heldBy: { run: "unknown" } });
  });

  test("tells people who has it and nothing else", async () => {
    await applier("one").acquire("a");
    expect(Object.keys(JSON.parse(await readFile(join(directory, "a.1.json"), "utf8")) as object)).toEqual([
      "run",
      "host",
      "pid",
      "expires",
    ]);
  });
});
