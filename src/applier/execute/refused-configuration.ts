import type { SourceRef } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { formatPath } from "../../core/path.ts";
import type { DesiredMachine } from "../desired.ts";
import { locateRefusal, type RefusedPart, type RefusedPlace } from "../refusal/refusal.ts";
import type { TalosError } from "../talos-api.ts";
import type { MachineRun } from "./context.ts";
import { oneLine, problem, StepFailure } from "./failure.ts";

/** More problems of one configuration are only counted. */
const MOST = 20;

/**
 * What became of a configuration that was not taken: the machine's own words, each with our file and line as far as
 * they say what they speak of; or the error as it is.
 *
 * @param sent the configuration as the machine got it
 */
export function refusedConfiguration(
  run: MachineRun,
  caught: TalosError,
  sent: string,
): TalosError | StepFailure {
  if (caught.code !== "invalid-argument") return caught;
  const { machine, context } = run;
  const words = context.redact(caught.details);
  const found = locateRefusal(caught.details, { documents: machine.documents, sent });
  // What was withheld as a whole is not shown in parts: a secret may stand across them.
  const parts = words === caught.details ? found : found.map(({ place }) => ({ text: words, place }));
  const lines =
    parts.length === 0 ? [`${machine.file}: it does not say why`] : parts.map((part) => lineOf(run, part));
  const [only, ...others] = [...new Set(lines)];
  const message = `"${machine.name}" refuses ${others.length === 0 ? only : listed([only ?? "", ...others])}`;
  return new StepFailure("failed", problem("ICH8007", message, hintOf(machine, found)));
}

function lineOf({ machine, context }: MachineRun, { text, place }: RefusedPart): string {
  const at =
    place === undefined ? machine.file : positionOf(context.locate, { file: machine.file, ...place });
  return `${at}: ${oneLine(text)}`;
}

function positionOf(locate: MachineRun["context"]["locate"], ref: SourceRef): string {
  const { file, line, column } = locate(ref);
  return `${file}:${line}:${column}`;
}

function listed(lines: readonly string[]): string {
  const more = lines.length > MOST ? [`and ${lines.length - MOST} more`] : [];
  return ["its configuration:", ...lines.slice(0, MOST), ...more].join("\n  ");
}

/** The command that tells which file of the repository a value comes from. */
function hintOf({ name, documents }: DesiredMachine, parts: readonly RefusedPart[]): string | undefined {
  const place = parts.find((part) => part.place !== undefined)?.place;
  if (place === undefined) return undefined;
  return `\`ichor explain ${name} ${quoted(subjectOf(documents, place))}\` tells where it comes from`;
}

function subjectOf(documents: readonly unknown[], { document, path }: RefusedPlace): string {
  const found = documents[document];
  const { kind, name } = isMapping(found) ? found : {};
  const id = [kind, name].filter((part) => typeof part === "string").join("/") || "v1alpha1";
  const written = formatPath(path);
  if (written === "") return id;
  return id === "v1alpha1" ? written : `${id}:${written}`;
}

function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text}'`;
}
