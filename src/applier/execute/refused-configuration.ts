import type { TalosError } from "../talos-api.ts";
import type { MachineRun } from "./context.ts";
import { failureOf, problem, StepFailure } from "./failure.ts";

/** What became of a configuration that was not taken: the machine's own words with our file, or the error as it is. */
export function refusedConfiguration(run: MachineRun, caught: TalosError): TalosError | StepFailure {
  if (caught.code !== "invalid-argument") return caught;
  const { message } = failureOf(caught, run.context.redact).problem;
  const { machine } = run;
  return new StepFailure(
    "failed",
    problem("ICH8007", `"${machine.name}" refuses ${machine.file}: ${message}`),
  );
}
