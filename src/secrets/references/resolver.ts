import { type Diagnostic, error, type Outcome, type SourceRef, within } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import { isMapping } from "../../core/mapping.ts";
import { isVault } from "./backends.ts";
import { createDocuments, type Documents } from "./documents.ts";
import { type Found, missing, type Problem } from "./found.ts";
import { decodeBase64, leafAt, textOf } from "./leaf.ts";
import {
  describeReference,
  formatReference,
  isReference,
  parseReference,
  type Reference,
} from "./reference.ts";
import type { ReferenceSources } from "./sources.ts";
import { createVault, type Vault } from "./vault.ts";
import { VAULT_LIMITS, type VaultLimits } from "./vault-http.ts";

/** Puts secrets into the places of the references to them. Asks for each file and each secret once in its life. */
export interface Resolver {
  /** The secret that a reference leads to; undefined with errors where it cannot be had. */
  readonly resolve: (reference: Reference, at: SourceRef) => Promise<Outcome<string | undefined>>;
  /**
   * A copy of a plain value in which every reference is replaced by its secret; keys stay as they are. All or
   * nothing: undefined with the errors of all references where one of them fails.
   */
  readonly resolveTree: (value: unknown, at: SourceRef) => Promise<Outcome<unknown>>;
  /** Every secret that was read so far, tokens of logins among them, for those who have to keep them out of texts. */
  readonly secrets: () => ReadonlySet<string>;
}

/** References that a secret may lead through. */
const MAX_STEPS = 8;

/** Other places that one diagnostic lists. */
const MAX_RELATED = 5;

interface Context {
  readonly env: ReferenceSources["env"];
  readonly documents: Documents;
  readonly vault: Vault;
  readonly learn: (secret: string) => void;
}

/**
 * Makes a resolver. Reports ICH9201 to ICH9230, and what `sources.decrypt` says of a file; no message holds any part
 * of a secret.
 */
export function createResolver(sources: ReferenceSources, limits: VaultLimits = VAULT_LIMITS): Resolver {
  const secrets = new Set<string>();
  const learn = (secret: string) => void secrets.add(secret);
  const documents = createDocuments(sources);
  const vault = createVault(sources, { env: sources.env, text: documents.text, learn }, limits);
  const context: Context = { env: sources.env, documents, vault, learn };
  const resolve: Resolver["resolve"] = async (reference, at) => {
    const found = await follow(context, [reference]);
    if ("value" in found) return { value: found.value, diagnostics: [] };
    return { value: undefined, diagnostics: diagnose(found.problem, reference, at) };
  };
  return {
    resolve,
    resolveTree: async (value, at) => {
      const copied = await copy(resolve, value, at);
      if (copied.diagnostics.length === 0) return copied;
      return { value: undefined, diagnostics: joinSame(copied.diagnostics) };
    },
    secrets: () => secrets,
  };
}

/** The secret at the end of a chain of references, each found at the end of the one before it. */
async function follow(context: Context, chain: readonly Reference[]): Promise<Found<string>> {
  const reference = mustBeLast(chain);
  const found = await read(context, reference);
  if ("problem" in found) return chain.length === 1 ? found : { problem: { route: chain, ...found.problem } };
  const plain = await followFurther(context, chain, found.value);
  if ("problem" in plain || reference.parameters.decode !== "base64") return plain;
  const decoded = decodeBase64(plain.value, `the secret at ${describeReference(reference)}`);
  return "problem" in decoded ? decoded : followFurther(context, chain, decoded.value);
}

function mustBeLast(chain: readonly Reference[]): Reference {
  const last = chain.at(-1);
  invariant(last !== undefined, "a chain of references has at least one");
  return last;
}

/** Where a secret is itself a reference, what that leads to. */
async function followFurther(
  context: Context,
  chain: readonly Reference[],
  text: string,
): Promise<Found<string>> {
  if (!isReference(text)) {
    context.learn(text);
    return { value: text };
  }
  const from = mustBeLast(chain);
  // The messages about the text are not passed on: it is a secret until it is known to be a reference.
  const next = parseReference(text, { file: "", document: 0, path: [] }).value;
  if (next === undefined) {
    return missing(
      "ICH9201",
      `the secret at ${describeReference(from)} begins with \`ref+\`, but is not exactly one reference`,
      {
        route: chain,
      },
    );
  }
  const longer = [...chain, next];
  const names = longer.map(describeReference).join(" -> ");
  const written = formatReference(next);
  if (chain.some((earlier) => formatReference(earlier) === written)) {
    return missing("ICH9212", `the references lead in a circle: ${names}`);
  }
  if (longer.length > MAX_STEPS) {
    return missing("ICH9212", `the references lead through more than ${MAX_STEPS} steps: ${names}`);
  }
  return forbidden(from, next) ?? follow(context, longer);
}

