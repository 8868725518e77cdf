import { error, type Outcome } from "../../core/diagnostic.ts";
import { emitJson } from "../../core/json.ts";
import { isMapping } from "../../core/mapping.ts";
import { formatPath, type Path } from "../../core/path.ts";
import { IMPACTS } from "../../model/talos-impact.ts";
import type { Plan } from "./plan.ts";

/** A plan as it is written to a file: the same plan always gives the same bytes. */
export function formatPlanJson(plan: Plan): string {
  return emitJson(plan);
}

/**
 * Reads what {@link formatPlanJson} wrote. A file that is no plan, or one of another version, is an error (ICH7050,
 * ICH7051): no part of it is carried out.
 *
 * @param file for the message
 */
export function readPlan(text: string, file = "plan"): Outcome<Plan | undefined> {
  const value = parseJson(text);
  if (isMapping(value) && typeof value["formatVersion"] === "string" && value["formatVersion"] !== "1.0") {
    const message = `the plan has the format "${value["formatVersion"].slice(0, 20)}", and this ichor reads "1.0"`;
    return refuse("ICH7051", file, [], message);
  }
  const wrong = value === undefined ? { path: [], wants: "JSON" } : PLAN(value, []);
  if (wrong === undefined) return { value: value as Plan, diagnostics: [] };
  const place = wrong.path.length === 0 ? "the file" : formatPath(wrong.path);
  return refuse("ICH7050", file, wrong.path, `this is no plan: ${place} is not ${wrong.wants}`);
}

function refuse(
  code: "ICH7050" | "ICH7051",
  file: string,
  path: Path,
  message: string,
): Outcome<Plan | undefined> {
  const hint = "make a new one with `ichor plan --out FILE`";
  return { value: undefined, diagnostics: [error(code, { file, document: 0, path }, message, { hint })] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

interface Wrong {
  readonly path: Path;
  readonly wants: string;
}

/** Says where a value has another form first; undefined where it fits. */
type Form = (value: unknown, path: Path) => Wrong | undefined;

const TEXT: Form = (value, path) => (typeof value === "string" ? undefined : { path, wants: "a text" });
const COUNT: Form = (value, path) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : { path, wants: "a count" };
const ANY: Form = () => undefined;
const TRUE: Form = (value, path) => (value === true ? undefined : { path, wants: "true" });
const STEP: Form = (value, path) =>
  typeof value === "string" || Number.isSafeInteger(value) ? undefined : { path, wants: "a step of a path" };

function oneOf(texts: readonly string[]): Form {
  return (value, path) =>
    typeof value === "string" && texts.includes(value)
      ? undefined
      : { path, wants: texts.map((text) => `"${text}"`).join(" or ") };
}

function listOf(form: Form): Form {
  return (value, path) => {
    if (!Array.isArray(value)) return { path, wants: "a list" };
    for (const [index, item] of value.entries()) {
      const wrong = form(item, [...path, index]);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** Keys that end with `?` may be absent; others than these must not be there. */
function objectOf(fields: Readonly<Record<string, Form>>): Form {
  const forms = Object.entries(fields).map(([key, form]) => ({
    key: key.replace("?", ""),
    form,
    optional: key.endsWith("?"),
  }));
  const known = new Set(forms.map(({ key }) => key));
  return (value, path) => {
    if (!isMapping(value)) return { path, wants: "an object" };
    const strange = Object.keys(value).find((key) => !known.has(key));
    if (strange !== undefined) return { path: [...path, strange], wants: "known in plans" };
    for (const { key, form, optional } of forms) {
      if (optional && value[key] === undefined) continue;
      const wrong = form(value[key], [...path, key]);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

function variantOf(key: string, variants: Readonly<Record<string, Form>>): Form {
  return (value, path) => {
    const which = isMapping(value) ? value[key] : undefined;
    const form = typeof which === "string" && Object.hasOwn(variants, which) ? variants[which] : undefined;
    return form === undefined
      ? { path: [...path, key], wants: Object.keys(variants).join(" or ") }
      : form(value, path);
  };
}

const IMPACT = oneOf(IMPACTS);

const CHANGE = objectOf({
  document: TEXT,
  change: oneOf(["added", "removed", "changed"]),
  paths: listOf(objectOf({ path: listOf(STEP), "live?": ANY, "desired?": ANY, impact: IMPACT })),
});

const ACTION = variantOf("do", {
  install: objectOf({ do: TEXT, contact: oneOf(["power", "approval"]), "approval?": TEXT }),
  configure: objectOf({
    do: TEXT,
    mode: oneOf(["auto", "no-reboot", "staged", "try"]),
    changes: listOf(CHANGE),
    impact: IMPACT,
    reasons: listOf(TEXT),
  }),
  bootstrap: objectOf({ do: TEXT }),
  "record-bootstrap": objectOf({ do: TEXT }),
  reboot: objectOf({ do: TEXT, reason: TEXT }),
  uncordon: objectOf({ do: TEXT }),
});

const REFUSAL = objectOf({
  code: TEXT,
  message: TEXT,
  "hint?": TEXT,
  kind: oneOf(["wait", "refused", "unreachable"]),
});

const MACHINE = objectOf({
  machine: TEXT,
  type: oneOf(["controlplane", "worker"]),
  actions: listOf(ACTION),
  "withheld?": listOf(ACTION),
  refusals: listOf(REFUSAL),
  "notes?": listOf(TEXT),
  impact: IMPACT,
  "drain?": TRUE,
  wave: COUNT,
  seen: TEXT,
});

const PLAN = objectOf({
  formatVersion: oneOf(["1.0"]),
  observed: TEXT,
  "commit?": TEXT,
  clusters: listOf(
    objectOf({
      cluster: TEXT,
      site: TEXT,
      "after?": listOf(TEXT),
      refusals: listOf(REFUSAL),
      machines: listOf(MACHINE),
      unchanged: COUNT,
    }),
  ),
  summary: objectOf({ add: COUNT, change: COUNT, destroy: COUNT }),
});
