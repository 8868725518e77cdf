import { CommanderError } from "commander";
import { GitError } from "../compiler/write/read-commit.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { guardOutput, LeakError } from "./guard-output.ts";
import { createProgram } from "./program.ts";
import { type Terminal, UsageError } from "./terminal.ts";

/** Runs one command line and gives its exit code; never throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const guarded = guardOutput(terminal);
  const program = createProgram(guarded, (result) => {
    code = result;
  });
  try {
    try {
      await program.parseAsync([...args], { from: "user" });
    } catch (caught) {
      code = explain(caught, guarded.terminal);
    }
    guarded.end();
    return code;
  } catch (caught) {
    // Nothing but a leak gets here, and what says so holds no secret; the guard lets nothing more pass.
    terminal.stderr(`error: ${caught instanceof LeakError ? caught.message : "the output failed"}\n`);
    return EXIT.bug;
  }
}

/** Says what went wrong, unless the parser of commands has said it. */
function explain(caught: unknown, { stderr }: Terminal): ExitCode {
  if (caught instanceof LeakError) throw caught;
  if (caught instanceof CommanderError) return caught.exitCode === 0 ? EXIT.ok : EXIT.error;
  if (caught instanceof UsageError || caught instanceof GitError || isSystemError(caught)) {
    stderr(`error: ${caught.message}\n`);
    return EXIT.error;
  }
  stderr(`${bugReport(caught)}\n`);
  return EXIT.bug;
}

/** What the operating system refused: a full disk, a folder that may not be written. */
function isSystemError(caught: unknown): caught is Error {
  return caught instanceof Error && "syscall" in caught && "code" in caught;
}

function bugReport(caught: unknown): string {
  const text = caught instanceof Error ? (caught.stack ?? caught.message) : String(caught);
  return `This is a bug in ichor; nothing more was written. Please report it with the lines below.\n${text}`;
}
