import { type Diagnostic, error, type SourceRef, within } from "../../core/diagnostic.ts";
import { isMapping, type Mapping } from "../../core/mapping.ts";
import { didYouMean } from "../../core/suggest.ts";
import { API_VERSION } from "../../model/kind.ts";
import { KINDS, type KindName } from "../../model/kinds.ts";
import type { SourceDocument } from "../load/source-document.ts";
import { quote, sayValue } from "./wording.ts";

/** What the first lines of a document say. `kind` is undefined where they do not say it. */
export interface Envelope {
  readonly kind: KindName | undefined;
  /** `metadata.name` where it is text, whether it fits or not. */
  readonly name: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds out what a document is: ICH2011, ICH2013, ICH2014, ICH2021. */
export function readEnvelope({ value, at }: SourceDocument): Envelope {
  const unknown = { kind: undefined, name: undefined };
  if (!isMapping(value)) {
    const message = `the document must be a mapping with apiVersion, kind, metadata and spec, is ${sayValue(value)}`;
    return { ...unknown, diagnostics: [error("ICH2011", at, message)] };
  }
  if (isTalosDocument(value)) return { ...unknown, diagnostics: [talosDocument(value, at)] };
  const kind = value["kind"];
  const diagnostics = [...checkApiVersion(value["apiVersion"], at), ...checkKind(kind, at)];
  const metadata = value["metadata"];
  const name = isMapping(metadata) ? metadata["name"] : undefined;
  return {
    kind: isKindName(kind) ? kind : undefined,
    name: typeof name === "string" ? name : undefined,
    diagnostics,
  };
}

function isKindName(kind: unknown): kind is KindName {
  return typeof kind === "string" && Object.hasOwn(KINDS, kind);
}

function checkApiVersion(apiVersion: unknown, at: SourceRef): readonly Diagnostic[] {
  if (apiVersion === API_VERSION) return [];
  const hint = `write apiVersion: ${API_VERSION}`;
  if (apiVersion === undefined) return [error("ICH2013", at, "the document has no apiVersion", { hint })];
  const is = typeof apiVersion === "string" ? quote(apiVersion) : sayValue(apiVersion);
  const message = `apiVersion must be "${API_VERSION}", is ${is}`;
  return [error("ICH2013", within(at, "apiVersion"), message, { hint })];
}

function checkKind(kind: unknown, at: SourceRef): readonly Diagnostic[] {
  if (isKindName(kind)) return [];
  const known = Object.keys(KINDS);
  const hint = `the kinds are ${known.join(", ")}`;
  if (kind === undefined) return [error("ICH2014", at, "the document has no kind", { hint })];
  const place = within(at, "kind");
  if (typeof kind !== "string") {
    return [error("ICH2014", place, `kind must be the name of a kind, is ${sayValue(kind)}`, { hint })];
  }
  const near = didYouMean(kind, known);
  return [error("ICH2014", place, `no kind named ${quote(kind)}${near}`, near === "" ? { hint } : {})];
}

/**
 * Talos' machine configuration has no kind and the keys `machine` or `cluster`; its other documents have
 * `apiVersion: v1alpha1` and a kind that ichor does not have.
 * https://docs.siderolabs.com/talos/latest/reference/configuration/overview
 */
function isTalosDocument(value: Mapping): boolean {
  if (value["kind"] === undefined) return isMapping(value["machine"]) || isMapping(value["cluster"]);
  return value["apiVersion"] === "v1alpha1" && !isKindName(value["kind"]);
}

function talosDocument(value: Mapping, at: SourceRef): Diagnostic {
  const kind = value["kind"];
  const what = typeof kind === "string" ? ` of kind ${quote(kind)}` : "";
  return error("ICH2021", at, `this is a Talos document${what}, which does not stand here by itself`, {
    hint: "move it to clusters/<site>/<cluster>/patches/ and name that file under `patches:`",
  });
}
