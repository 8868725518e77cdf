import type { Code } from "../../core/codes.ts";
import { type Diagnostic, error, type Outcome, type SourceRef } from "../../core/diagnostic.ts";
import { joinPath } from "../../core/path.ts";
import { didYouMean } from "../../core/suggest.ts";
import {
  BACKEND_NAMES,
  type Backend,
  backendEntry,
  isBackend,
  isVariable,
  isVault,
  type ParameterName,
  parameterEntry,
} from "./backends.ts";

/**
 * Where a secret is kept, in the spelling of vals: `ref+BACKEND://PATH?parameters#/key`.
 *
 * @see https://github.com/helmfile/vals
 */
export interface Reference {
  readonly backend: Backend;
  /**
   * Of `sops` and `file` a path from the root of the repository, or for `file` an absolute one; of `env` the
   * name of a variable, of `envsubst` the same after a dollar sign; of Vault the mount and the path of the secret.
   */
  readonly path: string;
  readonly parameters: Readonly<Partial<Record<ParameterName, string>>>;
  /** The keys that lead to the secret (a JSON pointer, RFC 6901); empty for the whole file or variable. */
  readonly pointer: readonly string[];
}

/** Something is wrong with the text of a reference; caught by {@link parseReference}, never seen outside. */
interface Refusal {
  readonly code: Code;
  readonly message: string;
  readonly hint?: string;
}

type Parsed<T> = { readonly value: T } | { readonly refusals: readonly Refusal[] };

const MARK = "ref+";
const ELSEWHERE = /(?:secret)?ref\+[A-Za-z0-9]*:\/\//;

/** Whether a text is meant as a reference; {@link parseReference} says whether it is one. */
export function isReference(text: string): boolean {
  return text.startsWith(MARK);
}

/**
 * Reads a scalar that is exactly one reference. Messages name backend and parameters, and of the text no more: what
 * does not have the form of a reference may be a secret.
 *
 * @returns undefined without a diagnostic where the text has nothing of a reference; undefined with ICH9201 to
 * ICH9205 where it is a broken one
 */
export function parseReference(text: string, at: SourceRef): Outcome<Reference | undefined> {
  if (!isReference(text) && !ELSEWHERE.test(text)) return { value: undefined, diagnostics: [] };
  const parsed = parse(text);
  if ("value" in parsed) return { value: parsed.value, diagnostics: [] };
  const diagnostics = parsed.refusals.map(
    ({ code, message, hint }): Diagnostic => error(code, at, message, hint === undefined ? {} : { hint }),
  );
  return { value: undefined, diagnostics };
}

/** Writes a reference down so that {@link parseReference} reads the same, and vals too where it knows the rest. */
export function formatReference({ backend, path, parameters, pointer }: Reference): string {
  const query = Object.entries(parameters).map(([name, value]) => `${name}=${encode(value)}`);
  const written = encode(path);
  // For vals the first step of a path is a host, which can have neither percent signs nor colons of its own.
  const start = !isVault(backend) && /^[^/]*[%:]/.test(written) ? "./" : "";
  const parts = [MARK, backend, "://", start, written, query.length === 0 ? "" : "?", query.join("&")];
  return `${parts.join("")}${formatPointer(pointer)}`;
}

/** A reference as messages name it: without its parameters, in double quotes. */
export function describeReference(reference: Reference): string {
  return `"${formatReference({ ...reference, parameters: {} })}"`;
}

function formatPointer(pointer: readonly string[]): string {
  const steps = pointer.map((step) => `/${encode(step.replaceAll("~", "~0").replaceAll("/", "~1"))}`);
  return steps.length === 0 ? "" : `#${steps.join("")}`;
}

/** What neither a URL nor vals takes for a sign of its own stays as it is. */
function encode(text: string): string {
  return text.replace(/[^A-Za-z0-9._~/$@:-]/gu, encodeURIComponent);
}

function refused(code: Code, message: string, hint?: string): { readonly refusals: readonly Refusal[] } {
  return { refusals: [hint === undefined ? { code, message } : { code, message, hint }] };
}

