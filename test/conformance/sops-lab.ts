import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import type { Diagnostic, Outcome } from "../../src/core/diagnostic.ts";
import { type CreationRule, readCreationRules, ruleFor } from "../../src/secrets/sops/creation-rules.ts";
import { type DecryptedFile, decryptSops } from "../../src/secrets/sops/decrypt.ts";
import { encryptSops } from "../../src/secrets/sops/encrypt.ts";
import { type AgeIdentity, readIdentities } from "../../src/secrets/sops/identities.ts";
import { buildTool } from "./go.ts";

/** What a process said and how it ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A key pair that `age-keygen` made. */
export interface AgeKey {
  readonly recipient: string;
  /** The file of the identity, as `age-keygen` wrote it. */
  readonly file: string;
  readonly identities: readonly AgeIdentity[];
}

/** A folder with a `.sops.yaml` in which the real sops works, and knows no key but those it is given. */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), "ichor-sops-"));

  /** Makes a key with `age-keygen`; `postQuantum` makes a hybrid one of ML-KEM-768 and X25519. */
  makeKey(name: string, { postQuantum = false } = {}): AgeKey {
    const file = join(this.folder, `${name}.agekey`);
    demand(this.age("age-keygen", [...(postQuantum ? ["-pq"] : []), "-o", file]));
    const recipient = demand(this.age("age-keygen", ["-y", file])).trim();
    const identities = taken(readIdentities(readFileSync(file, "utf8"), file));
    return { recipient, file, identities };
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** Runs sops in the folder with this key and no other. */
  sops(args: readonly string[], key?: AgeKey): Ended {
    return this.#run(buildTool("sops"), args, {
      SOPS_DISABLE_VERSION_CHECK: "true",
      ...(key === undefined ? {} : { SOPS_AGE_KEY_FILE: key.file }),
    });
  }

  age(tool: "age" | "age-keygen", args: readonly string[], input?: string): Ended {
    return this.#run(buildTool(tool), args, {}, input);
  }

  /** What `age --decrypt` finds in an armoured text, as hexadecimal digits; undefined where the key does not open it. */
  decryptByAge(armoured: string, key: AgeKey): string | undefined {
    const output = join(this.folder, "opened");
    const { status } = this.age("age", ["--decrypt", "--identity", key.file, "--output", output], armoured);
    return status === 0 ? readFileSync(output).toString("hex") : undefined;
  }

  /** What `sops encrypt` makes of a text by the rules of the folder. */
  encryptByThem(file: string, text: string): string {
    this.write(file, text);
    return quietly(this.sops(["encrypt", file]));
  }

  /** What `sops decrypt` makes of a text: YAML, or JSON of the first document. */
  decryptByThem(file: string, text: string, key: AgeKey, output: "yaml" | "json" = "yaml"): string {
    this.write(file, text);
    return quietly(this.sops(["decrypt", "--output-type", output, file], key));
  }

  /** The rule of the folder's `.sops.yaml` for a file, as we read it. */
  rule(file: string): CreationRule {
    const rules = taken(readCreationRules(parse(this.read(".sops.yaml"))));
    const rule = ruleFor(rules, file);
    if (rule === undefined) throw new Error(`no creation rule for ${file}`);
    return rule;
  }

  async encryptByUs(file: string, text: string): Promise<string> {
    return taken(await encryptSops({ file, text, rule: this.rule(file), now: new Date() }));
  }

  async decryptByUs(file: string, text: string, key: AgeKey): Promise<DecryptedFile> {
    return taken(await decryptSops(file, text, key.identities));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #run(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    input = "",
  ): Ended {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: this.folder,
      encoding: "utf8",
      input,
      maxBuffer: 2 ** 28,
      env: { PATH: process.env["PATH"], HOME: this.folder, XDG_CONFIG_HOME: this.folder, ...environment },
    });
    if (error !== undefined) throw error;
    return { status, stdout, stderr };
  }
}

/** The output of a process that had to succeed. */
export function demand({ status, stdout, stderr }: Ended): string {
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return stdout;
}

/** The output of a process that had to succeed without a warning. */
export function quietly(ended: Ended): string {
  const output = demand(ended);
  if (ended.stderr !== "") throw new Error(`succeeded, but warned: ${ended.stderr}`);
  return output;
}

/** The value of an outcome that had to be without a complaint. */
export function taken<T>(outcome: Outcome<T | undefined>): T {
  if (outcome.diagnostics.length > 0) throw new Error(describe(outcome.diagnostics));
  if (outcome.value === undefined) throw new Error("neither a value nor a diagnostic");
  return outcome.value;
}

export function codesOf({ diagnostics }: Outcome<unknown>): readonly string[] {
  return diagnostics.map(({ code }) => code);
}

function describe(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ code, message, at }) => `${code} ${message} ${JSON.stringify(at)}`).join("\n");
}
