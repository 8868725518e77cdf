import { isMapping, type Mapping } from "../../core/mapping.ts";
import type { Path } from "../../core/path.ts";
import type { ConfigurationChange } from "../../model/talos-impact.ts";
import { createLeakGuard, type LeakGuard } from "../../secrets/leaks/leak-guard.ts";
import { type Redacted, redact, SECRET_MARKER } from "../../secrets/leaks/redact.ts";
import { secretPathsIn } from "../../secrets/leaks/secret-paths.ts";
import { documentsById, isPresent, isSame, isSameConfiguration, keysOf, own } from "./documents.ts";

/** Three readings of a machine's configuration; lists of documents. */
export interface Configurations {
  /** With references. */
  readonly desired: readonly unknown[];
  /** The same with secrets in place of references. */
  readonly resolved: readonly unknown[];
  readonly live: readonly unknown[];
}

/** A difference as it is judged, and as it may be shown to everybody. */
export interface Difference {
  readonly change: "added" | "removed" | "changed";
  /** Holds the values as they are: never to be shown. */
  readonly judged: ConfigurationChange;
  readonly shown: { readonly path: Path; readonly live: unknown; readonly desired: unknown };
}

/**
 * What the machine has otherwise than git says, by document and path. Talos takes the whole configuration, so what only
 * the machine has goes.
 *
 * @param guard learns the machine's secrets; one for several machines learns what they share once
 */
export function compareConfigurations(
  { desired, resolved, live }: Configurations,
  guard: LeakGuard = createLeakGuard(),
): Difference[] {
  const said = documentsById(desired);
  const wanted = documentsById(resolved);
  const has = documentsById(live);
  if (!isSameConfiguration(resolved, live)) learnSecrets(guard, { desired, resolved, live });
  return [...new Set([...wanted.keys(), ...has.keys()])].sort().flatMap((id) => {
    const [want, have] = [wanted.get(id), has.get(id)];
    if (isSame(want, have)) return [];
    const redacted = redact({ desired: said.get(id), resolved: want, live: have });
    const change = have === undefined ? "added" : want === undefined ? "removed" : "changed";
    const paths = change === "changed" ? differingPaths(have, want, []) : [[]];
    return paths.map((path): Difference => {
      const judged = { document: id, path, before: valueIn(have, path), after: valueIn(want, path) };
      return { change, judged, shown: scrub(guard, shownAt(redacted, path)) as Difference["shown"] };
    });
  });
}

/** The deepest places at which two values differ. */
function differingPaths(a: unknown, b: unknown, path: Path): Path[] {
  if (isSame(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b) && isElementwise(a, b)) {
    return a.flatMap((item: unknown, index) => differingPaths(item, b[index], [...path, index]));
  }
  const [left, right] = [asMapping(a), asMapping(b)];
  if (left === undefined || right === undefined || keysOf(left, right).length === 0) return [path];
  const deeper = keysOf(left, right).flatMap((key) =>
    differingPaths(own(left, key), own(right, key), [...path, key]),
  );
  // An empty mapping that comes or goes differs as a whole: in Talos some switch a feature on.
  return deeper.length === 0 ? [path] : deeper;
}

/** Lists are compared by their places only where these stayed: a list whose elements moved is one value. */
function isElementwise(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((item, index) => isSame(item, b[index]) || (isMapping(item) && isMapping(b[index])));
}

/** What comes as a whole is judged by its parts, as if there had been an empty mapping. */
function asMapping(value: unknown): Mapping | undefined {
  if (isMapping(value)) return value;
  return isPresent(value) ? undefined : {};
}

function valueIn(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) value = partOf(value, step);
  return value ?? undefined;
}

function partOf(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return typeof step === "number" ? value[step] : undefined;
  return isMapping(value) ? own(value, String(step)) : undefined;
}

/** Both sides at a path of redacted documents; a key that was hidden there hides all below it here too. */
function shownAt(sides: Redacted, path: Path): Difference["shown"] {
  let { live, desired } = sides;
  for (const [index, step] of path.entries()) {
    if (!hasStep(live, step) && !hasStep(desired, step)) {
      return { path: [...path.slice(0, index), SECRET_MARKER], live: SECRET_MARKER, desired: SECRET_MARKER };
    }
    live = partOf(live, step);
    desired = partOf(desired, step);
  }
  return { path, live: live ?? undefined, desired: desired ?? undefined };
}

function hasStep(value: unknown, step: string | number): boolean {
  if (Array.isArray(value)) return typeof step === "number" && step < value.length;
  return isMapping(value) && Object.hasOwn(value, String(step));
}

/**
 * Knows every secret of the machine, those that it has and those that it is to have. A document is redacted by itself;
 * this finds the secret of one document in another.
 */
function learnSecrets(guard: LeakGuard, { desired, resolved, live }: Configurations): void {
  const said = documentsById(desired);
  const has = documentsById(live);
  for (const [id, want] of documentsById(resolved)) {
    for (const path of referencesIn(said.get(id), want, [])) {
      guard.learnTree(valueIn(want, path), "");
      guard.learnTree(valueIn(has.get(id), path), "");
    }
  }
  for (const document of [...resolved, ...live]) {
    for (const path of secretPathsIn(document)) guard.learnTree(valueIn(document, path), "");
  }
}

/** Where a reference was replaced. */
function referencesIn(desired: unknown, resolved: unknown, path: Path): Path[] {
  if (typeof desired === "string") return desired === resolved ? [] : [path];
  if (Array.isArray(desired)) {
    return desired.flatMap((item: unknown, index) =>
      referencesIn(item, partOf(resolved, index), [...path, index]),
    );
  }
  if (!isMapping(desired)) return [];
  return Object.entries(desired).flatMap(([key, part]) =>
    referencesIn(part, partOf(resolved, key), [...path, key]),
  );
}

/** The same value without known secrets, and without what JSON has no form for. */
function scrub(guard: LeakGuard, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => scrub(guard, item));
  if (isMapping(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [scrub(guard, key), scrub(guard, part)]),
    );
  }
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) {
    return scrub(guard, String(value));
  }
  if (typeof value !== "string" && typeof value !== "number") return value;
  return guard.check(String(value)) === undefined ? value : SECRET_MARKER;
}
