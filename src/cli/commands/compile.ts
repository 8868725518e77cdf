import { type Compilation, compile } from "../../compiler/compile.ts";
import { locate } from "../../compiler/load/locate.ts";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { type WriteResult, writeArtifacts } from "../../compiler/write/write-artifacts.ts";
import { hasErrors } from "../../core/diagnostic.ts";
import { colorOf, type RegisterCommand, type Registration, rootOf } from "../command.ts";
import { formatFleet, formatWritten } from "../compile/summary.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatText } from "../format-diagnostics.ts";
import { requireRepository } from "../repository.ts";

interface Options {
  readonly check?: boolean;
  readonly overwrite?: boolean;
}

/** `ichor compile`: makes generated/ and the lock files what the repository says. */
export const compileCommand: RegisterCommand = (registration) => {
  registration.program
    .command("compile")
    .description("write generated/ and inventory/allocations/")
    .option("--check", "write nothing; exit code 2 where a file is not current")
    .option("--overwrite", "replace files in generated/ that somebody edited")
    .action((options: Options) => {
      registration.finish(run(registration, options));
    });
};

function run(registration: Registration, options: Options): ExitCode {
  const { terminal } = registration;
  const root = requireRepository(rootOf(registration));
  const tree = readFolder(root);
  const compilation = compile(tree);
  printDiagnostics(registration, compilation.diagnostics);
  if (hasErrors(compilation.diagnostics)) {
    terminal.stderr("nothing was written\n");
    return EXIT.error;
  }
  const check = options.check === true;
  const written = writeArtifacts(root, compilation.artifacts, {
    check,
    overwrite: options.overwrite === true,
  });
  printDiagnostics(registration, locate(tree, written.diagnostics));
  if (!check && hasErrors(written.diagnostics)) {
    terminal.stderr("nothing was written\n");
    return EXIT.error;
  }
  return report(registration, { compilation, written, check });
}

function report(
  registration: Registration,
  done: { readonly compilation: Compilation; readonly written: WriteResult; readonly check: boolean },
): ExitCode {
  const { compilation, written, check } = done;
  if (compilation.blueprint !== undefined) registration.terminal.stdout(formatFleet(compilation.blueprint));
  registration.terminal.stdout(formatWritten(written, check));
  const stale =
    written.created.length + written.changed.length + written.removed.length + written.edited.length;
  return check && stale > 0 ? EXIT.changes : EXIT.ok;
}

function printDiagnostics(registration: Registration, diagnostics: Compilation["diagnostics"]): void {
  if (diagnostics.length > 0) {
    registration.terminal.stderr(formatText(diagnostics, { color: colorOf(registration) }));
  }
}
