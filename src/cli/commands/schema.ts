import { emitJson } from "../../core/json.ts";
import { didYouMean } from "../../core/suggest.ts";
import { publishedSchemas } from "../../model/json-schema.ts";
import type { RegisterCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { UsageError } from "../terminal.ts";

/** `ichor schema [KIND]`: the JSON Schemas of the files that people edit. */
export const schema: RegisterCommand = ({ program, terminal, finish }) => {
  program
    .command("schema [kind]")
    .description("print the JSON Schema of a kind; without one, list the kinds")
    .action((kind: string | undefined) => {
      const schemas = publishedSchemas();
      if (kind === undefined) {
        terminal.stdout(`${[...schemas.keys()].map((file) => file.replace(/\.json$/, "")).join("\n")}\n`);
        finish(EXIT.ok);
        return;
      }
      const file = `${kind.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.json`;
      const found = schemas.get(file);
      if (found === undefined) {
        const names = [...schemas.keys()].map((name) => name.replace(/\.json$/, ""));
        throw new UsageError(`there is no kind "${kind}"${didYouMean(kind, names)}`);
      }
      terminal.stdout(emitJson(found));
      finish(EXIT.ok);
    });
};
