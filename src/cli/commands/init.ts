import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { emitJson } from "../../core/json.ts";
import { publishedSchemas } from "../../model/json-schema.ts";
import { type RegisterCommand, rootOf } from "../command.ts";
import { count } from "../count.ts";
import { EXIT } from "../exit-codes.ts";
import { INIT_FILES } from "../init/files.ts";
import { UsageError } from "../terminal.ts";

/** `ichor init [DIR]`: a new fleet repository that compiles at once. */
export const init: RegisterCommand = (registration) => {
  const { program, terminal, finish } = registration;
  program
    .command("init [dir]")
    .description("make a new fleet repository that compiles at once; never overwrites a file")
    .action((dir: string | undefined) => {
      const here = rootOf(registration);
      const root = dir === undefined ? here : isAbsolute(dir) ? dir : join(here, dir);
      const files = initialFiles();
      const existing = [...files.keys()].filter((path) => existsSync(join(root, path)));
      if (existing.length > 0) {
        throw new UsageError(
          `${join(root, existing[0] ?? "")} exists; nothing was written (init never overwrites)`,
        );
      }
      for (const [path, text] of files) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text, { flag: "wx" });
      }
      terminal.stdout(`wrote ${count(files.size, "file")} to ${root}\n`);
      terminal.stdout(nextSteps(dir));
      finish(EXIT.ok);
    });
};

function initialFiles(): ReadonlyMap<string, string> {
  const schemas = [...publishedSchemas()].map(
    ([file, schema]) => [`schemas/${file}`, emitJson(schema)] as const,
  );
  return new Map([...Object.entries(INIT_FILES), ...schemas]);
}

function nextSteps(dir: string | undefined): string {
  const enter = dir === undefined ? "" : `  cd ${dir}\n`;
  return `next:
${enter}  git init && git add . && git commit -m "A new fleet"
  ichor compile        # makes generated/ and inventory/allocations/
  git diff             # or git status: what it made
  then replace the site, rack, servers and cluster by your own, and compile again
  ichor secrets keygen, ichor secrets init --help   # how the cluster gets its secrets
`;
}