/** Nobody reviews what stands in a secret: it must not choose whom a token is sent to, nor reach out of Vault. */
function forbidden(from: Reference, next: Reference): Found<never> | undefined {
  const hint = "write the reference into the repository instead of the one that leads there";
  const names = `${describeReference(from)} leads to ${describeReference(next)}`;
  if (isVault(from.backend) && from.backend !== next.backend) {
    return missing("ICH9213", `${names}, but a secret of Vault may lead to Vault only`, { hint });
  }
  const own = ["decode", "version"];
  const wrong = isVault(next.backend)
    ? Object.keys(next.parameters).find((name) => !own.includes(name))
    : undefined;
  if (wrong === undefined) return undefined;
  return missing("ICH9213", `${names} with the parameter \`${wrong}\`, which only the repository may set`, {
    hint,
  });
}

/** The text that one reference leads to, before decoding. */
async function read(context: Context, reference: Reference): Promise<Found<string>> {
  const { backend, path, pointer } = reference;
  const holder = `the file "${path}"`;
  if (backend === "env") return readVariable(context.env, path);
  if (backend === "envsubst") return readVariable(context.env, path.slice(1));
  if (backend === "file" && pointer.length === 0) {
    const text = await context.documents.text(path);
    return "problem" in text ? text : textOf(text.value, holder);
  }
  if (backend === "file" || backend === "sops") {
    const { parsed, decrypted } = context.documents;
    const root = await (backend === "file" ? parsed(path) : decrypted(path));
    return "problem" in root ? root : leafAt(root.value, pointer, holder);
  }
  const secret = await context.vault.read(reference);
  return "problem" in secret ? secret : leafAt(secret.value, pointer, `the secret "${path}" of Vault`);
}

function readVariable(env: ReferenceSources["env"], name: string): Found<string> {
  const value = env[name];
  if (value !== undefined && value !== "") return { value };
  const state = value === undefined ? "not set" : "empty";
  return missing("ICH9211", `the environment variable ${name} is ${state}`);
}

/** A problem at the place of the reference that met it. */
function diagnose(problem: Problem, reference: Reference, at: SourceRef): Diagnostic[] {
  const { said, route = [], hint } = problem;
  const name = describeReference(reference);
  const errors = said?.filter(({ severity }) => severity === "error") ?? [];
  if (errors.length > 0) {
    const here = { message: `${name} needs it here`, at };
    return errors.map((one) => ({ ...one, related: [...(one.related ?? []), here] }));
  }
  const last = route.at(-1);
  const led = last === undefined || last === reference ? "" : ` (${name} leads there)`;
  return [error(problem.code, at, `${problem.message}${led}`, hint === undefined ? {} : { hint })];
}

async function copy(resolve: Resolver["resolve"], value: unknown, at: SourceRef): Promise<Outcome<unknown>> {
  if (typeof value === "string") {
    const { value: reference, diagnostics } = parseReference(value, at);
    if (reference !== undefined) return resolve(reference, at);
    return { value, diagnostics };
  }
  if (Array.isArray(value)) {
    const entries = await Promise.all(value.map((entry, index) => copy(resolve, entry, within(at, index))));
    return {
      value: entries.map((entry) => entry.value),
      diagnostics: entries.flatMap((entry) => entry.diagnostics),
    };
  }
  if (!isMapping(value)) return { value, diagnostics: [] };
  const entries = await Promise.all(
    Object.entries(value).map(
      async ([key, entry]) => [key, await copy(resolve, entry, within(at, key))] as const,
    ),
  );
  return {
    value: Object.fromEntries(entries.map(([key, entry]) => [key, entry.value])),
    diagnostics: entries.flatMap(([, entry]) => entry.diagnostics),
  };
}

/** Says once what is wrong with a file that several references need, and lists the first of these. */
function joinSame(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const groups = Map.groupBy(diagnostics, ({ code, message, at }) => JSON.stringify([code, message, at]));
  return [...groups.values()].flatMap(([first, ...more]) => {
    if (first === undefined || more.length === 0) return first === undefined ? [] : [first];
    const related = [first, ...more].flatMap((one) => one.related ?? []);
    return [{ ...first, related: related.slice(0, MAX_RELATED) }];
  });
}
