import { type Diagnostic, error, type Outcome, type SourceRef, within } from "../../core/diagnostic.ts";
import { formatIpv4, formatPrefix, parseIpv4, parseIpv4Prefix } from "../../core/ip.ts";
import { isMapping } from "../../core/mapping.ts";
import { parseClaim } from "../../model/claim.ts";
import type { RecordedAddress, RecordedClaim, RecordedCluster } from "../../model/inventory.ts";
import type { LoadedFile } from "../load/source-document.ts";
import { sayValue } from "./wording.ts";

const RESTORE = "restore the file from git; after a merge conflict take main's file and run `ichor compile`";
const GRAMMAR =
  "a claim is `free wN`, `CLUSTER/GROUP/PLACE wN`, `CLUSTER/GROUP/PLACE releasing wN` or `CLUSTER/GROUP/PLACE quarantine wN until RFC3339`, such as `hel1-vran7/control-plane/0 w3`";

/** The lines of a rack's lock file, by server (ICH4031, ICH4032). */
export function readRackClaims(file: LoadedFile): Outcome<ReadonlyMap<string, RecordedClaim>> {
  return readEntries(file, ["claim"], ({ claim: text }, at) => {
    const place = within(at, "claim");
    const claim = typeof text === "string" ? parseClaim(text) : undefined;
    if (claim !== undefined) return { value: { claim, at: place }, diagnostics: [] };
    const message = `the claim of server "${at.path.at(-1)}" is ${sayValue(text)}, which is no claim`;
    return refused(error("ICH4032", place, message, { hint: GRAMMAR }));
  });
}

/** The blocks of a site's addresses.yaml, by first address (ICH4031, ICH4035). */
export function readAddressBlocks(file: LoadedFile): Outcome<ReadonlyMap<string, RecordedAddress>> {
  return readEntries(file, ["prefix", "claim"], ({ prefix, claim }, at) => {
    const address = String(at.path.at(-1));
    const wrong = wrongBlock(address, prefix, claim);
    if (wrong !== undefined) {
      const hint =
        "a block stands under its first address: `prefix` is masked, `claim` is `CLUSTER/vip` with one address or `CLUSTER/lb`";
      return refused(error("ICH4035", at, `the block at "${address}" cannot be read: ${wrong}`, { hint }));
    }
    return { value: { address, prefix: String(prefix), claim: String(claim), at }, diagnostics: [] };
  });
}

/** The lines of a site's clusters.yaml, by cluster (ICH4031). */
export function readClusterRecords(file: LoadedFile): Outcome<ReadonlyMap<string, RecordedCluster>> {
  return readEntries(file, ["bootstrapped", "fingerprints"], ({ bootstrapped, fingerprints }, at) => {
    const diagnostics: Diagnostic[] = [];
    const wrong = (key: string, message: string) =>
      diagnostics.push(error("ICH4031", within(at, key), message, { hint: RESTORE }));
    if (bootstrapped !== null && typeof bootstrapped !== "string") {
      const said = sayValue(bootstrapped);
      wrong("bootstrapped", `\`bootstrapped\` is \`~\` or the name of a server, and this is ${said}`);
    }
    const hashes = isMapping(fingerprints) ? Object.entries(fingerprints) : undefined;
    if (hashes?.every((entry): entry is [string, string] => isFingerprint(entry[1])) !== true) {
      const message =
        "`fingerprints` is a mapping from names of CAs to SHA-256 sums of 64 hexadecimal digits";
      wrong("fingerprints", message);
    }
    if (diagnostics.length > 0 || hashes === undefined) return { value: undefined, diagnostics };
    const value: RecordedCluster = {
      bootstrapped: typeof bootstrapped === "string" ? bootstrapped : undefined,
      fingerprints: Object.fromEntries(hashes.map(([name, hash]) => [name, String(hash)])),
      at,
    };
    return { value, diagnostics };
  });
}

type Fields = Readonly<Record<string, unknown>>;
type ReadEntry<T> = (fields: Fields, at: SourceRef) => Outcome<T | undefined>;

/** Reads a file of one mapping whose values are mappings with exactly these keys. */
function readEntries<T>(
  { file, documents, isBroken }: LoadedFile,
  keys: readonly string[],
  read: ReadEntry<T>,
): Outcome<ReadonlyMap<string, T>> {
  const value = new Map<string, T>();
  const root = { file, document: 0, path: [] };
  const [document, ...more] = documents;
  if (document === undefined && isBroken === true) return { value, diagnostics: [] };
  if (document === undefined) {
    return { value, diagnostics: [wrongFile(root, "nothing can be read from the lock file")] };
  }
  if (more.length > 0)
    return { value, diagnostics: [wrongFile(root, "the lock file has several documents")] };
  if (!isMapping(document.value)) {
    return { value, diagnostics: [wrongFile(root, `the lock file is ${sayValue(document.value)}`)] };
  }
  const diagnostics: Diagnostic[] = [];
  for (const [name, fields] of Object.entries(document.value)) {
    const at = within(document.at, name);
    if (isMapping(fields) && hasKeys(fields, keys)) {
      const entry = read(fields, at);
      diagnostics.push(...entry.diagnostics);
      if (entry.value !== undefined) value.set(name, entry.value);
      continue;
    }
    const said = isMapping(fields) ? `a mapping with ${sayKeys(Object.keys(fields))}` : sayValue(fields);
    const message = `the entry "${name}" must be a mapping with ${sayKeys(keys)}, and is ${said}`;
    diagnostics.push(error("ICH4031", at, message, { hint: RESTORE }));
  }
  return { value, diagnostics };
}

function wrongFile(at: SourceRef, what: string): Diagnostic {
  return error("ICH4031", at, `${what}, but it must be one mapping`, { hint: RESTORE });
}

function wrongBlock(key: string, prefix: unknown, claim: unknown): string | undefined {
  const address = parseIpv4(key);
  if (address === undefined) return `"${key}" is no IPv4 address`;
  const block = typeof prefix === "string" ? parseIpv4Prefix(prefix) : undefined;
  if (block === undefined) return `\`prefix\` is ${sayValue(prefix)}, which is no IPv4 prefix`;
  if (block.hostBits || block.address !== address) {
    return `"${key}" is not the first address of ${formatPrefix(block)}, which is ${formatIpv4(block.address)}`;
  }
  const use = typeof claim === "string" ? /^[a-z0-9][a-z0-9.-]*\/(vip|lb)$/.exec(claim)?.[1] : undefined;
  if (use === undefined) return `\`claim\` is ${sayValue(claim)}`;
  if (use === "vip" && block.length !== 32)
    return `a virtual IP is one address, and ${formatPrefix(block)} is more`;
  return undefined;
}

function isFingerprint(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function hasKeys(fields: Fields, keys: readonly string[]): boolean {
  return Object.keys(fields).length === keys.length && keys.every((key) => Object.hasOwn(fields, key));
}

function sayKeys(keys: readonly string[]): string {
  return keys.length === 0 ? "nothing" : keys.map((key) => `\`${key}\``).join(" and ");
}

function refused(diagnostic: Diagnostic): Outcome<undefined> {
  return { value: undefined, diagnostics: [diagnostic] };
}
