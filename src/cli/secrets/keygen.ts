import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { formatTime } from "../../core/time.ts";
import { createIdentity, recipientOf } from "../../secrets/sops/data-key.ts";
import type { Registration } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { UsageError } from "../terminal.ts";
import { gitFolderOf } from "./git-folder.ts";
import { identityFile } from "./identities.ts";

/** Makes an age identity in a file that only its owner can read, never inside a git work tree; prints the recipient. */
export async function makeIdentity(
  { terminal, guard }: Registration,
  { output }: { readonly output: string | undefined },
): Promise<ExitCode> {
  const named = output === undefined ? identityFile(terminal) : output;
  if (named === undefined) throw new UsageError("HOME is not set; name a file with --output");
  const path = isAbsolute(named) ? named : join(terminal.cwd, named);
  if (existsSync(path)) throw new UsageError(`${path} exists; nothing was written (keygen never overwrites)`);
  const tree = gitFolderOf(path);
  if (tree !== undefined) {
    throw new UsageError(
      `${path} is inside the git work tree ${tree}; an identity must not lie in a repository`,
    );
  }
  const identity = await createIdentity();
  guard.learn(identity.secret, path);
  const recipient = await recipientOf(identity);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const created = formatTime(terminal.now());
  const text = `# created: ${created}\n# public key: ${recipient}\n${identity.secret}\n`;
  writeFileSync(path, text, { flag: "wx", mode: 0o600 });
  terminal.stderr(`wrote ${path}: keep it safe, nobody can make it again\n`);
  terminal.stdout(`${recipient}\n`);
  return EXIT.ok;
}
