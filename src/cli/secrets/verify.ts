import { type Diagnostic, hasErrors } from "../../core/diagnostic.ts";
import { emitJson } from "../../core/json.ts";
import { formatTime } from "../../core/time.ts";
import type { Registration } from "../command.ts";
import { count } from "../count.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatTable } from "../get/table.ts";
import { chooseFiles } from "./choose-files.ts";
import { findIdentities } from "./identities.ts";
import { checkContent, checkDates, compareWithRule, type FileView, viewFile } from "./inspect.ts";
import { validateSecrets } from "./recorded.ts";
import { openWorkspace } from "./workspace.ts";

interface VerifyRequest {
  readonly names: readonly string[];
  /** False: only what can be seen without a key. */
  readonly keys: boolean;
  readonly output: string;
}

/** Checks encrypted files: recipients and rules, and with a key the authentication codes and the form of bundles. */
export async function verifyFiles(registration: Registration, request: VerifyRequest): Promise<ExitCode> {
  const workspace = openWorkspace(registration);
  const files = chooseFiles(workspace, { names: request.names, all: request.names.length === 0 });
  const identities = request.keys ? findIdentities(registration.terminal) : { value: [], diagnostics: [] };
  if (request.keys && identities.value.length === 0) {
    workspace.report(identities.diagnostics);
    registration.terminal.stderr("--no-keys checks what can be seen without one\n");
    return EXIT.error;
  }
  const now = registration.terminal.now();
  const results: { readonly view: FileView; readonly found: readonly Diagnostic[] }[] = [];
  for (const file of files) {
    const view = viewFile(workspace, file);
    const rule = workspace.rules.of(file);
    const byRule = rule.value === undefined ? rule.diagnostics : compareWithRule(view, rule.value);
    const opens = request.keys && view.metadata !== undefined;
    const inside = opens ? await checkContent(workspace, view, identities.value) : [];
    results.push({
      view,
      found: distinct([...view.diagnostics, ...byRule, ...checkDates(view, now), ...inside]),
    });
  }
  const chosen = new Set(files);
  const recorded = validateSecrets(workspace.tree).filter(({ at }) => chosen.has(at.file));
  const all = distinct([...results.flatMap(({ found }) => found), ...recorded]);
  const failed = workspace.report(all);
  print(
    registration,
    request,
    results.map(({ view }) => ({
      view,
      isOk: !all.some(({ at, severity }) => at.file === view.file && severity === "error"),
    })),
  );
  if (failed) return EXIT.error;
  const how = request.keys ? "opened, authentic and as their rules say" : "as their rules say; not opened";
  if (request.output === "text") registration.terminal.stdout(`${count(files.length, "file")} ${how}\n`);
  return hasErrors(all) ? EXIT.error : EXIT.ok;
}

/** Lists encrypted files with what can be seen of them without a key. */
export async function listFiles(registration: Registration, output: string): Promise<ExitCode> {
  const workspace = openWorkspace(registration);
  const files = chooseFiles(workspace, { names: [], all: true });
  const views = files.map((file) => viewFile(workspace, file));
  workspace.report(views.flatMap(({ diagnostics }) => diagnostics));
  print(
    registration,
    { output },
    views.map((view) => ({ view, isOk: !hasErrors(view.diagnostics) })),
  );
  return views.some(({ diagnostics }) => hasErrors(diagnostics)) ? EXIT.error : EXIT.ok;
}

function print(
  { terminal }: Registration,
  { output }: { readonly output: string },
  results: readonly { readonly view: FileView; readonly isOk: boolean }[],
): void {
  const rows = results.map(({ view, isOk }) => ({
    file: view.file,
    cluster: view.cluster,
    recipients: view.metadata?.stanzas.map(({ recipient }) => recipient) ?? [],
    modified: view.metadata?.lastModified,
    expires: firstEnd(view),
    ok: isOk,
  }));
  if (output === "json") terminal.stdout(emitJson({ formatVersion: "1.0", files: rows }));
  else {
    const cells = rows.map((row) => ({
      ...row,
      recipients: row.recipients.length,
      expires: row.expires?.slice(0, 10),
      state: row.ok ? "ok" : "error",
    }));
    terminal.stdout(formatTable(["file", "recipients", "modified", "expires", "state"], cells));
  }
}

/** When the first authority of a bundle ends. */
function firstEnd({ authorities }: FileView): string | undefined {
  if (authorities === undefined) return undefined;
  const ends = Object.values(authorities).map(({ notAfter }) => notAfter.getTime());
  return formatTime(new Date(Math.min(...ends)));
}

/** The same mistake may be seen with a key and without. */
function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [`${one.code} ${JSON.stringify(one.at)}`, one])).values()];
}
