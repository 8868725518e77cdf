import { checkChange } from "../../compiler/compare/check-change.ts";
import { compareCompilations } from "../../compiler/compare/compare.ts";
import { locate } from "../../compiler/load/locate.ts";
import { mergeBase, readCommit } from "../../compiler/write/read-commit.ts";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { emitJson } from "../../core/json.ts";
import { colorOf, outputOption, type RegisterCommand, type Registration, rootOf } from "../command.ts";
import { type Compiled, compileTree } from "../compile-here.ts";
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
        "what a change does to the machines: BASE (default HEAD) against the working tree, BASE..HEAD, or BASE...HEAD",
      )
      .addOption(outputOption(["text", "json"]))
      .option("--detailed-exitcode", "exit code 2 where there are changes"),
  ).action(async (range: string | undefined, options: Readonly<Record<string, unknown>>) => {
    const { base, head } = await readRange(rootOf(registration), range ?? "HEAD");
    const before = await compileAt(registration, base);
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
    const refused = locate(after.tree, checkChange(before.inventory, after.inventory));
    terminal.stderr(formatText(refused, { color: colorOf(registration) }));
    const changed = summary(comparison) !== "No changes.";
    finish(changed && options["detailedExitcode"] === true ? EXIT.changes : EXIT.ok);
  });
};

/** `A..B` are two commits, `A...B` what B changed since it left A, `A` alone a commit and the working tree. */
async function readRange(
  root: string,
  range: string,
): Promise<{ readonly base: string; readonly head: string | undefined }> {
  const [, left = "", dots = "", right = ""] = /^(.*?)(\.{2,3})(.*)$/.exec(range) ?? [range, range];
  const [base, head] = [left === "" ? "HEAD" : left, right === "" ? undefined : right];
  return { base: dots === "..." ? await mergeBase(root, base, head ?? "HEAD") : base, head };
}

/** Compiles a commit, or the working tree where none is named; prints errors and returns undefined for them. */
async function compileAt(
  registration: Registration,
  revision: string | undefined,
): Promise<Compiled | undefined> {
  const root = requireRepository(rootOf(registration));
  const tree = revision === undefined ? readFolder(root) : await readCommit(root, revision);
  const compiled = compileTree(tree);
  if (compiled.value !== undefined) return compiled.value;
  registration.terminal.stderr(`${revision ?? "the working tree"} has errors:\n`);
  registration.terminal.stderr(formatText(compiled.diagnostics, { color: colorOf(registration) }));
  return undefined;
}
