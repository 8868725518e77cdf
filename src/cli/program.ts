import { Command, Option } from "commander";
import type { Registration } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import type { ExitCode } from "./exit-codes.ts";

/** The whole command line; `finish` gets the exit code of the command that ran. */
export function createProgram(
  surroundings: Omit<Registration, "program" | "finish">,
  finish: (code: ExitCode) => void,
): Command {
  const { terminal } = surroundings;
  const program = new Command("ichor")
    .description(
      "Compiles a git repository of servers and clusters into everything a private cloud of Talos Linux clusters needs.",
    )
    .addOption(
      new Option("-C, --chdir <dir>", "the repository; default: this folder").env("ICHOR_CHDIR").default("."),
    )
    .addOption(new Option("--no-color", "no colours, as with NO_COLOR"))
    .version(VERSION, "-V, --version")
    .showHelpAfterError("(--help lists what there is)")
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .exitOverride();
  for (const command of COMMANDS) command({ ...surroundings, program, finish });
  for (const command of program.commands) settle(command, program);
  return program;
}

/** What all commands have in common: errors as here, and for each flag the variable ICHOR_<FLAG>. */
function settle(command: Command, parent: Command): void {
  command.exitOverride().copyInheritedSettings(parent);
  for (const option of command.options) {
    if (option.envVar === undefined) option.env(`ICHOR_${option.name().replaceAll("-", "_").toUpperCase()}`);
  }
  for (const inner of command.commands) settle(inner, command);
}

/** The version of ichor, as in package.json; a test keeps both equal. */
export const VERSION = "0.1.0";
