import { compile } from "../../compiler/compile.ts";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { hasErrors } from "../../core/diagnostic.ts";
import { colorOf, outputOption, type RegisterCommand, rootOf } from "../command.ts";
import { count } from "../count.ts";
import { EXIT } from "../exit-codes.ts";
import { formatGithub, formatJson, formatText } from "../format-diagnostics.ts";
import { requireRepository } from "../repository.ts";

/** `ichor validate`: every problem of the repository, and nothing written. */
export const validate: RegisterCommand = (registration) => {
  registration.program
    .command("validate")
    .description("list every problem of the repository; writes nothing")
    .addOption(outputOption(["text", "json", "github"]))
    .action((options: { readonly output: string }) => {
      const { terminal, finish } = registration;
      const root = requireRepository(rootOf(registration));
      const { diagnostics, inventory } = compile(readFolder(root));
      const failed = hasErrors(diagnostics);
      if (options.output === "json") terminal.stdout(formatJson(diagnostics));
      else if (options.output === "github") terminal.stdout(formatGithub(diagnostics));
      else if (diagnostics.length > 0)
        terminal.stdout(formatText(diagnostics, { color: colorOf(registration) }));
      if (options.output === "text" && !failed && inventory !== undefined) {
        const { sites, racks, servers, clusters } = inventory;
        terminal.stdout(
          `valid: ${count(sites.size, "site")}, ${count(racks.size, "rack")}, ${count(servers.size, "server")}, ${count(clusters.size, "cluster")}\n`,
        );
      }
      finish(failed ? EXIT.error : EXIT.ok);
    });
};
