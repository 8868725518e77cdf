import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Diagnostic, error, hasErrors } from "../../core/diagnostic.ts";
import { parsePointer } from "../../core/path.ts";
import { emitYaml } from "../../core/yaml-emit.ts";
import { RULES_FILE } from "../../secrets/sops/creation-rules.ts";
import { editSops, rotateSops } from "../../secrets/sops/edit.ts";
import { encryptSops } from "../../secrets/sops/encrypt.ts";
import { type Registration, rootOf } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { UsageError } from "../terminal.ts";
import { chooseFiles } from "./choose-files.ts";
import { findIdentities } from "./identities.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

/** Encrypts files anew: another data key, the recipients of today's rules. All or none. */
export async function rotateFiles(
  registration: Registration,
  choice: { readonly names: readonly string[]; readonly all: boolean },
): Promise<ExitCode> {
  const workspace = openWorkspace(registration);
  const files = chooseFiles(workspace, choice);
  const identities = findIdentities(registration.terminal);
  if (identities.value.length === 0) return fail(workspace, identities.diagnostics);
  const written: { readonly file: string; readonly text: string }[] = [];
  const found: Diagnostic[] = [];
  for (const file of files) {
    const rule = workspace.rules.of(file);
    found.push(...rule.diagnostics);
    const text = workspace.tree.get(file);
    if (rule.value === undefined || typeof text !== "string") continue;
    const now = registration.terminal.now();
    const rotated = await rotateSops({ file, text, identities: identities.value, rule: rule.value, now });
    found.push(...rotated.diagnostics);
    if (rotated.value !== undefined) written.push({ file, text: rotated.value });
  }
  if (hasErrors(found) || written.length < files.length) return fail(workspace, found);
  for (const { file, text } of written) workspace.write.replace(file, text);
  for (const { file } of written) registration.terminal.stdout(`rotated ${file}\n`);
  return EXIT.ok;
}

/** Puts a value that comes from standard input into an encrypted file, which is made where it is not there. */
export async function setValue(
  registration: Registration,
  { name, pointer }: { readonly name: string; readonly pointer: string },
): Promise<ExitCode> {
  const workspace = openWorkspace(registration);
  const path = parsePointer(pointer);
  if (path === undefined || path.length === 0) {
    throw new UsageError(`"${pointer}" is no JSON pointer such as /bmc/default/password`);
  }
  const file = fileInside(registration, name);
  const piped = await registration.terminal.stdin();
  if (piped === undefined) {
    throw new UsageError("the value comes from standard input, so that no shell keeps it: pipe it in");
  }
  const value = piped.replace(/\r?\n$/, "");
  if (value === "") throw new UsageError("standard input was empty; nothing was written");
  workspace.guard.learn(value, `${file}#${pointer}`);
  const { value: text, diagnostics } = await withValue(workspace, file, { path, value });
  if (text === undefined) return fail(workspace, diagnostics);
  if (text.includes(value) || workspace.guard.check(text) !== undefined) {
    const message = `by the rule of ${file} the value at ${pointer} would stand in the clear`;
    const hint = "correct encrypted_regex in .sops.yaml, then `ichor secrets rotate` the file";
    const at = { file: RULES_FILE, line: 1, column: 1 };
    return fail(workspace, [error("ICH9157", at, message, { hint })]);
  }
  workspace.write.replace(file, text);
  registration.terminal.stdout(`set ${pointer} in ${file}\n`);
  return EXIT.ok;
}

async function withValue(
  { tree, rules, terminal }: Workspace,
  file: string,
  edit: { readonly path: readonly string[]; readonly value: string },
) {
  const now = terminal.now();
  const before = tree.get(file);
  if (typeof before === "string") {
    const identities = findIdentities(terminal);
    if (identities.value.length === 0) return { value: undefined, diagnostics: identities.diagnostics };
    return editSops({ file, text: before, identities: identities.value, edits: [edit], now });
  }
  const rule = rules.of(file);
  if (rule.value === undefined) return { value: undefined, diagnostics: rule.diagnostics };
  const plain = edit.path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), edit.value);
  return encryptSops({ file, text: emitYaml(plain), rule: rule.value, now });
}

/** Encrypts a file of the repository that stands there in the clear, in place. */
export async function encryptFile(registration: Registration, name: string): Promise<ExitCode> {
  const workspace = openWorkspace(registration);
  const file = fileInside(registration, name);
  const path = join(workspace.root, file);
  if (!existsSync(path)) throw new UsageError(`there is no file ${file}`);
  const rule = workspace.rules.of(file);
  if (rule.value === undefined) return fail(workspace, rule.diagnostics);
  const request = {
    file,
    text: readFileSync(path, "utf8"),
    rule: rule.value,
    now: registration.terminal.now(),
  };
  const { value: text, diagnostics } = await encryptSops(request);
  if (text === undefined) return fail(workspace, diagnostics);
  workspace.write.replace(file, text);
  registration.terminal.stdout(
    `encrypted ${file}; where it was ever committed in the clear, replace the secrets\n`,
  );
  return EXIT.ok;
}

function fail(workspace: Workspace, diagnostics: readonly Diagnostic[]): ExitCode {
  workspace.report(diagnostics);
  workspace.terminal.stderr("nothing was written\n");
  return EXIT.error;
}

/** A file named from where the user stands, or from the root of the repository, as a path from that root. */
function fileInside(registration: Registration, name: string): string {
  const root = rootOf(registration);
  const below = relative(root, join(registration.terminal.cwd, name)).replaceAll("\\", "/");
  const path = below.startsWith("..") || existsSync(join(root, name)) ? name : below;
  if (!/^(?:inventory|clusters)\/.+\.sops\.yaml$/.test(path)) {
    throw new UsageError(`${name} is no *.sops.yaml file in inventory/ or clusters/`);
  }
  return path;
}
