/**
 * `npm start`: compiles the example fleet of this repository, and then makes it so: a copy of it in a temporary folder,
 * with a simulated machine for each of its servers, is planned, applied, looked at and applied again.
 */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";

const ICHOR = resolve("src/cli/main.ts");
const folder = mkdtempSync(join(tmpdir(), "ichor-start-"));
const env = {
  ...process.env,
  SOPS_AGE_KEY_FILE: resolve("demo/age-identity.txt"),
  XDG_STATE_HOME: join(folder, "state"),
};

/** Runs a command as a user would, and shows it. */
function ichor(at: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): void {
  process.stdout.write(`\n$ ichor ${args.join(" ")}\n`);
  execFileSync(process.execPath, [ICHOR, "-C", at, ...args], { stdio: "inherit", env: { ...env, ...more } });
}

try {
  ichor(".", ["compile"]);
  const fleet = join(folder, "fleet");
  for (const part of ["inventory", "clusters", "approvals", "locks", "generated", ".sops.yaml"]) {
    cpSync(part, join(fleet, part), { recursive: true });
  }
  await withLab(fleet, (lab) => {
    ichor(fleet, ["plan", "--outside-window"], lab);
    ichor(fleet, ["apply", "--outside-window", "--yes"], lab);
    ichor(fleet, ["status"], lab);
    ichor(fleet, ["apply", "--outside-window", "--yes"], lab);
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A lab in a process of its own for as long as something is done with it. */
async function withLab(fleet: string, act: (lab: NodeJS.ProcessEnv) => void): Promise<void> {
  process.stdout.write("\n$ ichor lab up &\n");
  const lab = spawn(process.execPath, [ICHOR, "-C", fleet, "lab", "up"], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  try {
    const url = await new Promise<string>((done, fail) => {
      lab.once("exit", () => fail(new Error("the lab did not come up")));
      lab.stdout.on("data", (text: Buffer) => {
        const found = /ICHOR_LAB=(\S+)/.exec(text.toString());
        if (found?.[1] !== undefined) done(found[1]);
      });
    });
    await allBooted(url);
    act({ ICHOR_LAB: url });
  } finally {
    lab.removeAllListeners("exit");
    lab.kill("SIGINT");
  }
}

/** Waits until every machine has booted from the network, a minute at most. */
async function allBooted(url: string): Promise<void> {
  for (let look = 0; look < 120; look++) {
    const answer = await fetch(`${url}/machines`);
    const machines = (await answer.json()) as readonly { readonly api: string }[];
    if (machines.every(({ api }) => api === "maintenance")) return;
    await setTimeout(500);
  }
  throw new Error("the lab's machines did not boot");
}
