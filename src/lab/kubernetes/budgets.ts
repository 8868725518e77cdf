import { isMapping } from "../../core/mapping.ts";
import { keyOf } from "./pods.ts";
import { type Budget, type ClusterState, nextVersion } from "./state.ts";

/** Puts a disruption budget in the place of one of the same name. */
export function putBudget(state: ClusterState, budget: Budget): void {
  state.budgets.set(keyOf(budget), budget);
  nextVersion(state);
}

/** @returns whether there was one */
export function removeBudget(state: ClusterState, at: Pick<Budget, "namespace" | "name">): boolean {
  nextVersion(state);
  return state.budgets.delete(keyOf(at));
}

/**
 * Reads a budget that came as JSON.
 *
 * @returns what is wrong with it, as a text
 */
export function readBudget(value: unknown): Budget | string {
  if (!isMapping(value)) return "a budget is an object";
  const { namespace, name, labels, minAvailable, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) return `a budget has no ${JSON.stringify(other)}`;
  if (typeof namespace !== "string" || typeof name !== "string") return "a budget has a namespace and a name";
  if (typeof minAvailable !== "number" || !Number.isInteger(minAvailable) || minAvailable < 0) {
    return '"minAvailable" is a number of pods';
  }
  if (!isMapping(labels) || !isTexts(labels)) return '"labels" are those of the pods, as texts';
  return { namespace, name, labels, minAvailable };
}

function isTexts(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, string>> {
  return Object.values(value).every((entry) => typeof entry === "string");
}
