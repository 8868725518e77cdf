import { isMapping } from "../../core/mapping.ts";
import { type Path, valueAt } from "../../core/path.ts";

/** `a.b[0].c`, `a[0]`, `.a`: one word alone says nothing. */
const WRITTEN = String.raw`(?<![\w./"'-])(?:\.?[A-Za-z]\w*(?:\[\d+\])*(?:\.[A-Za-z]\w*(?:\[\d+\])*)+|[A-Za-z]\w*(?:\[\d+\])+|\.[A-Za-z]\w*)`;

/** A path that a text names. */
export interface NamedPath {
  /** As far as there is something. */
  readonly path: Path;
  readonly isWhole: boolean;
  /** What the text says after it. */
  readonly rest: string;
}

/** What the text speaks of first, `neighbor[0]: bfd.transmitInterval must …`, or else the first path that it names. */
export function namedPath(document: unknown, text: string): NamedPath | undefined {
  return leading(document, text) ?? anywhere(document, text);
}

function leading(document: unknown, text: string): NamedPath | undefined {
  const pattern = new RegExp(`^(?:${WRITTEN})(?=[: ]|$)`);
  let found: NamedPath | undefined;
  for (let rest = text; ; ) {
    const written = pattern.exec(rest)?.[0];
    if (written === undefined) return found;
    const base = found?.path ?? [];
    const next = follow(valueAt(document, base), written);
    if (next === undefined) return found;
    rest = rest.slice(written.length).replace(/^: /, "");
    found = { path: [...base, ...next.path], isWhole: next.isWhole, rest };
  }
}

function anywhere(document: unknown, text: string): NamedPath | undefined {
  const found = [...text.matchAll(new RegExp(WRITTEN, "g"))].flatMap(([written]) => {
    const followed = follow(document, written);
    return followed === undefined ? [] : [{ ...followed, rest: text }];
  });
  return found.find(({ isWhole }) => isWhole) ?? found[0];
}

/** Paths below `machine` and `cluster` are also written without these, and once with both. */
function follow(value: unknown, written: string): Omit<NamedPath, "rest"> | undefined {
  const steps = written
    .replace(/^\.?(?:machine\.(?=cluster\.))?/, "")
    .split(/[.[\]]+/)
    .filter((step) => step !== "")
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const bases: readonly Path[] = [[], ["machine"], ["cluster"]];
  return bases
    .map((base) => ({ ...walk(valueAt(value, base), steps), base }))
    .filter(({ path }) => path.length > 0)
    .map(({ path, base }) => ({ path: [...base, ...path], isWhole: path.length === steps.length }))
    .at(0);
}

function walk(value: unknown, steps: Path): { readonly path: Path } {
  const path: (string | number)[] = [];
  let at = value;
  for (const step of steps) {
    const key = keyIn(at, step);
    if (key === undefined) break;
    path.push(key);
    at = valueAt(at, [key]);
  }
  return { path };
}

/** Of lists Talos at times names one item: `neighbor[0]` for `neighbors`. */
function keyIn(value: unknown, step: string | number): string | number | undefined {
  if (typeof step === "number") return Array.isArray(value) && step < value.length ? step : undefined;
  if (!isMapping(value)) return undefined;
  return [step, `${step}s`].find((key) => value[key] !== undefined);
}