function malformed(message: string, hint?: string): { readonly refusals: readonly Refusal[] } {
  return refused("ICH9201", message, hint);
}

function parse(text: string): Parsed<Reference> {
  const foreign = findForeign(text);
  if (foreign !== undefined) return foreign;
  const head = /^ref\+([^:/?#]*):\/\//.exec(text);
  if (head === null) {
    return malformed(
      "the value begins with `ref+`, but `ref+BACKEND://PATH` does not follow",
      `the backends are ${list(BACKEND_NAMES)}`,
    );
  }
  const backend = head[1] ?? "";
  if (!isBackend(backend)) return unknownBackend(backend);
  const [beforeKey = "", key, ...moreKeys] = text.slice(head[0].length).split("#");
  if (moreKeys.length > 0) return malformed("the reference has a second `#`", "write `%23` for it in a key");
  const mark = beforeKey.indexOf("?");
  const path = parsePath(backend, mark === -1 ? beforeKey : beforeKey.slice(0, mark));
  const parameters = parseParameters(backend, mark === -1 ? undefined : beforeKey.slice(mark + 1));
  const pointer = parsePointer(backend, key);
  if ("value" in path && "value" in parameters && "value" in pointer) {
    return { value: { backend, path: path.value, parameters: parameters.value, pointer: pointer.value } };
  }
  return {
    refusals: [path, parameters, pointer].flatMap((part) => ("refusals" in part ? part.refusals : [])),
  };
}

/** What stands around the reference. */
function findForeign(text: string): Parsed<never> | undefined {
  const alone = "write the reference alone into the value; ichor pieces no texts together";
  if (!isReference(text.trimStart())) {
    return malformed(
      "the value has text before the reference",
      text.startsWith("secretref+") ? "write `ref+` instead of `secretref+`" : alone,
    );
  }
  if (text !== text.trim()) {
    return malformed(
      "the value has a space or a line break around the reference",
      "write it on the line of its key: `key: ref+...`; a block scalar ends with a line break",
    );
  }
  if (ELSEWHERE.test(text.slice(MARK.length))) return malformed("the value has a second reference", alone);
  if (/\s/.test(text)) {
    const hint = `${alone}; a space in a path or a key is written \`%20\``;
    return malformed("the value has a space or a line break after the reference begins", hint);
  }
  // For vals these end a reference, so that what follows would be text behind it.
  if (text.includes("+", MARK.length) || /[",]$/.test(text)) {
    const hint = `${alone}; \`+\` in a path or a key is written \`%2B\`, \`"\` \`%22\` and \`,\` \`%2C\``;
    return malformed(
      'the value has text after the reference: `+` ends it, and so do a last `,` and `"`',
      hint,
    );
  }
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) {
    return malformed("the reference has a character that cannot be printed");
  }
  return undefined;
}

function unknownBackend(name: string): Parsed<never> {
  if (name === "")
    return malformed("the reference names no backend", `the backends are ${list(BACKEND_NAMES)}`);
  const shown = /^[A-Za-z0-9_-]{1,32}$/.test(name) ? ` "${name}"` : "";
  return refused(
    "ICH9202",
    `there is no backend${shown}${shown === "" ? " of this name" : didYouMean(name, BACKEND_NAMES)}`,
    `the backends are ${list(BACKEND_NAMES)}`,
  );
}

function decodePercent(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return /\p{Cc}/u.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

const PERCENT = "write `%25` for a percent sign itself; control characters are not possible";

function parsePath(backend: Backend, text: string): Parsed<string> {
  const path = decodePercent(text);
  if (path === undefined) return malformed("the path has a `%` that encodes no character", PERCENT);
  if (path === "" || path === "/") return malformed("the reference names no path");
  if (isVault(backend)) return parseVaultPath(path);
  if (backend === "env") {
    if (isVariable(path)) return { value: path };
    return malformed("the reference names no environment variable", "write `ref+env://NAME`");
  }
  if (backend === "envsubst") {
    if (path.startsWith("$") && isVariable(path.slice(1))) return { value: path };
    return malformed("the reference names no environment variable", "write `ref+envsubst://$NAME`");
  }
  if (backend === "sops" && path.startsWith("/")) {
    const hint = "write two slashes after `ref+sops:` and the path from the root of the repository";
    return refused("ICH9205", `the file "${path}" is not in the repository`, hint);
  }
  const normal = joinPath("", path);
  if (normal === undefined) return refused("ICH9205", `the path "${path}" leaves the repository`);
  if (normal === "") return malformed("the reference names no file, but the root of the repository");
  return { value: path.startsWith("/") ? `/${normal}` : normal };
}

function parseVaultPath(path: string): Parsed<string> {
  const steps = path.split("/");
  if (steps.length < 2) {
    return malformed("the reference names a mount of Vault, but no secret in it", "write `MOUNT/PATH`");
  }
  if (steps.some((step) => step === "" || step === "." || step === "..")) {
    return malformed('a path in Vault has no empty steps, and neither "." nor ".."');
  }
  return { value: path };
}

function parseParameters(backend: Backend, query: string | undefined): Parsed<Reference["parameters"]> {
  if (query === undefined) return { value: {} };
  const parameters = new Map<ParameterName, string>();
  const refusals: Refusal[] = [];
  for (const part of query.split("&")) {
    const parsed = parseParameter(backend, part);
    if ("refusals" in parsed) refusals.push(...parsed.refusals);
    else if (parameters.has(parsed.value[0])) {
      refusals.push({ code: "ICH9201", message: `the parameter \`${parsed.value[0]}\` is there twice` });
    } else parameters.set(...parsed.value);
  }
  return refusals.length > 0 ? { refusals } : { value: Object.fromEntries(parameters) };
}

function parseParameter(backend: Backend, part: string): Parsed<readonly [ParameterName, string]> {
  const [name = "", ...rest] = part.split("=");
  const value = decodePercent(rest.join("="));
  if (!/^\w{1,40}$/.test(name)) return malformed("a parameter has no name", "write `?name=value&name=value`");
  if (name === "secret_id" && isVault(backend)) {
    const hint = "put it into VAULT_SECRET_ID, or name another environment variable by `secret_id_env`";
    return refused("ICH9204", "the parameter `secret_id` would be a secret that everybody can read", hint);
  }
  const known: readonly ParameterName[] = backendEntry(backend).parameters;
  const parameter = known.find((candidate) => candidate === name);
  if (parameter === undefined) {
    const message = `\`ref+${backend}\` has no parameter "${name}"${didYouMean(name, known)}`;
    return refused("ICH9203", message, `its parameters are ${list(known)}`);
  }
  const { is, form } = parameterEntry(parameter);
  if (value === undefined || !is(value)) {
    return refused("ICH9204", `the parameter \`${name}\` is not ${form}`);
  }
  return { value: [parameter, value] };
}

function parsePointer(backend: Backend, text: string | undefined): Parsed<readonly string[]> {
  const { key } = backendEntry(backend);
  if (text === undefined) {
    if (key !== "needed") return { value: [] };
    return malformed(`\`ref+${backend}\` needs the key of the secret`, "add it at the end: `#/key`");
  }
  if (key === "refused") return malformed(`\`ref+${backend}\` has no keys`, "remove the part from `#` on");
  const pointer = decodePercent(text);
  if (pointer === undefined) return malformed("the key has a `%` that encodes no character", PERCENT);
  if (!pointer.startsWith("/")) return malformed("the key does not begin with `/`", "write `#/key`");
  if (/~(?![01])/.test(pointer)) {
    return malformed("the key has a `~` that encodes nothing", "write `~0` for `~` and `~1` for `/`");
  }
  const steps = pointer.slice(1).split("/");
  if (steps.includes("")) return malformed("a step of the key is empty", "write `#/key` or `#/key/key`");
  return { value: steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")) };
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
