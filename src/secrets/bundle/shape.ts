import { type Diagnostic, error, keyOf, type SourceRef, within } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { formatPath } from "../../core/path.ts";
import { didYouMean } from "../../core/suggest.ts";

/** What stands where in a bundle: text, or a mapping by the names of its fields; `?` ends a name that may be missing. */
type Shape = "text" | { readonly [name: string]: Shape };

const PAIR = { crt: "text", key: "text" } as const;
const ROTATING = { phase: "text", crt: "text", "key?": "text" } as const;

const BUNDLE: Shape = {
  cluster: { id: "text", secret: "text" },
  secrets: {
    bootstraptoken: "text",
    "secretboxencryptionsecret?": "text",
    "aescbcencryptionsecret?": "text",
  },
  trustdinfo: { token: "text" },
  certs: { etcd: PAIR, k8s: PAIR, k8saggregator: PAIR, k8sserviceaccount: { key: "text" }, os: PAIR },
  "rotation?": { "k8s?": ROTATING, "os?": ROTATING },
};

/** Every name that a bundle has at any depth: those may be printed. */
export const BUNDLE_NAMES: ReadonlySet<string> = new Set(namesOf(BUNDLE));

function namesOf(shape: Shape): readonly string[] {
  if (shape === "text") return [];
  return Object.entries(shape).flatMap(([name, inner]) => [withoutMark(name), ...namesOf(inner)]);
}

/** The texts of a bundle by their paths, `certs.os.crt`: those that are there. */
export type BundleTexts = ReadonlyMap<string, string>;

/** Reads all texts of a bundle and says what is missing, unknown or of another type. */
export function readTexts(
  value: unknown,
  at: SourceRef,
): { texts: BundleTexts; diagnostics: readonly Diagnostic[] } {
  const texts = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const read = (found: unknown, shape: Shape, steps: readonly string[]): void => {
    const place = within(at, ...steps);
    if (shape === "text") {
      if (typeof found === "string") texts.set(formatPath(steps), found);
      else diagnostics.push(otherType(steps, "text", place));
    } else if (!isMapping(found)) {
      diagnostics.push(otherType(steps, "a mapping", place));
    } else {
      const names = Object.keys(shape).map(withoutMark);
      const unknown = Object.keys(found).filter((name) => !names.includes(name));
      diagnostics.push(...unknown.map((name) => unknownField(name, names, steps, at)));
      for (const [marked, inner] of Object.entries(shape)) {
        const name = withoutMark(marked);
        if (isThere(found, name)) read(found[name], inner, [...steps, name]);
        else if (name === marked) diagnostics.push(missing([...steps, name], place));
      }
    }
  };
  read(value, BUNDLE, []);
  return { texts, diagnostics };
}

function withoutMark(name: string): string {
  return name.replace("?", "");
}

/** Nothing and empty text are no values to Talos either. */
function isThere(mapping: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = Object.hasOwn(mapping, name) ? mapping[name] : undefined;
  return value !== undefined && value !== null && value !== "";
}

function missing(steps: readonly string[], at: SourceRef): Diagnostic {
  return error("ICH9102", at, `the secrets bundle has no \`${formatPath(steps)}\``, {
    hint: "take the value from a backup or from the configuration of a control plane",
  });
}

function otherType(steps: readonly string[], wanted: string, at: SourceRef): Diagnostic {
  const what = steps.length === 0 ? "the secrets bundle" : `\`${formatPath(steps)}\``;
  return error("ICH9104", at, `${what} is not ${wanted}`, {
    ...(wanted === "text" && { hint: "write it in quotes" }),
  });
}

/** A name that looks like none may be a secret in the wrong place: it is neither printed nor pointed at by itself. */
function unknownField(
  name: string,
  known: readonly string[],
  steps: readonly string[],
  at: SourceRef,
): Diagnostic {
  const where = steps.length === 0 ? "the secrets bundle" : `\`${formatPath(steps)}\``;
  if (!/^[A-Za-z_]{1,30}$/.test(name) && !known.includes(name.toLowerCase())) {
    return error("ICH9103", within(at, ...steps), `${where} has a field that no bundle has`, {
      hint: `the fields are ${known.join(", ")}`,
    });
  }
  return error(
    "ICH9103",
    keyOf(at, ...steps, name),
    `${where} has no field "${name}"${didYouMean(name, known)}`,
    {
      hint: `the fields are ${known.join(", ")}`,
    },
  );
}
