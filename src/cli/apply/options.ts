import { type Command, Option } from "commander";
import { outputOption } from "../command.ts";
import { UsageError } from "../terminal.ts";

/** What plan, apply and status have in common beside selectors. */
export interface RunOptions {
  /** URL of a lab's control server; undefined for real machines. */
  readonly lab: string | undefined;
  /** Machines that are looked at a time. */
  readonly parallel: number;
  /** Whether clusters may be changed outside the windows that git gives them. */
  readonly outsideWindow: boolean;
}

export function withRunOptions(command: Command): Command {
  return withLabOption(command).addOption(
    new Option("--parallel <n>", "machines that are looked at a time").env("ICHOR_PARALLEL").default("64"),
  );
}

export function withLabOption(command: Command): Command {
  return command.addOption(
    new Option("--lab <url>", "simulated machines of `ichor lab up` instead of real ones").env("ICHOR_LAB"),
  );
}

export function readRunOptions(options: Readonly<Record<string, unknown>>): RunOptions {
  const { lab } = options;
  if (typeof lab === "string" && !/^http:\/\/127\.\d+\.\d+\.\d+:\d+$/.test(lab)) {
    throw new UsageError(`"${lab}" is no lab: a lab runs on this machine, as http://127.0.0.1:PORT`);
  }
  return {
    lab: typeof lab === "string" ? lab : undefined,
    outsideWindow: options["outsideWindow"] === true,
    parallel: readCount("--parallel", options["parallel"]) ?? 64,
  };
}

/** How a plan is carried out, beside where. */
export interface ExecuteOptions {
  readonly output: string;
  readonly dryRun: boolean;
  /** Without asking. */
  readonly yes: boolean;
  /** Where journal and leases are; undefined: in the user's folder. */
  readonly state: string | undefined;
  /** Whether nodes are drained before reboots. */
  readonly drain: boolean;
}

export function withExecuteOptions(command: Command): Command {
  return command
    .addOption(outputOption(["text", "json"]))
    .option("-y, --yes", "without asking")
    .option("--dry-run", "print the plan and do nothing")
    .option("--no-drain", "leave pods on nodes that are rebooted, and Kubernetes alone")
    .option("--state <dir>", "where journal and leases are; default: ichor/ in XDG_STATE_HOME");
}

export function readExecuteOptions(options: Readonly<Record<string, unknown>>): ExecuteOptions {
  const { output, dryRun, yes, state, drain } = options;
  return {
    output: String(output),
    dryRun: dryRun === true,
    yes: yes === true,
    state: typeof state === "string" ? state : undefined,
    drain: drain !== false,
  };
}

/** A flag that is a whole number from 1; undefined where it was not given. */
export function readCount(flag: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new UsageError(`${flag} is a whole number from 1`);
  return count;
}
