import type { ChangedPath, DocumentChange, Plan, Refusal } from "./plan.ts";
import { changedLines, shortValue, visible } from "./value-lines.ts";
import { type ActionGroup, type ClusterView, placeOf, viewPlan } from "./view.ts";

/** At most so many names, or refusals of a kind, are listed before "and n more". */
const SHOWN_MAX = 6;

/** The plan for a terminal. Its last line is a summary like Terraform's. */
export function formatPlan(plan: Plan): string {
  const { groups, clusters, summary } = viewPlan(plan);
  const parts = [...groups.map(formatGroup), ...clusters.map(formatCluster)];
  return `${[...parts, `${summary}\n`].join("\n")}`;
}

function formatGroup({ mark, title, reasons, changes, byCluster }: ActionGroup): string {
  const names = byCluster.flatMap(({ machines }) => machines);
  const [only] = byCluster;
  const lines =
    names.length === 1 && only !== undefined
      ? [`${mark} ${names[0]} of ${only.cluster}: ${title}`]
      : [
          `${mark} the same on ${names.length} machines: ${title}`,
          ...byCluster.map(({ cluster, machines }) => `    ${cluster}: ${listNames(machines)}`),
        ];
  const why = reasons.map((reason) => `    because ${reason}`);
  return `${[...lines, ...why, ...changes.flatMap(changeLines)].join("\n")}\n`;
}

const MARKS = { added: "+", removed: "-", changed: "~" } as const;

function changeLines({ document, change, paths }: DocumentChange): string[] {
  return paths.flatMap((path) => {
    const place = `    ${markOfPath(change, path)} ${visible(placeOf(document, path.path))}`;
    const impact = path.impact === "none" ? "" : ` (${path.impact})`;
    const [live, desired] = [shortValue(path.live), shortValue(path.desired)];
    if (live !== undefined && desired !== undefined && live !== desired)
      return [`${place}: ${live} -> ${desired}${impact}`];
    if (live === undefined && path.live === undefined && desired !== undefined)
      return [`${place}: ${desired}${impact}`];
    if (desired === undefined && path.desired === undefined && live !== undefined)
      return [`${place}: ${live}${impact}`];
    return [`${place}${impact}`, ...changedLines(path.live, path.desired).map((line) => `        ${line}`)];
  });
}

function markOfPath(change: DocumentChange["change"], { live, desired }: ChangedPath): string {
  if (change !== "changed") return MARKS[change];
  return live === undefined ? MARKS.added : desired === undefined ? MARKS.removed : MARKS.changed;
}

function formatCluster(view: ClusterView): string {
  const lines = [
    `cluster ${view.cluster} in ${view.site}`,
    ...view.refusals.flatMap((refusal) => refusalLines(refusal)),
    ...(view.after.length === 0 ? [] : [`  waits for: ${listNames(view.after)}`]),
    ...view.steps.map((names, index) => `  step ${index + 1}: ${listNames(names)}`),
    ...view.against.flatMap(({ code, refusals }) => [
      ...refusals.slice(0, SHOWN_MAX).flatMap((refusal) => refusalLines(refusal)),
      ...(refusals.length > SHOWN_MAX
        ? [`  ! and ${refusals.length - SHOWN_MAX} more machines for the same reason (${code})`]
        : []),
    ]),
    ...view.notes.map(({ note, machines }) => `  note: ${listNames(machines)}: ${note}`),
    ...(view.unchanged === 0 ? [] : [`  as they should be: ${view.unchanged}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function refusalLines({ code, message, hint, kind }: Refusal): string[] {
  const verb = kind === "wait" ? "waits" : kind === "refused" ? "refused" : "not seen";
  return [
    `  ! ${verb}: ${visible(message)} (${code})`,
    ...(hint === undefined ? [] : [`      hint: ${hint}`]),
  ];
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_MAX).join(", ");
  return names.length > SHOWN_MAX ? `${shown} and ${names.length - SHOWN_MAX} more` : shown;
}

/** The plan for a pull request: the same in Markdown. */
export function formatPlanMarkdown(plan: Plan): string {
  const { groups, clusters, summary } = viewPlan(plan);
  const parts = [
    `## ${summary}\n`,
    ...groups.map(markdownGroup),
    ...clusters.map((view) => `### ${codeSpan(view.cluster)}\n\n${codeBlock("", formatCluster(view))}`),
  ];
  return parts.join("\n");
}

function markdownGroup(group: ActionGroup): string {
  const { mark, title, reasons, changes, byCluster } = group;
  const count = byCluster.reduce((sum, { machines }) => sum + machines.length, 0);
  const where = byCluster.map(({ cluster, machines }) => {
    const names = machines.slice(0, SHOWN_MAX).map(codeSpan).join(", ");
    const more = machines.length > SHOWN_MAX ? ` and ${machines.length - SHOWN_MAX} more` : "";
    return `- ${codeSpan(cluster)}: ${names}${more}\n`;
  });
  const why = reasons.map((reason) => `- because ${codeSpan(reason)}\n`);
  const body = changes.flatMap(changeLines);
  // In a block of the kind diff a line is coloured by its first character.
  const diff = body.map((line) => line.replace(/^ {4}(?: {4})?/, ""));
  return `**${mark} ${count === 1 ? "1 machine" : `${count} machines`}**: ${codeSpan(title)}\n\n${[...where, ...why].join("")}${diff.length === 0 ? "" : `\n${codeBlock("diff", `${diff.join("\n")}\n`)}`}`;
}

/** A fence longer than any in the text: what machines say ends no block. */
function codeBlock(language: string, text: string): string {
  const fence = "`".repeat(Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return `${fence}${language}\n${text}${fence}\n`;
}

function codeSpan(text: string): string {
  const fence = "`".repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${pad}${text.replaceAll("\n", " ")}${pad}${fence}`;
}
