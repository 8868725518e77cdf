import { type Diagnostic, error, type Outcome } from "../../core/diagnostic.ts";
import { isMapping, type Mapping } from "../../core/mapping.ts";

/** What is recorded of a credential that was made; nothing of it is secret. Times are ISO 8601 in UTC. */
export type LedgerEntry = {
  readonly time: string;
  readonly cluster: string;
  /** Lower-case hexadecimal digits. */
  readonly serial: string;
  readonly subject: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Who it was made for and why. */
  readonly for: string;
} & (
  | { readonly kind: "talosconfig"; readonly roles: readonly string[] }
  | { readonly kind: "kubeconfig"; readonly groups: readonly string[] }
);

/** The line of `audit/<cluster>.jsonl` that records a credential, with its line break. */
export function formatLedgerEntry(entry: LedgerEntry): string {
  const { time, kind, cluster, serial, subject, notBefore, notAfter } = entry;
  const rights = entry.kind === "talosconfig" ? { roles: entry.roles } : { groups: entry.groups };
  const line = { time, kind, cluster, serial, subject, ...rights, notBefore, notAfter, for: entry.for };
  return `${JSON.stringify(line)}\n`;
}

/**
 * Reads a ledger. A line that is none is reported, and the others are given all the same; empty lines are passed over.
 *
 * @param file its path from the root of the repository
 */
export function readLedger(text: string, file: string): Outcome<readonly LedgerEntry[]> {
  const diagnostics: Diagnostic[] = [];
  const value = text.split("\n").flatMap((line, index): readonly LedgerEntry[] => {
    if (line.trim() === "") return [];
    const entry = readLine(line);
    if (entry !== undefined) return [entry];
    const at = { file, line: index + 1, column: 1 };
    const hint = "restore the line from git: a ledger is only ever added to";
    diagnostics.push(error("ICH9408", at, "the line is no entry of a ledger", { hint }));
    return [];
  });
  return { value, diagnostics };
}

function readLine(line: string): LedgerEntry | undefined {
  const found = parse(line);
  if (found === undefined) return undefined;
  const [time, notBefore, notAfter] = ["time", "notBefore", "notAfter"].map((name) => timeAt(found, name));
  const [cluster, subject, reason] = ["cluster", "subject", "for"].map((name) => textAt(found, name));
  const serial = textAt(found, "serial");
  if (time === undefined || notBefore === undefined || notAfter === undefined) return undefined;
  if (cluster === undefined || subject === undefined || reason === undefined) return undefined;
  if (serial === undefined || !/^[0-9a-f]{2,40}$/.test(serial)) return undefined;
  const common = { time, cluster, serial, subject, notBefore, notAfter, for: reason };
  const roles = textsAt(found, "roles");
  const groups = textsAt(found, "groups");
  if (found["kind"] === "talosconfig" && roles !== undefined)
    return { ...common, kind: "talosconfig", roles };
  if (found["kind"] === "kubeconfig" && groups !== undefined)
    return { ...common, kind: "kubeconfig", groups };
  return undefined;
}

function parse(line: string): Mapping | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textAt(entry: Mapping, name: string): string | undefined {
  const value = entry[name];
  return typeof value === "string" ? value : undefined;
}

function timeAt(entry: Mapping, name: string): string | undefined {
  const text = textAt(entry, name);
  const isTime = text !== undefined && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/.test(text);
  return isTime && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

function textsAt(entry: Mapping, name: string): readonly string[] | undefined {
  const value = entry[name];
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
}
