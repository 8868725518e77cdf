import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceTree } from "../../model/source-tree.ts";
import { scanOutput } from "./scan-output.ts";
import { nodeFs } from "./write-fs.ts";

/** What stands under generated/, whoever wrote it; not as sources, but to be looked through for secrets. */
export function readOutput(root: string): SourceTree {
  const { files } = scanOutput(root, nodeFs);
  const generated = [...files].filter((path) => path.startsWith("generated/")).sort();
  return new Map(generated.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}
