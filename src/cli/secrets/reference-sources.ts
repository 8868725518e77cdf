import { readFile, realpath } from "node:fs/promises";
import { isAbsolute, join, sep } from "node:path";
import { setTimeout } from "node:timers/promises";
import { readSecretYaml } from "../../compiler/load/read-secret-yaml.ts";
import type { ReferenceSources } from "../../secrets/references/sources.ts";
import { decryptSops } from "../../secrets/sops/decrypt.ts";
import type { AgeIdentity } from "../../secrets/sops/identities.ts";
import type { Workspace } from "./workspace.ts";

/** Where references of this repository lead: its files, this machine's files and environment, Vault. */
export function referenceSources(
  { root, terminal, guard }: Workspace,
  identities: readonly AgeIdentity[],
): ReferenceSources {
  return {
    readFile: async (path) => {
      try {
        return await readFile(isAbsolute(path) ? path : await insideOf(root, path));
      } catch (cause) {
        if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
        throw cause;
      }
    },
    decrypt: async (path, text) => {
      const { value, diagnostics } = await decryptSops(path, text, identities);
      if (value !== undefined) guard.learnTree(value.value, path);
      return { value: value?.value, diagnostics };
    },
    parseYaml: readSecretYaml,
    env: terminal.env,
    fetch,
    wait: (milliseconds) => setTimeout(milliseconds),
  };
}

/**
 * The real path of a file of the repository.
 *
 * @throws Error where a symbolic link on the way leads out of it
 */
async function insideOf(root: string, path: string): Promise<string> {
  const [base, target] = await Promise.all([realpath(root), realpath(join(root, path))]);
  if (target.startsWith(base + sep)) return target;
  throw new Error("a symbolic link leads out of the repository");
}
