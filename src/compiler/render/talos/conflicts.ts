import { type Diagnostic, error, type SourceRef, within } from "../../../core/diagnostic.ts";
import { formatPath, type Path, valueAt } from "../../../core/path.ts";
import type { PatchLayer } from "../../../model/blueprint.ts";
import { documentKind, type ReplacedField, V1ALPHA1 } from "./fields.ts";
import { documentId, type TalosDocument } from "./talos-document.ts";

/** Parts of the document without a kind that Talos refuses on workers, as it does whole kinds. */
const CONTROL_PLANE_FIELDS: readonly Path[] = [
  ["cluster", "etcd"],
  ["machine", "features", "kubernetesTalosAPIAccess"],
];

/**
 * Documents beside which Talos passes a field of the document without a kind over in silence, instead of refusing
 * both: what such a patch says would be lost (Talos v1.14, the controllers of these documents).
 */
const SHADOWED: ReadonlyMap<string, string> = new Map([
  ["KernelModuleConfig", "machine.kernel"],
  ["SysctlConfig", "machine.sysctls"],
  ["SysfsConfig", "machine.sysfs"],
  ["UdevRulesConfig", "machine.udev"],
]);

/**
 * What of a patch document is refused on workers. Reports ICH5104.
 *
 * @param rest the document without its deletions, since those do no harm
 */
export function checkMachineType(
  rest: TalosDocument | undefined,
  patch: PatchLayer,
  minor: number,
): Diagnostic[] {
  if (rest === undefined) return [];
  const kind = kindOf(rest);
  if (documentKind(kind, minor)?.controlPlane === true) {
    return [misplaced(`the document kind "${kind}"`, within(patch.at, "kind"))];
  }
  if (kind !== V1ALPHA1) return [];
  return CONTROL_PLANE_FIELDS.filter((path) => isSet(valueAt(rest, path), false)).map((path) =>
    misplaced(`the field \`${formatPath(path)}\``, within(patch.at, ...path)),
  );
}

function misplaced(subject: string, at: SourceRef): Diagnostic {
  return error(
    "ICH5104",
    at,
    `${subject} is for control planes only, and this patch reaches workers too, where Talos refuses it`,
    {
      hint: "move it to `controlPlane.patches` of the cluster",
    },
  );
}

/**
 * What of the merged documents Talos refuses side by side, as far as one of these patches caused it.
 * Reports ICH5107 and ICH5112.
 */
export function checkConflicts(
  documents: readonly TalosDocument[],
  patches: readonly PatchLayer[],
  minor: number,
): Diagnostic[] {
  if (patches.length === 0) return [];
  const machine = { documents, minor, v1alpha1: documents.find((document) => kindOf(document) === V1ALPHA1) };
  const replaced = documents.flatMap((document) => replacedFields(machine, document));
  const found = new Map<string, Diagnostic>();
  for (const patch of patches) {
    const diagnostics =
      kindOf(patch.document) === V1ALPHA1
        ? fieldsBesideDocuments(machine, patch, replaced)
        : documentBesideOthers(machine, patch);
    for (const diagnostic of diagnostics) {
      found.set(JSON.stringify(diagnostic.at) + diagnostic.message, diagnostic);
    }
  }
  return [...found.values()];
}

interface MergedMachine {
  readonly documents: readonly TalosDocument[];
  readonly minor: number;
  readonly v1alpha1: TalosDocument | undefined;
}

/** A field of the machine that one of its documents replaces. */
interface Replaced {
  readonly path: Path;
  readonly field: ReplacedField;
  readonly document: TalosDocument;
}

/** Fields that the patch sets and that a document of the machine replaces. */
function fieldsBesideDocuments(
  { minor }: MergedMachine,
  patch: PatchLayer,
  replaced: readonly Replaced[],
): Diagnostic[] {
  return replaced
    .filter(({ path, field }) => isSet(valueAt(patch.document, path), field.nonZero === true))
    .map(({ path, document }) =>
      error(
        "ICH5107",
        within(patch.at, ...path),
        `the field \`${formatPath(path)}\` and the document ${documentId(document)} say the same thing in two ways, and ${verdict(document, minor)}`,
        { hint: `patch the document of kind ${kindOf(document)} instead` },
      ),
    );
}

/** Fields of the machine that the patch's document replaces, and documents that exclude it. */
function documentBesideOthers(machine: MergedMachine, patch: PatchLayer): Diagnostic[] {
  const { documents, minor } = machine;
  const own = documents.find((document) => documentId(document) === documentId(patch.document));
  if (own === undefined) return [];
  const at = within(patch.at, "kind");
  const fields = replacedFields(machine, own).map(({ path }) =>
    error(
      "ICH5107",
      at,
      `the document ${documentId(own)} and the field \`${formatPath(path)}\` of this machine say the same thing in two ways, and ${verdict(own, minor)}`,
      { hint: `patch the field \`${formatPath(path)}\` instead, or delete it in the same patch file` },
    ),
  );
  const others = documents
    .filter((other) => other !== own && excludes(own, other, minor))
    .map((other) =>
      error(
        "ICH5112",
        at,
        `${documentId(own)} and ${documentId(other)} configure the same thing, and Talos v1.${minor} refuses a configuration with both`,
        { hint: `patch ${documentId(other)}, or delete it in the same patch file (\`$patch: delete\`)` },
      ),
    );
  return [...fields, ...others];
}

/** What Talos makes of a field and the document that replaces it. */
function verdict(document: TalosDocument, minor: number): string {
  return SHADOWED.has(kindOf(document))
    ? `Talos v1.${minor} then reads the document alone`
    : `Talos v1.${minor} refuses a configuration with both`;
}

/** Documents of different kinds that claim the same link, or that Talos counts as one thing. */
function excludes(own: TalosDocument, other: TalosDocument, minor: number): boolean {
  const ends = linksOf(other, minor);
  if (linksOf(own, minor).some((link) => ends.includes(link))) return true;
  const { conflicts } = documentKind(kindOf(own), minor) ?? {};
  return other["name"] === own["name"] && conflicts?.includes(kindOf(other)) === true;
}

/** The links that a document configures: for a veth pair both ends. */
function linksOf(document: TalosDocument, minor: number): unknown[] {
  if (documentKind(kindOf(document), minor)?.link !== true) return [];
  const peer = valueAt(document, ["peer", "name"]);
  return peer === undefined ? [document["name"]] : [document["name"], peer];
}

/** The fields that the machine has beside a document that replaces them. */
function replacedFields({ minor, v1alpha1 }: MergedMachine, document: TalosDocument): readonly Replaced[] {
  const replaces = replacedBy(kindOf(document), minor);
  if (v1alpha1 === undefined) return [];
  return replaces
    .filter(
      ({ beside, name }) =>
        (name === undefined || document["name"] === name) &&
        (beside === undefined || isSet(document[beside], false)),
    )
    .map((field) => ({ field, document, path: field.path.split(".") }))
    .filter(({ field, path }) => isSet(valueAt(v1alpha1, path), field.nonZero === true));
}

function replacedBy(kind: string, minor: number): readonly ReplacedField[] {
  const shadowed = SHADOWED.get(kind);
  const refused = documentKind(kind, minor)?.replaces ?? [];
  return shadowed === undefined ? refused : [...refused, { path: shadowed }];
}

function isSet(value: unknown, nonZero: boolean): boolean {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return false;
  return !nonZero || (value !== false && value !== "" && value !== 0 && value !== "0s");
}

function kindOf(document: TalosDocument): string {
  const kind = document["kind"];
  return typeof kind === "string" ? kind : V1ALPHA1;
}
