import type { ExecutionEvent } from "../../applier/execute/events.ts";
import { plainLine } from "../../applier/execute/plain.ts";
import type { Terminal } from "../terminal.ts";
import { advance, formatProgress, NO_PROGRESS } from "./progress.ts";

/** Shows a run while it goes on. */
export interface RunView {
  readonly onEvent: (event: ExecutionEvent) => void;
  /** After the last event. */
  readonly close: () => void;
}

/** JSON lines on stdout, a live view where stderr is a terminal, plain lines on stderr elsewhere. */
export function openView(terminal: Terminal, output: string): RunView {
  if (output === "json") {
    return { onEvent: (event) => terminal.stdout(`${JSON.stringify(event)}\n`), close: () => undefined };
  }
  return terminal.size() === undefined ? plainView(terminal) : liveView(terminal);
}

function plainView({ stderr }: Terminal): RunView {
  return {
    onEvent: (event) => {
      const line = plainLine(event);
      if (line !== undefined) stderr(`${line}\n`);
    },
    close: () => undefined,
  };
}

const REDRAW_MS = 250;

/** Draws over what it drew before: up so many lines, and clears from there (ECMA-48). */
function liveView({ stderr, size, now }: Terminal): RunView {
  let progress = NO_PROGRESS;
  let drawn = 0;
  const draw = () => {
    const lines = formatProgress(progress, now(), size() ?? { columns: 80, rows: 24 });
    stderr(`${drawn === 0 ? "" : `\u001b[${drawn}A`}\u001b[J${lines.join("\n")}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS);
  return {
    onEvent: (event) => {
      progress = advance(progress, event);
      // What went wrong stays on the screen, above the view.
      if (event.event !== "machine-done" || event.reasons.length === 0) return;
      stderr(`${drawn === 0 ? "" : `\u001b[${drawn}A`}\u001b[J${plainLine(event) ?? ""}\n`);
      drawn = 0;
      draw();
    },
    close: () => {
      clearInterval(timer);
      draw();
    },
  };
}
