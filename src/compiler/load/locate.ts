import { isMap, isPair, isScalar, isSeq, type Node, type Pair } from "yaml";
import {
  type Diagnostic,
  type LocatedDiagnostic,
  type SourcePosition,
  type SourceRef,
  sortDiagnostics,
} from "../../core/diagnostic.ts";
import type { SourceTree } from "../../model/source-tree.ts";
import { type ParsedYaml, parseYaml } from "./parse-yaml.ts";
import { type SourceText, sourceText } from "./source-text.ts";

/**
 * Gives diagnostics their lines and columns and sorts them. Each file with one is parsed once more, with positions.
 * Of a place that could not be read for sure (ICH1xxx), what else was found there is left out: it speaks of a guess.
 */
export function locate(tree: SourceTree, diagnostics: readonly Diagnostic[]): LocatedDiagnostic[] {
  const find = createLocator(tree);
  const located = diagnostics.map((diagnostic) => ({
    ...diagnostic,
    at: find(diagnostic.at),
    ...(diagnostic.related === undefined
      ? {}
      : { related: diagnostic.related.map(({ message, at }) => ({ message, at: find(at) })) }),
  })) as LocatedDiagnostic[];
  const unread = new Set(located.filter(isOfLoad).map(({ at }) => JSON.stringify(at)));
  return sortDiagnostics(
    located.filter((diagnostic) => isOfLoad(diagnostic) || !unread.has(JSON.stringify(diagnostic.at))),
  );
}

function isOfLoad({ code }: Diagnostic): boolean {
  return code.startsWith("ICH1");
}

/** The line and column of one place. */
export function positionOf(tree: SourceTree, ref: SourceRef): SourcePosition {
  return createLocator(tree)(ref);
}

/** Finds positions; where the place itself is not written, that of the nearest thing above it that is. */
function createLocator(tree: SourceTree): (at: SourceRef | SourcePosition) => SourcePosition {
  const parsed = new Map<string, { readonly source: SourceText; readonly yaml: ParsedYaml }>();
  return (at) => {
    if ("line" in at) return at;
    const text = tree.get(at.file);
    if (typeof text !== "string") return { file: at.file, line: 1, column: 1 };
    let known = parsed.get(at.file);
    if (known === undefined) {
      const source = sourceText(at.file, text);
      known = { source, yaml: parseYaml(source.text) };
      parsed.set(at.file, known);
    }
    return known.source.positionAt(offsetOf(known.yaml, at));
  };
}

function offsetOf(yaml: ParsedYaml, at: SourceRef): number {
  const document = yaml.documents[at.document];
  let node: unknown = document?.contents;
  let offset = startOf(node) ?? document?.range[0] ?? 0;
  for (const [depth, step] of at.path.entries()) {
    const child = childOf(node, step);
    if (child === undefined) return offset;
    const wantsKey = at.on === "key" && depth === at.path.length - 1;
    const key = isPair(child) ? startOf(child.key) : undefined;
    node = isPair(child) ? child.value : child;
    offset = (wantsKey ? key : (startOf(node) ?? key)) ?? offset;
  }
  return offset;
}

function childOf(node: unknown, step: string | number): Pair | Node | undefined {
  if (isMap(node)) return node.items.find((pair) => keyText(pair.key) === String(step));
  if (isSeq(node)) return node.items[Number(step)] as Node | undefined;
  return undefined;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.source ?? key.value) : "";
}

/** A value that is not written, as in `key:`, has no place of its own. */
function startOf(node: unknown): number | undefined {
  const range = (node as Node | null | undefined)?.range;
  if (range === null || range === undefined) return undefined;
  return range[0] === range[1] ? undefined : range[0];
}
