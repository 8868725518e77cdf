import { buildGo, buildTool, goPrograms, tools } from "./go.ts";

/**
 * Builds every Go program and tool before the conformance tests start, so that no test waits for a compiler.
 *
 * @throws Error that says what to install where there is no Go: nothing is skipped
 */
export function setup(): void {
  for (const program of goPrograms) buildGo(program);
  for (const tool of tools) buildTool(tool);
}
