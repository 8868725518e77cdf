import { compareCompilations } from "../../compiler/compare/compare.ts";
import { type Compilation, compile } from "../../compiler/compile.ts";
import { readCommit } from "../../compiler/write/read-commit.ts";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { hasErrors } from "../../core/diagnostic.ts";
import { emitJson } from "../../core/json.ts";
import { colorOf, outputOption, type RegisterCommand, type Registration, rootOf } from "../command.ts";
import { formatComparison, summary } from "../diff/format-comparison.ts";
import { isNarrowing, narrow } from "../diff/narrow.ts";
import { EXIT } from "../exit-codes.ts";
import { formatText } from "../format-diagnostics.ts";
import { requireRepository } from "../repository.ts";
import { readSelector, withSelectors } from "../selector.ts";

/** `ichor diff [BASE[..HEAD]]`: what the change between two commits does; asks no machine and needs no key. */
export const diff: RegisterCommand = (registration) => {
  const { program, terminal, finish } = registration;
  withSelectors(
    program
      .command("diff [range]")
      .description(
        "what a change does to the machines: BASE (default HEAD) against the working tree, or BASE..HEAD",
      )
      .addOption(outputOption(["text", "json"]))
      .option("--detailed-exitcode", "exit code 2 where there are changes"),
  ).action(async (range: string | undefined, options: Readonly<Record<string, unknown>>) => {
    const [base = "HEAD", head] = (range ?? "HEAD").split("..");
    const before = await compileAt(registration, base === "" ? "HEAD" : base);
    const after = before === undefined ? undefined : await compileAt(registration, head);
    if (before === undefined || after === undefined) {
      finish(EXIT.error);
      return;
    }
    const whole = compareCompilations(before, after);
    const selector = readSelector(options);
    const comparison = isNarrowing(selector) ? narrow(whole, [before, after], selector) : whole;
    terminal.stdout(
      options["output"] === "json"
        ? emitJson({ formatVersion: "1.0", ...comparison })
        : formatComparison(comparison),
    );
    const changed = summary(comparison) !== "No changes.";
    finish(changed && options["detailedExitcode"] === true ? EXIT.changes : EXIT.ok);
  });
};

/** Compiles a commit, or the working tree where none is named; prints errors and returns undefined for them. */
async function compileAt(
  registration: Registration,
  revision: string | undefined,
): Promise<Compilation | undefined> {
  const root = requireRepository(rootOf(registration));
  const tree =
    revision === undefined || revision === "" ? readFolder(root) : await readCommit(root, revision);
  const compilation = compile(tree);
  if (!hasErrors(compilation.diagnostics)) return compilation;
  registration.terminal.stderr(`${revision ?? "the working tree"} has errors:\n`);
  registration.terminal.stderr(formatText(compilation.diagnostics, { color: colorOf(registration) }));
  return undefined;
}
