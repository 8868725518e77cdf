import { createHash, timingSafeEqual } from "node:crypto";
import { isMapping, type Mapping } from "../../core/mapping.ts";
import type { Path } from "../../core/path.ts";
import { isTelling, secretForms } from "./secret-forms.ts";
import { isSecretPath, mayHoldSecret, talosKind } from "./secret-paths.ts";
import { findSecretShape } from "./shapes.ts";
import { createWindowIndex, type WindowIndex } from "./window-index.ts";

/** Stands for a value that is a secret, or may be one. */
export const SECRET_MARKER = "<secret>";

/** Stands for a live value that is another one than the repository's reference leads to. */
export const DIFFERS_MARKER = "<secret: the live value differs>";

/** A Talos document three times. What is absent is undefined: a document that only one side has. */
export interface Redaction {
  /** As in `generated/`: secrets are references. */
  readonly desired: unknown;
  /** The same with every reference replaced by the value it leads to. */
  readonly resolved: unknown;
  /** As the machine has it. */
  readonly live: unknown;
}

/** What may be shown of a document to anybody. */
export interface Redacted {
  readonly desired: unknown;
  readonly live: unknown;
}

/** How many characters of a secret count as a part of it. */
const PART = 12;

/**
 * Makes a document and its live counterpart fit to be shown and compared, without any value of a secret, its length or
 * its hash:
 *
 * - where the desired document has a reference, the live value is shown as that reference where it is what the
 *   reference leads to, and as {@link DIFFERS_MARKER} where it is not;
 * - where Talos keeps secrets (secret-paths.ts), a value that is no reference is {@link SECRET_MARKER}, and so is
 *   what only the machine has at a place for anything, such as an environment variable;
 * - so is every other text, or key, that has the form of a secret or has 12 consecutive characters of one in it.
 *
 * All else is shown as it is. Elements of lists are matched by their index. Where a list has a reference in one of its
 * elements, the same place of every element counts as a secret's, so an element that moved shows nothing.
 */
export function redact({ desired, resolved, live }: Redaction): Redacted {
  const kind = talosKind(desired === undefined ? live : desired);
  const references: Reference[] = [];
  collect(desired, resolved, [], references);
  const known = createWindowIndex<undefined>(PART / 2);
  for (const { value } of references) learn(known, value);
  const view: View = { kind, known, places: new Set(references.map(({ path }) => placeKey(path))) };
  return {
    desired: showDesired(view, desired, resolved, []),
    live: showLive(view, { desired, resolved, live }, []),
  };
}

interface View {
  readonly kind: string;
  readonly known: WindowIndex<undefined>;
  /** Where references stand, with every element of a list alike. */
  readonly places: ReadonlySet<string>;
}

interface Reference {
  readonly path: Path;
  readonly value: unknown;
}

const REFERENCE = /^ref\+[a-z][a-z0-9]*:\/\/\S+$/;

/** A reference is what was replaced, or what looks like one and was not. */
function isReference(desired: unknown, resolved: unknown): desired is string {
  return typeof desired === "string" && (desired !== resolved || REFERENCE.test(desired));
}

function collect(desired: unknown, resolved: unknown, path: Path, references: Reference[]): void {
  if (isReference(desired, resolved)) references.push({ path, value: resolved });
  else
    for (const [step, part] of partsOf(desired))
      collect(part, partOf(resolved, step), [...path, step], references);
}

/** Knows what a reference leads to, be it a text or a tree of them. */
function learn(known: WindowIndex<undefined>, value: unknown): void {
  for (const [, part] of partsOf(value)) learn(known, part);
  const text = typeof value === "number" || typeof value === "bigint" ? String(value) : value;
  if (typeof text !== "string" || !isTelling(text.trim())) return;
  for (const form of secretForms(text)) known.add(form, Math.min(PART, form.length), undefined);
}

