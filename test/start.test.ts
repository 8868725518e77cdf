import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";

/** What the README promises of `npm start`, with the example's own addresses in 127.0.0.0/8. */
test("npm start: the example fleet from nothing to healthy clusters, and a second run that changes nothing", async () => {
  const { ICHOR_LAB: _, ...env } = process.env;
  const started = spawn(process.execPath, ["scripts/start.ts"], {
    cwd: join(import.meta.dirname, ".."),
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [started.stdout, started.stderr])
    stream.on("data", (piece) => (text += String(piece)));
  const code = await new Promise((resolve) => started.once("close", resolve));
  expect(code, text).toBe(0);
  expect(text).toContain("Plan: 28 to add, 0 to change, 0 to destroy");
  expect(text).toMatch(/^28 done$/m);
  const status = text.slice(text.indexOf("CLUSTER     SYNC")).split("\n").slice(1, 6);
  expect(status.map((line) => line.split(/ {2,}/).slice(1, 3).join(" "))).toEqual(
    Array.from({ length: 5 }, () => "Synced Healthy"),
  );
  expect(text.trimEnd().split("\n").at(-1)).toBe("No changes.");
}, 240_000);
