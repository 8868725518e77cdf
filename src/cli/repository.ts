import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./terminal.ts";

/** The folder, where it is the root of a fleet repository; a usage error that says what to do where it is not. */
export function requireRepository(root: string): string {
  if (!existsSync(root)) throw new UsageError(`there is no folder ${root}`);
  if (!existsSync(join(root, "inventory"))) {
    throw new UsageError(
      `${root} has no inventory/ folder, so it is no fleet repository; go to the root of one, name it with -C, or make one with "ichor init"`,
    );
  }
  return root;
}
