import { checkChange } from "../../compiler/compare/check-change.ts";
import { type Compilation, compile } from "../../compiler/compile.ts";
import { locate } from "../../compiler/load/locate.ts";
import { plaintextSecrets } from "../../compiler/validate/plaintext-secrets.ts";
import { readCommit } from "../../compiler/write/read-commit.ts";
import { readOutput } from "../../compiler/write/read-output.ts";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { hasErrors, type LocatedDiagnostic, sortDiagnostics } from "../../core/diagnostic.ts";
import { colorOf, outputOption, type RegisterCommand, type Registration, rootOf } from "../command.ts";
import { count } from "../count.ts";
import { EXIT } from "../exit-codes.ts";
import { formatGithub, formatJson, formatText } from "../format-diagnostics.ts";
import { requireRepository } from "../repository.ts";

interface Options {
  readonly output: string;
  readonly base?: string;
}

/** `ichor validate`: every problem of the repository, and nothing written. */
export const validate: RegisterCommand = (registration) => {
  registration.program
    .command("validate")
    .description("list every problem of the repository; writes nothing")
    .addOption(outputOption(["text", "json", "github"]))
    .option("--base <revision>", "also what may not change in one step since this commit")
    .action(async (options: Options) => {
      const root = requireRepository(rootOf(registration));
      const tree = readFolder(root);
      const compilation = compile(tree);
      const { inventory: before } =
        options.base === undefined ? { inventory: undefined } : compile(await readCommit(root, options.base));
      const { inventory: after } = compilation;
      const change = before === undefined || after === undefined ? [] : checkChange(before, after);
      const diagnostics = sortDiagnostics([
        ...compilation.diagnostics,
        ...locate(tree, change),
        ...locate(tree, plaintextSecrets(readOutput(root), [])),
      ]);
      print(registration, options.output, { compilation, diagnostics });
      registration.finish(hasErrors(diagnostics) ? EXIT.error : EXIT.ok);
    });
};

function print(
  registration: Registration,
  format: string,
  {
    compilation,
    diagnostics,
  }: { readonly compilation: Compilation; readonly diagnostics: readonly LocatedDiagnostic[] },
): void {
  const { stdout } = registration.terminal;
  if (format === "json") stdout(formatJson(diagnostics));
  else if (format === "github") stdout(formatGithub(diagnostics));
  else {
    stdout(formatText(diagnostics, { color: colorOf(registration) }));
    if (!hasErrors(diagnostics)) stdout(formatValid(compilation));
  }
}

function formatValid({ inventory }: Compilation): string {
  if (inventory === undefined) return "";
  const { sites, racks, servers, clusters } = inventory;
  const counts = [
    count(sites.size, "site"),
    count(racks.size, "rack"),
    count(servers.size, "server"),
    count(clusters.size, "cluster"),
  ];
  return `valid: ${counts.join(", ")}\n`;
}
