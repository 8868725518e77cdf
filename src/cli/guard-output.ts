import { createLeakGuard, type Leak, type LeakGuard, type LeakStream } from "../secrets/leaks/leak-guard.ts";
import type { Terminal } from "./terminal.ts";

/** A secret was about to leave the process. What it was is said by its name alone. */
export class LeakError extends Error {
  override readonly name = "LeakError";

  constructor({ what, from }: Leak) {
    const which = from === undefined ? `a ${what}` : `the secret ${from}`;
    super(
      `ICH9303 the output was withheld: it would have held ${which}. This is a bug in ichor or a secret in a name; please report it without the secret`,
    );
  }
}

/** A terminal whose output is looked at before it leaves. */
export interface GuardedOutput {
  readonly terminal: Terminal;
  readonly guard: LeakGuard;
  readonly printCredential: (text: string) => void;
  /** Lets go what was kept back because it could have been the beginning of a secret. */
  readonly end: () => void;
}

/** Puts a leak guard before both outputs of a terminal: with the first secret found nothing leaves any more. */
export function guardOutput(terminal: Terminal): GuardedOutput {
  const guard = createLeakGuard();
  const stdout = guard.open();
  const stderr = guard.open();
  const write = (stream: LeakStream, out: (text: string) => void) => (text: string) => {
    pass(stream.write(text), out);
  };
  const guarded = {
    ...terminal,
    stdout: write(stdout, terminal.stdout),
    stderr: write(stderr, terminal.stderr),
  };
  return {
    guard,
    terminal: guarded,
    printCredential: (text) => {
      const leak = guard.check(text, { allowShapes: true });
      if (leak !== undefined) throw new LeakError(leak);
      pass(stdout.flush(), terminal.stdout);
      terminal.stdout(text);
    },
    end: () => {
      pass(stdout.flush(), terminal.stdout);
      pass(stderr.flush(), terminal.stderr);
    },
  };
}

function pass(passage: ReturnType<LeakStream["write"]>, out: (text: string) => void): void {
  if (passage.leak !== undefined) throw new LeakError(passage.leak);
  if (passage.text !== "") out(passage.text);
}
