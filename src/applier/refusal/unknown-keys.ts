import { isMapping } from "../../core/mapping.ts";
import type { Path } from "../../core/path.ts";

/** A line of YAML by its key, undefined for an item of a list, and what is below it. */
interface Entry {
  readonly key: string | undefined;
  readonly indent: number;
  readonly entries: Entry[];
}

/**
 * Where the keys are that Talos does not know.
 *
 * @param shown what it shows of the document: these keys with all that is in them, and the keys above them
 */
export function unknownKeys(document: unknown, shown: string): readonly Path[] {
  return findIn(document, readEntries(shown));
}

/** Only keys, dashes and indentation: which of them are keys at all is told by the document. */
function readEntries(yaml: string): readonly Entry[] {
  const root: Entry = { key: undefined, indent: -1, entries: [] };
  const open = [root];
  const add = (entry: Entry) => {
    while ((open.at(-1)?.indent ?? -1) >= entry.indent) open.pop();
    (open.at(-1) ?? root).entries.push(entry);
    open.push(entry);
  };
  for (const line of yaml.split("\n")) {
    let indent = /^ */.exec(line)?.[0].length ?? 0;
    let rest = line.slice(indent);
    for (; rest.startsWith("- "); rest = rest.slice(2)) {
      add({ key: undefined, indent, entries: [] });
      indent += 2;
    }
    const key = /^("?)(.+?)\1:(?: |$)/.exec(rest)?.[2];
    if (key !== undefined) add({ key, indent, entries: [] });
  }
  return root.entries;
}

function findIn(value: unknown, entries: readonly Entry[]): readonly Path[] {
  if (Array.isArray(value)) return findInList(value, entries);
  if (!isMapping(value)) return [];
  return entries.flatMap((entry): readonly Path[] => {
    const { key } = entry;
    if (key === undefined || !Object.hasOwn(value, key)) return [];
    // What is shown as a whole is not known; of what is known only a part is shown.
    if (isWhole(value[key], entry)) return [[key]];
    return findIn(value[key], entry.entries).map((path) => [key, ...path]);
  });
}

/** Items are shown in their order, and those without anything unknown not at all. */
function findInList(list: readonly unknown[], entries: readonly Entry[]): readonly Path[] {
  let next = 0;
  return entries.flatMap((entry): readonly Path[] => {
    for (let index = next; index < list.length; index++) {
      const paths = findIn(list[index], entry.entries);
      if (paths.length === 0) continue;
      next = index + 1;
      return paths.map((path) => [index, ...path]);
    }
    return [];
  });
}

function isWhole(value: unknown, { entries }: Entry): boolean {
  if (Array.isArray(value)) {
    return value.length === entries.length && entries.every((entry, at) => isWhole(value[at], entry));
  }
  if (!isMapping(value)) return true;
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return (
    keys.length === entries.length &&
    entries.every(
      (entry) => entry.key !== undefined && keys.includes(entry.key) && isWhole(value[entry.key], entry),
    )
  );
}
