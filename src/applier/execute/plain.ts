import type { ExecutionEvent, MachineResult, Outcome } from "./events.ts";

/** An event as a line for people without a terminal, such as a CI log; undefined for what they need not see. */
export function plainLine(event: ExecutionEvent): string | undefined {
  const text = textOf(event);
  return text === undefined ? undefined : `${event.at} ${text}`;
}

function textOf(event: ExecutionEvent): string | undefined {
  switch (event.event) {
    case "run-started":
      return `run ${event.run}: ${count(event.machines, "machine")} in ${count(event.clusters, "cluster")}`;
    case "cluster-started":
      return `${event.cluster}: ${count(event.machines, "machine")} to change`;
    case "machine-started":
      return `${event.cluster}/${event.machine}: ${event.actions.join(", ")}`;
    case "step-started":
      return event.attempt === 1
        ? undefined
        : `${event.cluster}/${event.machine}: ${event.step}, attempt ${event.attempt}`;
    case "step-done":
      return event.step === "look" ? undefined : `${event.cluster}/${event.machine}: ${event.step} done`;
    case "step-failed":
      return event.again
        ? `${event.cluster}/${event.machine}: ${event.step} failed, is tried again: ${event.problem.message}`
        : undefined;
    case "waiting":
      return `${event.cluster}/${event.machine}: ${event.step} waits until ${event.until}: ${event.for}`;
    case "machine-done":
      return resultLine(event);
    case "cluster-done":
      return event.failed ? `${event.cluster}: stopped` : `${event.cluster}: done`;
    case "run-done":
      return `run ${event.run}: ${summary(event.results)}`;
  }
}

function resultLine({ cluster, machine, outcome, reasons }: MachineResult): string {
  const why = reasons.map(({ code, message, hint }) =>
    hint === undefined ? `${code} ${message}` : `${code} ${message} (${hint})`,
  );
  return [`${cluster}/${machine ?? "*"}: ${outcome}`, ...why].join(": ");
}

const ORDER: readonly Outcome[] = ["done", "unchanged", "waiting", "refused", "failed", "not-started"];

function summary(results: readonly MachineResult[]): string {
  const counts = ORDER.map(
    (outcome) => [outcome, results.filter((one) => one.outcome === outcome).length] as const,
  );
  const parts = counts.filter(([, number]) => number > 0).map(([outcome, number]) => `${number} ${outcome}`);
  return parts.length === 0 ? "nothing to do" : parts.join(", ");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
