import { positionOf } from "../../compiler/load/locate.ts";
import type { Said } from "../../compiler/render/talos/explain-path.ts";
import { formatPath, type Path } from "../../core/path.ts";
import type { SourceTree } from "../../model/source-tree.ts";
import { formatTable } from "../get/table.ts";
import type { Explained } from "./explain-node.ts";

/** Explains for a terminal: who set the value and on which line, what that replaced, and who wrote what is inside. */
export function formatExplained(explained: Explained, tree: SourceTree): string {
  const head = `${explained.node} (${explained.place}), ${explained.file}\n`;
  return head + explained.parts.map((part) => formatPart(part, tree, explained.parts.length > 1)).join("");
}

function formatPart(part: Explained["parts"][number], tree: SourceTree, short: boolean): string {
  const { document, path, explanation } = part;
  const place = path === "" ? document : `${document}: ${path}`;
  const leaf = typeof explanation.value !== "object" || explanation.value === null;
  if (leaf) {
    const rows = [
      { what: "set by", ...said(explanation.winner, tree) },
      ...explanation.overridden.map((one) => ({ what: "instead of", ...said(one, tree) })),
    ];
    return `\n${place}\n${indent(rowsOf(["what", "value", "layer", "from"], rows))}`;
  }
  const written = explanation.contributors.filter(
    (one) => !short || (one.layer !== "ichor" && !isHeading(one.path)),
  );
  const rows = written.map((one) => ({ path: formatPath(one.path), ...said(one, tree) }));
  const made = short && rows.length === 0 ? ` (${explanation.winner.layer})` : "";
  return `\n${place}${made}\n${indent(rowsOf(["path", "value", "layer", "from"], rows))}`;
}

/** What tells documents apart comes with the document and needs no line of its own. */
function isHeading(path: Path): boolean {
  return path.length === 1 && ["apiVersion", "kind", "name"].includes(String(path[0]));
}

/** A table without its headings. */
function rowsOf(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  return formatTable(columns, rows).split("\n").slice(1).join("\n");
}

function said(
  one: Said,
  tree: SourceTree,
): { readonly value: string; readonly layer: string; readonly from: string } {
  const position = one.at === undefined ? undefined : positionOf(tree, one.at);
  return {
    value: one.value === undefined ? "(deleted)" : shorten(one.value),
    layer: one.layer,
    from: position === undefined ? "ichor's own" : `${position.file}:${position.line}:${position.column}`,
  };
}

function shorten(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const line = text.replaceAll("\n", "\\n");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
