import { compareText } from "../../core/diagnostic.ts";
import { emitJson } from "../../core/json.ts";
import { didYouMean } from "../../core/suggest.ts";
import { emitYaml } from "../../core/yaml-emit.ts";
import { outputOption, type RegisterCommand } from "../command.ts";
import { compileHere } from "../compile-here.ts";
import { EXIT } from "../exit-codes.ts";
import { RESOURCES, type Resource, type Row } from "../get/resources.ts";
import { formatTable } from "../get/table.ts";
import { readSelector, selects, withSelectors } from "../selector.ts";
import { UsageError } from "../terminal.ts";

/** `ichor get KIND [NAME]`: what the repository says there is, as a table or for other programs. */
export const get: RegisterCommand = (registration) => {
  const { program, terminal, finish } = registration;
  const kinds = RESOURCES.map((resource) => resource.name).join(", ");
  withSelectors(
    program
      .command("get <kind> [name]")
      .description(`list ${kinds}`)
      .addOption(outputOption(["table", "wide", "json", "yaml", "name"])),
  ).action((kind: string, name: string | undefined, options: Readonly<Record<string, unknown>>) => {
    const resource = findResource(kind);
    const compilation = compileHere(registration);
    if (compilation === undefined) {
      finish(EXIT.error);
      return;
    }
    const selector = readSelector(options);
    const rows = resource
      .rows(compilation.blueprint, compilation.inventory)
      .filter((row) => (name === undefined || row.name === name) && selects(selector, row))
      .toSorted((a, b) => compareText(a.name, b.name));
    if (name !== undefined && rows.length === 0) {
      throw new UsageError(
        `there is no ${resource.name.replace(/(e?s)$/, "")} "${name}" among those selected`,
      );
    }
    terminal.stdout(formatRows(resource, rows, String(options["output"])));
    finish(EXIT.ok);
  });
};

function findResource(kind: string): Resource {
  const found = RESOURCES.find((resource) => resource.name === kind || resource.aliases.includes(kind));
  if (found !== undefined) return found;
  const names = RESOURCES.map((resource) => resource.name);
  throw new UsageError(
    `nothing is called "${kind}"${didYouMean(kind, names)}; there are ${names.join(", ")}`,
  );
}

function formatRows(resource: Resource, rows: readonly Row[], format: string): string {
  const fields = rows.map((row) => row.fields);
  switch (format) {
    case "json":
      return emitJson({ formatVersion: "1.0", [resource.name]: fields });
    case "yaml":
      return emitYaml({ formatVersion: "1.0", [resource.name]: fields });
    case "name":
      return rows.map((row) => `${row.name}\n`).join("");
    case "wide":
      return formatTable([...new Set(fields.flatMap((row) => Object.keys(row)))], fields);
    default:
      return formatTable(resource.columns, fields);
  }
}
