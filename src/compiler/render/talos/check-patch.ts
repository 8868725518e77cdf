import { type Diagnostic, error, keyOf, type SourceRef, within } from "../../../core/diagnostic.ts";
import { isMapping, type Mapping } from "../../../core/mapping.ts";
import { didYouMean } from "../../../core/suggest.ts";
import { checkValue } from "./check-value.ts";
import { documentKind, documentKinds, kindVersions, typeNamed, V1ALPHA1 } from "./fields.ts";

/** The keys that tell the document without a kind. */
const V1ALPHA1_KEYS = ["machine", "cluster", "debug", "persist"];

/**
 * What is wrong with a document of a Talos patch on machines that run Talos 1.`minor`, whatever they have themselves.
 * Pure, so that a caller with many machines can remember it for a document.
 *
 * Reports ICH5101 to ICH5103, ICH5105, ICH5106 and ICH5114.
 */
export function checkPatch(document: unknown, at: SourceRef, minor: number): Diagnostic[] {
  if (Array.isArray(document) || isJsonOperation(document)) return [jsonPatch(at)];
  if (!isMapping(document)) {
    return [
      error("ICH5114", at, "a Talos patch is a mapping, and this is none", {
        hint: "write the part of the Talos configuration that shall differ",
      }),
    ];
  }
  return "kind" in document ? checkKind(document, at, minor) : checkV1alpha1(document, at, minor);
}

function checkKind(document: Mapping, at: SourceRef, minor: number): Diagnostic[] {
  const kind = document["kind"];
  const facts = typeof kind === "string" && kind !== V1ALPHA1 ? documentKind(kind, minor) : undefined;
  if (facts === undefined) return [unknownKind(kind, at, minor)];
  if (document["apiVersion"] !== "v1alpha1") {
    return [
      error("ICH5114", at, `a document of kind "${String(kind)}" needs the line \`apiVersion: v1alpha1\``, {
        hint: "add the line",
      }),
    ];
  }
  const name = document["name"];
  if (facts.named === true && (typeof name !== "string" || name === "")) {
    return [
      error(
        "ICH5114",
        at,
        `a document of kind "${String(kind)}" needs a name, because a machine may have several`,
        {
          hint: "add `name:` with the name of the document that is meant, in quotes where it is a number",
        },
      ),
    ];
  }
  return checkValue(typeNamed(facts.type, minor), document, {
    at,
    path: [],
    minor,
    subject: `${String(kind)}`,
  });
}

function checkV1alpha1(document: Mapping, at: SourceRef, minor: number): Diagnostic[] {
  if (document["$patch"] === "delete") {
    return [
      error(
        "ICH5114",
        keyOf(at, "$patch"),
        "the document without a kind cannot be deleted, because every machine needs it",
        {
          hint: "delete single keys of it, or name the kind of the document that is meant",
        },
      ),
    ];
  }
  const type = typeNamed(documentKind(V1ALPHA1, minor)?.type ?? "", minor);
  const found = checkValue(type, document, { at, path: [], minor, subject: "the machine configuration" });
  // Talos passes over a document with nothing but its version.
  if (V1ALPHA1_KEYS.some((key) => key in document) || found.length > 0) return found;
  return [
    error(
      "ICH5114",
      at,
      "this is no document of a Talos configuration: it has neither a kind nor `machine` or `cluster`",
      {
        hint: "put what is meant under `machine:` or `cluster:`, or add `apiVersion: v1alpha1` and the `kind`",
      },
    ),
  ];
}

function unknownKind(kind: unknown, at: SourceRef, minor: number): Diagnostic {
  const place = within(at, "kind");
  const versions = typeof kind === "string" ? kindVersions(kind) : undefined;
  if (versions !== undefined) {
    return error(
      "ICH5101",
      place,
      `the document kind "${String(kind)}" ${versions}, and a cluster that this patch reaches runs v1.${minor}`,
      {
        hint: "move the patch to clusters that run such a version, or say the same in documents that theirs has",
      },
    );
  }
  return error(
    "ICH5101",
    place,
    `Talos v1.${minor} has no document kind "${String(kind)}"${didYouMean(String(kind), documentKinds(minor))}`,
    { hint: "kinds and their fields are in the configuration reference of that Talos version" },
  );
}

/** RFC 6902: a list of operations; a single one is taken for what it is meant to be. */
function isJsonOperation(document: unknown): boolean {
  return isMapping(document) && typeof document["op"] === "string" && typeof document["path"] === "string";
}

function jsonPatch(at: SourceRef): Diagnostic {
  return error(
    "ICH5105",
    at,
    "this is a JSON patch (RFC 6902), and Talos applies those only to configurations of one document",
    {
      hint: "write a strategic merge patch: the part of the configuration that shall differ; `$patch: delete` removes a key, an element of a list or a document",
    },
  );
}
