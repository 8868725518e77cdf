/** What the Go program says of one version; the words are explained in common/table.go and common/types.go. */
export interface VersionTable {
  readonly kinds: Readonly<Record<string, Facts>>;
  readonly types: Readonly<Record<string, Facts>>;
}

type Facts = Readonly<Record<string, unknown>>;

/** What holds from one minor version of Talos on, and until another where it ended. */
interface Range<T> {
  readonly from: number;
  readonly to?: number;
  readonly is: T;
}

/** A value that holds in all versions stands for itself; an array lists the ranges of versions. */
type Versioned<T> = T | readonly Range<T>[];

/**
 * Joins the tables of several versions into the text of talos-fields.data.json: one kind and one type a line, so that
 * a change of one is a change of one line.
 *
 * @param tables by minor version of Talos
 */
export function combine(tables: ReadonlyMap<number, VersionTable>): string {
  const minors = [...tables.keys()].toSorted((a, b) => a - b);
  const kinds = versions(minors, (minor) => tables.get(minor)?.kinds ?? {});
  const types = versions(minors, (minor) => tables.get(minor)?.types ?? {});
  const lines = (entries: Readonly<Record<string, unknown>>) =>
    Object.entries(entries).map(([name, entry]) => `${JSON.stringify(name)}: ${JSON.stringify(entry)}`);
  const joined = mapValues(types, (perMinor) => joinType(minors, perMinor));
  return [
    `{ "minors": ${JSON.stringify(minors)},`,
    `"kinds": {\n${lines(mapValues(kinds, (perMinor) => toRanges(minors, perMinor))).join(",\n")}\n},`,
    `"types": {\n${lines(joined).join(",\n")}\n}`,
    "}\n",
  ].join("\n");
}

/** Per name what each version says; sorted by name. */
function versions<T>(minors: readonly number[], entries: (minor: number) => Readonly<Record<string, T>>) {
  const names = new Set(minors.flatMap((minor) => Object.keys(entries(minor))));
  const found: Record<string, ReadonlyMap<number, T>> = {};
  for (const name of [...names].toSorted()) {
    found[name] = new Map(
      minors.flatMap((minor) => {
        const entry = entries(minor)[name];
        return entry === undefined ? [] : [[minor, entry] as const];
      }),
    );
  }
  return found;
}

function mapValues<T, U>(entries: Readonly<Record<string, T>>, change: (entry: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, change(entry)]));
}

/** Structs differ by single fields, everything else as a whole. */
function joinType(minors: readonly number[], perMinor: ReadonlyMap<number, Facts>): Versioned<Facts> {
  const latest = [...perMinor.values()].at(-1);
  const isStruct = [...perMinor.values()].every((facts) => facts["class"] === "struct");
  if (!isStruct || latest === undefined) return shared(minors, perMinor);
  // Where a struct did not exist, nothing leads to it: its fields are not bounded by that.
  const own = [...perMinor.keys()];
  const fields = versions(own, (minor) => (perMinor.get(minor)?.["fields"] ?? {}) as Record<string, string>);
  const always = new Set([...perMinor.values()].flatMap((facts) => (facts["always"] ?? []) as string[]));
  return {
    ...latest,
    fields: mapValues(fields, (types) => toRanges(own, types)),
    ...(always.size > 0 ? { always: [...always].toSorted() } : {}),
  };
}

/** Like ranges, but what is the same wherever it exists needs none. */
function shared(minors: readonly number[], perMinor: ReadonlyMap<number, Facts>): Versioned<Facts> {
  const [first, ...others] = new Set([...perMinor.values()].map((facts) => JSON.stringify(facts)));
  return others.length === 0 ? JSON.parse(first ?? "null") : toRanges(minors, perMinor);
}

function toRanges<T>(minors: readonly number[], perMinor: ReadonlyMap<number, T>): Versioned<T> {
  const ranges: { from: number; to?: number; is: T }[] = [];
  for (const minor of minors) {
    const is = perMinor.get(minor);
    const last = ranges.at(-1);
    const continues =
      last !== undefined && last.to === undefined && JSON.stringify(last.is) === JSON.stringify(is);
    if (continues) continue;
    if (last !== undefined) last.to ??= minor - 1;
    if (is !== undefined) ranges.push({ from: minor, is });
  }
  const [only] = ranges;
  const isEverywhere = ranges.length === 1 && only?.from === minors[0] && only?.to === undefined;
  return isEverywhere && only !== undefined ? only.is : ranges;
}
