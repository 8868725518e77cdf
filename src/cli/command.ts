import { isAbsolute, join } from "node:path";
import { type Command, Option } from "commander";
import type { LeakGuard } from "../secrets/leaks/leak-guard.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** What a command is registered with. */
export interface Registration {
  readonly program: Command;
  readonly terminal: Terminal;
  /** Looks at everything that is printed; whoever opens a secret makes it known here first. */
  readonly guard: LeakGuard;
  /** Prints a result that holds a key made for the one who asked, and no other secret. */
  readonly printCredential: (text: string) => void;
  readonly finish: (code: ExitCode) => void;
}

/** Adds one command to the program. */
export type RegisterCommand = (registration: Registration) => void;

/** `-o text|json|…`, also by ICHOR_OUTPUT. */
export function outputOption(formats: readonly string[]): Option {
  return new Option("-o, --output <format>", "form of the result")
    .choices([...formats])
    .default(formats[0])
    .env("ICHOR_OUTPUT");
}

/** The folder of the repository that the command works on. */
export function rootOf(registration: Registration): string {
  const dir = String(registration.program.opts()["chdir"]);
  return isAbsolute(dir) ? dir : join(registration.terminal.cwd, dir);
}

/** Whether the result may have colours. */
export function colorOf(registration: Registration): boolean {
  return registration.terminal.color && registration.program.opts()["color"] !== false;
}
