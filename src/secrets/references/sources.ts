import type { Outcome } from "../../core/diagnostic.ts";

/** What secrets are read from: the resolver itself knows no disk, no environment and no network. */
export interface ReferenceSources {
  /**
   * The bytes of a file by its path from the root of the repository, or by its absolute path, which begins with a
   * slash; undefined where there is none. Has to refuse symbolic links that lead out of the repository.
   */
  readonly readFile: (path: string) => Promise<Uint8Array | undefined>;
  /** The plain value of a SOPS file; undefined with diagnostics where it cannot be had. */
  readonly decrypt: (path: string, text: string) => Promise<Outcome<unknown>>;
  /** The documents of a YAML file. */
  readonly parseYaml: (path: string, text: string) => Outcome<readonly unknown[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks Vault. */
  readonly fetch: typeof fetch;
  /** Waits before Vault is asked again. */
  readonly wait: (milliseconds: number) => Promise<void>;
}
