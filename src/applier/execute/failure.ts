import type { ExecuteCode } from "../../core/codes/applier/execute.ts";
import { InternalError } from "../../core/invariant.ts";
import { KubernetesError, type KubernetesErrorCode } from "../kubernetes-api.ts";
import { PowerError } from "../power.ts";
import { TalosError } from "../talos-api.ts";
import type { Outcome, Problem } from "./events.ts";

/** Ends the work on a machine: what becomes of the machine, why, and whether the cluster goes on. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  readonly outcome: Outcome;
  readonly problem: Problem;
  /** Nothing new is started in the cluster. */
  readonly stops: boolean;

  constructor(outcome: Outcome, problem: Problem, options: { readonly stops: boolean } = { stops: true }) {
    super(problem.message);
    this.outcome = outcome;
    this.problem = problem;
    this.stops = options.stops;
  }
}

export function problem(code: ExecuteCode, message: string, hint?: string): Problem {
  return hint === undefined ? { code, message } : { code, message, hint };
}

/**
 * What was thrown, as a failure of the machine.
 *
 * @throws InternalError as it is: a bug is no failure of a machine
 */
export function failureOf(caught: unknown, redact: (text: string) => string): StepFailure {
  if (caught instanceof StepFailure) return caught;
  if (caught instanceof InternalError) throw caught;
  if (caught instanceof TalosError) {
    const { operation, code, details } = caught;
    return new StepFailure(
      "failed",
      problem("ICH8012", `${operation} failed (${code}): ${oneLine(redact(details))}`),
    );
  }
  if (caught instanceof KubernetesError) return kubernetesFailure(caught, redact);
  const words = caught instanceof Error ? caught.message : String(caught);
  return new StepFailure("failed", problem("ICH8012", oneLine(redact(words))));
}

/** What it means that a call to Kubernetes failed so. */
const KUBERNETES_WORDS = {
  unavailable: "does not answer",
  deadline: "does not answer in time",
  cancelled: "was not heard to the end",
  untrusted: "answers with a certificate that is not of the cluster's authorities",
  unauthorized: "does not take our certificate for one of an administrator",
  forbidden: "does not allow it",
} as const satisfies Partial<Record<KubernetesErrorCode, string>>;

const NO_DRAIN = "`--no-drain` is for clusters whose Kubernetes cannot be helped";

function kubernetesFailure(caught: KubernetesError, redact: (text: string) => string): StepFailure {
  const { cluster, code, operation, details } = caught;
  const call = `${operation} failed (${code}): ${oneLine(redact(details))}`;
  switch (code) {
    case "unavailable":
    case "deadline":
    case "cancelled": {
      const message = `Kubernetes of cluster "${cluster}" ${KUBERNETES_WORDS[code]}: ${call}`;
      return new StepFailure("waiting", problem("ICH8020", message, NO_DRAIN));
    }
    case "untrusted":
    case "unauthorized":
    case "forbidden": {
      const message = `Kubernetes of cluster "${cluster}" ${KUBERNETES_WORDS[code]}: ${call}`;
      return new StepFailure("failed", problem("ICH8021", message, NO_DRAIN));
    }
    case "not-found":
    case "conflict":
    case "invalid":
    case "internal":
      return new StepFailure("failed", problem("ICH8012", `Kubernetes of cluster "${cluster}": ${call}`));
  }
}

/** Whether the same call may be made again without harm. */
export function mayRepeat(caught: unknown): boolean {
  if (caught instanceof TalosError || caught instanceof KubernetesError) return caught.mayRepeat;
  return caught instanceof PowerError;
}

/** Whether nobody knows if the call was carried out. */
export function isUnknown(caught: unknown): boolean {
  return caught instanceof TalosError && ["unavailable", "deadline", "cancelled"].includes(caught.code);
}

/** Words of others, for a message. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 500 ? line : `${line.slice(0, 500)} …`;
}
