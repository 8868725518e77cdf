/** Steps from the root of a document to a value in it, e.g. `["spec", "servers", "hel1-r001-u01", "u"]`. */
export type Path = readonly (string | number)[];

/** Prints a path as people write it: `spec.workers[1].pool`, names that need it quoted: `spec.ports["a.b"]`. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z0-9_-]+$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `["${step}"]`;
  }
  return text;
}

/**
 * Reads a path as {@link formatPath} prints it.
 *
 * @returns undefined where the text is no path
 */
export function parsePath(text: string): Path | undefined {
  const steps: (string | number)[] = [];
  const step = /(?:^|\.)([A-Za-z0-9_/-]+)|\[(\d+)\]|\["([^"]*)"\]/y;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return undefined;
    if (match[2] !== undefined) steps.push(Number(match[2]));
    else steps.push(match[1] ?? match[3] ?? "");
  }
  return steps;
}

/**
 * The steps of a JSON pointer, all as text.
 *
 * @returns undefined where the text is none
 * @see https://www.rfc-editor.org/rfc/rfc6901
 */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text === "") return [];
  if (!text.startsWith("/") || /~(?![01])/.test(text)) return undefined;
  return text
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at a path of a plain value, or undefined where there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/**
 * The path of a file named relative to another file, both with forward slashes from the root of the repository.
 *
 * @returns undefined where it would leave the repository
 */
export function joinPath(from: string, relative: string): string | undefined {
  const steps = relative.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const step of relative.split("/")) {
    if (step === "..") {
      if (steps.pop() === undefined) return undefined;
    } else if (step !== "." && step !== "") steps.push(step);
  }
  return steps.join("/");
}
