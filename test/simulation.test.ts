import process from "node:process";
import { describe, expect, test } from "vitest";
import { type Simulated, simulate } from "./support/simulation.ts";

/** `RUNS=5000 SEED=x npx vitest run --project whole test/simulation.test.ts` looks further. */
const RUNS = Number(process.env["RUNS"] ?? 100);
const PREFIX = process.env["SEED"] ?? "s";

/** Seeds that fail where what was wrong once is wrong again. */
const REGRESSIONS: readonly (readonly [seed: string, wrong: string])[] = [
  ["r122", "control planes are installed without etcd where the plan of the one on which it begins is stale"],
  ["r56", "etcd that was bootstrapped is not recorded beside a member that git does not name any more"],
  ["r86", "a change that disturbs nothing is planned while etcd is not whole, and never carried out"],
  ["r36", "of two members one tries out another network"],
  ["r788", "etcd is to begin on a machine that is locked, and never does"],
  [
    "r105",
    "the one control plane that is left to see is rebooted, and nobody knows the other members of etcd",
  ],
  ["r372", "a machine that answers at a member's boot address is taken for that member"],
  [
    "r419",
    "a bootstrap that was not recorded stays so where its machine needs a reboot and etcd has two members",
  ],
  ["r158", "a machine is to be recorded and refused in one plan, and the others are installed meanwhile"],
];

function report({ seed, violations, history }: Simulated): string {
  if (violations.length === 0) return "";
  return [`seed ${seed}`, ...violations, "history:", ...history.slice(-400)].join("\n");
}

describe("whatever breaks", () => {
  test.each(REGRESSIONS)("%s: %s", async (seed) => {
    expect(report(await simulate(seed))).toBe("");
  });

  test(`the rules hold and all is as git says in the end, in ${RUNS} random histories`, async () => {
    const failed: Simulated[] = [];
    const sum = { events: 0, writes: 0, runs: 0 };
    for (let index = 0; index < RUNS && failed.length < 20; index++) {
      const result = await simulate(`${PREFIX}${index}`);
      sum.events += result.events;
      sum.writes += result.writes;
      sum.runs = Math.max(sum.runs, result.runs);
      if (result.violations.length > 0) failed.push(result);
    }
    if (RUNS !== 100) process.stderr.write(`${JSON.stringify(sum)}\n`);
    const [first] = failed;
    expect(
      first === undefined
        ? ""
        : `${failed.map(({ seed, violations }) => `${seed}: ${violations[0]?.slice(0, 300)}`).join("\n")}\n${report(first)}`,
    ).toBe("");
    // A simulation in which nothing is done shows nothing.
    expect(sum.writes).toBeGreaterThan(RUNS * 5);
  }, 3_600_000);
});
