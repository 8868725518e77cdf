import { isCode } from "../../core/codes.ts";
import { emitJson } from "../../core/json.ts";
import { outputOption, type RegisterCommand } from "../command.ts";
import { compileHere } from "../compile-here.ts";
import { EXIT } from "../exit-codes.ts";
import { explainNode } from "../explain/explain-node.ts";
import { formatCode } from "../explain/format-code.ts";
import { formatExplained } from "../explain/format-explained.ts";
import { UsageError } from "../terminal.ts";

/** `ichor explain CODE` or `ichor explain NODE [PATH]`: what a code means, or where a value comes from. */
export const explain: RegisterCommand = (registration) => {
  const { program, terminal, finish } = registration;
  program
    .command("explain <subject> [path]")
    .description(
      "what a code means (ICH3001), or where a value of a node's configuration comes from (NODE [KIND[/NAME]:]a.b[0].c)",
    )
    .addOption(outputOption(["text", "json"]))
    .action((subject: string, path: string | undefined, options: { readonly output: string }) => {
      const code = subject.toUpperCase();
      if (/^ICH\d/.test(code)) {
        if (!isCode(code)) throw new UsageError(`there is no code ${code}; docs/errors.md has them all`);
        terminal.stdout(formatCode(code));
        finish(EXIT.ok);
        return;
      }
      const compilation = compileHere(registration);
      if (compilation === undefined) {
        finish(EXIT.error);
        return;
      }
      const explained = explainNode(compilation.blueprint, subject, path);
      terminal.stdout(
        options.output === "json"
          ? emitJson({ formatVersion: "1.0", ...explained })
          : formatExplained(explained, compilation.tree),
      );
      finish(EXIT.ok);
    });
};
