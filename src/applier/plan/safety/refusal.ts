import type { planCodes } from "../../../core/codes/applier/plan.ts";
import type { Refusal } from "../plan.ts";

type Code = keyof typeof planCodes;

/** Why something is not done, by a rule of safety. */
export function refused(code: Code, message: string, hint?: string): Refusal {
  return { code, message, ...(hint === undefined ? {} : { hint }), kind: "refused" };
}

/** Why something is not done now; it may be another time, without anybody's doing. */
export function wait(code: Code, message: string, hint?: string): Refusal {
  return { code, message, ...(hint === undefined ? {} : { hint }), kind: "wait" };
}

/** A fact in the way of one machine; the rest goes on. */
export function unreachable(code: Code, message: string, hint?: string): Refusal {
  return { code, message, ...(hint === undefined ? {} : { hint }), kind: "unreachable" };
}