function showDesired(view: View, desired: unknown, resolved: unknown, path: Path): unknown {
  if (isReference(desired, resolved)) return isSafe(view, desired) ? desired : SECRET_MARKER;
  if (!isTree(desired)) {
    const isPlain = isEmpty(desired) || !isSecretPath(view.kind, path, desired);
    return isPlain && isSafe(view, desired) ? desired : SECRET_MARKER;
  }
  return rebuild(view, desired, (part, step) =>
    showDesired(view, part, partOf(resolved, step), [...path, step]),
  );
}

function showLive(view: View, { desired, resolved, live }: Redaction, path: Path): unknown {
  if (live === undefined) return undefined;
  if (isReference(desired, resolved)) {
    return isSame(live, resolved) && isSafe(view, desired) ? desired : DIFFERS_MARKER;
  }
  if (isTree(live)) {
    return rebuild(view, live, (part, step) =>
      showLive(view, { desired: partOf(desired, step), resolved: partOf(resolved, step), live: part }, [
        ...path,
        step,
      ]),
    );
  }
  if (isEmpty(live)) return live;
  // A scalar in the place of a tree with references in it may be any of them.
  const isDesired = !isTree(desired) && live === desired;
  if (isSecretPath(view.kind, path, live))
    return isDesired || desired === undefined ? SECRET_MARKER : DIFFERS_MARKER;
  if (isDesired) return isSafe(view, live) ? live : SECRET_MARKER;
  const isOpen = desired === undefined && mayHoldSecret(view.kind, path);
  if (isOpen || isNearReference(view, path)) return SECRET_MARKER;
  return isSafe(view, live) ? live : SECRET_MARKER;
}

/** Whether a reference stands at this place of any element of the lists above, or above or below it. */
function isNearReference(view: View, path: Path): boolean {
  const key = placeKey(path);
  return [...view.places].some((place) => place === key || place.startsWith(key) || key.startsWith(place));
}

function placeKey(path: Path): string {
  return path.map((step) => (typeof step === "number" ? "*/" : `${JSON.stringify(step)}/`)).join("");
}

/** The same tree with other leaves; keys that are themselves secrets are not shown. */
function rebuild(
  view: View,
  tree: Mapping | readonly unknown[],
  show: (part: unknown, step: string | number) => unknown,
): unknown {
  if (Array.isArray(tree)) return tree.map((part: unknown, index) => show(part, index));
  return Object.fromEntries(
    Object.entries(tree).map(([key, part]) => [isSafe(view, key) ? key : SECRET_MARKER, show(part, key)]),
  );
}

/** Whether nothing of a scalar is a known secret or has the form of one. */
function isSafe(view: View, scalar: unknown): boolean {
  if (scalar === null || scalar === undefined || typeof scalar === "boolean") return true;
  const text = typeof scalar === "string" ? scalar : canonical(scalar);
  return view.known.find(text) === undefined && findSecretShape(text) === undefined;
}

/** Nothing, or what Talos shows in the place of a secret. */
function isEmpty(scalar: unknown): boolean {
  return scalar === null || scalar === undefined || scalar === "" || scalar === "******";
}

/** Compares without telling by the time it takes how much is equal. */
function isSame(live: unknown, resolved: unknown): boolean {
  return timingSafeEqual(digest(live), digest(resolved));
}

function digest(value: unknown): Buffer {
  return createHash("sha256")
    .update(`${typeof value} ${canonical(value)}`, "utf8")
    .digest();
}

function canonical(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (!isTree(value)) return JSON.stringify(value) ?? "";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`);
  return `{${entries.sort().join(",")}}`;
}

function isTree(value: unknown): value is Mapping | readonly unknown[] {
  return typeof value === "object" && value !== null;
}

function partsOf(value: unknown): (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((part: unknown, index) => [index, part] as const);
  return isMapping(value) ? Object.entries(value) : [];
}

function partOf(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return typeof step === "number" ? (value[step] as unknown) : undefined;
  return isMapping(value) && typeof step === "string" && Object.hasOwn(value, step) ? value[step] : undefined;
}
