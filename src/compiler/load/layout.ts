import { type Diagnostic, error } from "../../core/diagnostic.ts";
import type { KindName } from "../../model/kinds.ts";
import type { FileRole } from "./source-document.ts";

/** What a file has to hold because of its place. */
export interface Expected {
  readonly role: FileRole;
  /** Empty for files that hold no documents of ichor's. */
  readonly kinds: readonly KindName[];
  /** The metadata.name that the place demands. */
  readonly name?: string;
  /** The spec.site that the place demands. */
  readonly site?: string;
}

/** Where documents live: a pattern over the whole path, whose groups `name` and `site` the document has to repeat. */
const PLACES: readonly (readonly [RegExp, readonly KindName[]])[] = [
  [/^inventory\/fleet\.yaml$/, ["Fleet"]],
  [/^inventory\/models\/(?<name>[^/]+)\.yaml$/, ["ServerModel", "SwitchModel"]],
  [/^inventory\/sites\/(?<name>[^/]+)\/site\.yaml$/, ["Site"]],
  [/^inventory\/sites\/(?<site>[^/]+)\/pools\.yaml$/, ["ServerPool", "AddressPool"]],
  [/^inventory\/sites\/(?<site>[^/]+)\/racks\/(?<name>[^/]+)\.yaml$/, ["Rack"]],
  [/^clusters\/channels\/(?<name>[^/]+)\.yaml$/, ["Channel"]],
  [/^clusters\/classes\/(?<name>[^/]+)\.yaml$/, ["MachineClass"]],
  [/^clusters\/addons\/(?<name>[^/]+)\/addon\.yaml$/, ["Addon"]],
  [/^clusters\/(?<site>[^/]+)\/(?<name>[^/]+)\/cluster\.yaml$/, ["Cluster"]],
  [/^approvals\/(?<name>[^/]+)\.yaml$/, ["Approval"]],
  [/^locks\/(?<name>[^/]+)\.yaml$/, ["Lock"]],
];

/** Where files live that hold something else. */
const OTHERS: readonly (readonly [RegExp, FileRole])[] = [
  [/^inventory\/allocations\/[^/]+\/[^/]+\.yaml$/, "lock"],
  [/^inventory\/sites\/[^/]+\/secrets\.sops\.yaml$/, "secrets"],
  [/^clusters\/[^/]+\/[^/]+\/secrets\.sops\.yaml$/, "secrets"],
  [/^(?:inventory|clusters)\/(?:.+\/)?patches\/.+\.yaml$/, "patch"],
];

/**
 * What a file is for by its place.
 *
 * @param path from the root of the repository, with forward slashes
 * @returns undefined for files that are none of ichor's business: no YAML, hidden, values of an add-on's chart, outside
 * the folders that people write;
 * a diagnostic (ICH1002, ICH1003) for YAML in the wrong place
 */
export function placeOf(path: string): Expected | Diagnostic | undefined {
  if (/(?:^|\/)\./.test(path) || /^clusters\/addons\/[^/]+\/(?!addon\.yaml$)/.test(path)) return undefined;
  if (!/^(?:inventory|clusters|approvals|locks)\/.*\.ya?ml$/i.test(path)) return undefined;
  if (!path.endsWith(".yaml")) return wrongEnding(path);
  for (const [pattern, role] of OTHERS) if (pattern.test(path)) return { role, kinds: [] };
  for (const [pattern, kinds] of PLACES) {
    const match = pattern.exec(path);
    if (match !== null) return { role: "documents", kinds, ...match.groups };
  }
  return error(
    "ICH1002",
    { file: path, line: 1, column: 1 },
    `no kind of document lives at "${path}", so it would be ignored`,
    { hint: hintFor(path) },
  );
}

function hintFor(path: string): string {
  return /(?:^|\/)secrets\.yaml$/.test(path)
    ? "bring it in encrypted with `ichor secrets import CLUSTER FILE`; secrets that were ever committed in the clear have to be replaced"
    : "docs/kinds.md says where each kind lives; Talos patches live in a folder named patches";
}

function wrongEnding(path: string): Diagnostic {
  const right = path.replace(/\.[^.]+$/, ".yaml");
  return error("ICH1003", { file: path, line: 1, column: 1 }, "ichor reads files that end in .yaml", {
    hint: `git mv ${path} ${right}`,
  });
}
