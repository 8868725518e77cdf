import type { Change } from "../../compiler/compare/changes.ts";
import type { ChangeGroup, Comparison, Membership } from "../../compiler/compare/compare.ts";
import { formatPath } from "../../core/path.ts";
import { emitYaml } from "../../core/yaml-emit.ts";
import { count } from "../count.ts";

/** At most so many names are listed before "and n more". */
const NAMES_MAX = 6;

/** The whole comparison for a terminal, ending with a summary as Terraform's. */
export function formatComparison(comparison: Comparison): string {
  const parts = [
    ...comparison.groups.map(formatGroup),
    formatMembers("joins", "+", comparison.joining),
    formatMembers("leaves", "-", comparison.leaving),
    formatClaims(comparison),
    formatFiles(comparison),
  ].filter((part) => part !== "");
  return `${parts.join("\n")}${parts.length > 0 ? "\n" : ""}${summary(comparison)}\n`;
}

/** `3 machines to add, 12 to change, 1 to release`, or that nothing changes. */
export function summary(comparison: Comparison): string {
  const { joining, leaving, groups, files } = comparison;
  const changed = new Set(groups.flatMap((group) => group.machines.map((machine) => machine.name))).size;
  if (joining.length + leaving.length + changed + files.length === 0) return "No changes.";
  return `Diff: ${count(joining.length, "machine")} to add, ${changed} to change, ${leaving.length} to release; ${count(files.length, "other file")} changed.`;
}

function formatGroup(group: ChangeGroup): string {
  const clusters = new Set(group.machines.map((machine) => machine.cluster));
  const lines = count(group.changes.length, "change");
  const where = `${count(group.machines.length, "machine")} of ${count(clusters.size, "cluster")}`;
  const impact =
    group.reason === undefined ? `impact ${group.impact}` : `impact ${group.impact}: ${group.reason}`;
  const names = group.machines.map((machine) => machine.name);
  return `the same ${lines} on ${where} (${impact})\n  ${[...clusters].sort().join(", ")}: ${listNames(names)}\n${group.changes.map(formatChange).join("")}`;
}

function formatChange(change: Change): string {
  const place = change.path.length === 0 ? change.document : `${change.document}: ${formatPath(change.path)}`;
  const mark = change.before === undefined ? "+" : change.after === undefined ? "-" : "~";
  const [before, after] = [short(change.before), short(change.after)];
  const values =
    before !== undefined && after !== undefined
      ? ` ${before} -> ${after}\n`
      : `\n${block("-", change.before)}${block("+", change.after)}`;
  return `  ${mark} ${place}${values}`;
}

/** A value that fits on a line; undefined for any other, and where there is none. */
function short(value: unknown): string | undefined {
  if (value === undefined || (typeof value === "object" && value !== null)) return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.includes("\n") || text.length > 100 ? undefined : text;
}

/** A value as YAML, each line with its mark. A long text is shown as it is: it is what will be on the machine. */
function block(mark: string, value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : emitYaml(value);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `      ${mark} ${line}\n`)
    .join("");
}

function formatMembers(verb: string, mark: string, members: readonly Membership[]): string {
  const byGroup = Map.groupBy(members, (member) => `${member.cluster}/${member.group}`);
  return [...byGroup]
    .map(([group, list]) => `${mark} ${listNames(list.map((member) => member.name))} ${verb} ${group}\n`)
    .join("");
}

function formatClaims(comparison: Comparison): string {
  if (comparison.claims.length === 0) return "";
  const lines = comparison.claims.map(
    ({ server, before, after }) => `  ~ ${server}: ${before} -> ${after}\n`,
  );
  return `claims\n${lines.join("")}`;
}

function formatFiles(comparison: Comparison): string {
  if (comparison.files.length === 0) return "";
  const marks = { added: "+", changed: "~", removed: "-" } as const;
  const byFolder = Map.groupBy(comparison.files, ({ path }) => path.split("/").slice(0, 5).join("/"));
  const lines = [...byFolder].map(([folder, files]) =>
    files.length > NAMES_MAX
      ? `  ~ ${folder}: ${count(files.length, "file")}\n`
      : files.map(({ path, change }) => `  ${marks[change]} ${path}\n`).join(""),
  );
  return `other files\n${lines.join("")}`;
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX).join(", ");
  return names.length > NAMES_MAX ? `${shown} and ${names.length - NAMES_MAX} more` : shown;
}
