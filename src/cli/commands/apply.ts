import { type Command, Option } from "commander";
import type { Mode } from "../../applier/plan/input.ts";
import {
  readCount,
  readExecuteOptions,
  readRunOptions,
  withExecuteOptions,
  withRunOptions,
} from "../apply/options.ts";
import type { PlanRequest } from "../apply/plan.ts";
import { outputOption, type RegisterCommand } from "../command.ts";
import { readSelector, withSelectors } from "../selector.ts";

type Flags = Readonly<Record<string, unknown>>;

/** `ichor plan`: what apply would do now, against live machines. */
export const planCommand: RegisterCommand = (registration) => {
  const { program, finish } = registration;
  withPlanOptions(
    program.command("plan").description("what apply would do now: looks at the machines and changes nothing"),
  )
    .addOption(outputOption(["text", "json", "markdown"]))
    .option("--out <file>", "write the plan to a file that apply takes")
    .option("--detailed-exitcode", "exit code 2 where there is something to do")
    .action(async (flags: Flags) => {
      const { makePlan } = await import("../apply/plan.ts");
      const { output, out, detailedExitcode } = flags;
      const request = {
        ...readPlanRequest(flags),
        output: String(output),
        out: typeof out === "string" ? out : undefined,
        detailed: detailedExitcode === true,
      };
      finish(await makePlan(registration, request));
    });
};

/** `ichor drift`: what machines have otherwise than git says, for a schedule: exit code 2 where there is any. */
export const driftCommand: RegisterCommand = (registration) => {
  const { program, finish } = registration;
  withRunOptions(
    withSelectors(
      program
        .command("drift")
        .description("what machines have otherwise than git says; exit code 2 where there is any"),
    ),
  )
    .addOption(outputOption(["text", "json", "markdown"]))
    .action(async (flags: Flags) => {
      const { makePlan } = await import("../apply/plan.ts");
      const request = { ...readPlanRequest(flags), output: String(flags["output"]), out: undefined };
      finish(await makePlan(registration, { ...request, outsideWindow: true, detailed: true }));
    });
};

/** `ichor apply [FILE]`: makes the machines as git says. */
export const applyCommand: RegisterCommand = (registration) => {
  const { program, finish } = registration;
  withExecuteOptions(
    withPlanOptions(
      program
        .command("apply [plan]")
        .description("make the machines as git says: what a plan file says, or what is to be done now"),
    ),
  )
    .option("--resume [run]", "do what is left of a run that was cut off, the last one where none is named")
    .action(async (file: string | undefined, flags: Flags) => {
      const { applyPlan } = await import("../apply/apply.ts");
      const request = {
        ...readPlanRequest(flags),
        ...readExecuteOptions(flags),
        file,
        resume: readResume(flags["resume"]),
      };
      finish(await applyPlan(registration, request));
    });
};

/** `ichor status`: how the clusters are. */
export const statusCommand: RegisterCommand = (registration) => {
  const { program, finish } = registration;
  withRunOptions(
    withSelectors(
      program.command("status").description("one line for each cluster: as git says or not, and its health"),
    ),
  )
    .addOption(outputOption(["text", "wide", "json"]))
    .option("--detailed-exitcode", "exit code 2 where a cluster is not Synced and Healthy")
    .action(async (flags: Flags) => {
      const { showStatus } = await import("../apply/status.ts");
      const request = {
        ...readRunOptions(flags),
        selector: readSelector(flags),
        output: String(flags["output"]),
        detailed: flags["detailedExitcode"] === true,
      };
      finish(await showStatus(registration, request));
    });
};

const MODES: readonly Mode[] = ["auto", "no-reboot", "staged", "try"];

function withPlanOptions(command: Command): Command {
  return withRunOptions(withSelectors(command))
    .addOption(
      new Option("--mode <mode>", "how configurations are taken, as with talosctl apply-config")
        .choices([...MODES])
        .default("auto"),
    )
    .option("--outside-window", "also clusters whose window is closed: for a repair that cannot wait")
    .option(
      "--max-parallel <n>",
      "ordinary machines of a cluster at a time; the narrower of this and git counts",
    )
    .option("--max-change <n>", "machines that this run may change");
}

function readPlanRequest(flags: Flags): PlanRequest {
  return {
    ...readRunOptions(flags),
    selector: readSelector(flags),
    mode: MODES.find((mode) => mode === flags["mode"]) ?? "auto",
    maxParallel: readCount("--max-parallel", flags["maxParallel"]),
    maxChange: readCount("--max-change", flags["maxChange"]),
    drain: true,
  };
}

/** A flag that may have a value. */
function readResume(value: unknown): string | true | undefined {
  return typeof value === "string" || value === true ? value : undefined;
}
