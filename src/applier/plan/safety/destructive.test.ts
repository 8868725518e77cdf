import { describe, expect, test } from "vitest";
import type { DesiredCluster, DesiredMachine } from "../../desired.ts";
import type { Draft } from "../draft.ts";
import { siteBudgets, spend } from "./budget.ts";
import { checkReinstall } from "./machine.ts";

/** Nothing that a plan can say today takes a reinstall; what would is refused all the same. */

const CLUSTER = { name: "hel1-a", protect: true } as DesiredCluster;
const MACHINE = { name: "hel1-r001-u01", cluster: "hel1-a" } as DesiredMachine;

describe("a change that takes a reinstall", () => {
  test("is refused in a protected cluster and in any other", () => {
    expect(checkReinstall(CLUSTER, MACHINE, "reinstall")?.code).toBe("ICH7007");
    expect(checkReinstall({ ...CLUSTER, protect: false }, MACHINE, "wipe")?.code).toBe("ICH7014");
  });
  test("is not one that only reboots", () => {
    expect(checkReinstall(CLUSTER, MACHINE, "reboot")).toBeUndefined();
  });
  test("has a budget of its own", () => {
    const action = { do: "configure", mode: "auto", changes: [], impact: "wipe", reasons: [] } as const;
    const draft = (name: string) =>
      ({ machine: { ...MACHINE, name }, actions: [action], withheld: [], refusals: [] }) as unknown as Draft;
    const budgets = siteBudgets("hel1", [{ budgets: { wipe: 1 } }], 10);
    const [first, second] = spend([draft("a"), draft("b")], budgets);
    expect(first?.refusals).toEqual([]);
    expect(second?.refusals.map(({ code }) => code)).toEqual(["ICH7042"]);
  });
});
