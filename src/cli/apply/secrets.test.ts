import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ichor } from "../../../test/support/ichor.ts";
import type { DesiredCluster } from "../../applier/desired.ts";
import { emitYaml } from "../../core/yaml-emit.ts";
import { createLeakGuard } from "../../secrets/leaks/leak-guard.ts";
import { createIdentity, recipientOf } from "../../secrets/sops/data-key.ts";
import { openWorkspace } from "../secrets/workspace.ts";
import type { Terminal } from "../terminal.ts";
import { openRunSecrets } from "./secrets.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ichor-run-"));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test("a run gets certificates for machines and for Kubernetes, and no key of them is ever printed", async () => {
  const identity = await createIdentity();
  const env = { SOPS_AGE_KEY: identity.secret };
  await ichor(root, "init");
  const rule = {
    path_regex: "\\.sops\\.yaml$",
    encrypted_regex: "^(key|token|secret|id|bootstraptoken|secretboxencryptionsecret)$",
    age: [await recipientOf(identity)],
  };
  writeFileSync(join(root, ".sops.yaml"), emitYaml({ creation_rules: [rule] }));
  expect(await ichor({ cwd: root, env }, "secrets", "init", "dc1-mgmt")).toMatchObject({ code: 0 });

  const guard = createLeakGuard();
  const program = new Command();
  program.setOptionValue("chdir", root);
  const now = new Date();
  const terminal = { cwd: root, env, now: () => now, stderr: () => undefined } as unknown as Terminal;
  const nothing = () => undefined;
  const workspace = openWorkspace({ program, terminal, guard, printCredential: nothing, finish: nothing });
  const secretsFile = "clusters/dc1/dc1-mgmt/secrets.sops.yaml";
  const cluster = { name: "dc1-mgmt", secretsFile } as DesiredCluster;
  const { value, diagnostics } = await openRunSecrets(workspace, [cluster]);
  expect(diagnostics).toEqual([]);

  const machines = value.credentials.get("dc1-mgmt");
  const kubernetes = value.kubernetes.get("dc1-mgmt");
  const subjects = [machines, kubernetes].map((one) => new X509Certificate(one?.certificate ?? "").subject);
  expect(subjects).toEqual(["O=os:admin", "O=system:masters\nCN=ichor"]);
  for (const { authorities = "", certificate = "", key = "" } of [machines ?? {}, kubernetes ?? {}]) {
    const made = new X509Certificate(certificate);
    expect(made.verify(new X509Certificate(authorities).publicKey)).toBe(true);
    expect(Date.parse(made.validTo) - now.getTime()).toBeLessThanOrEqual(6 * 3_600_000);
    expect(key).toContain("PRIVATE KEY");
    expect(guard.check(key)).toBeDefined();
    expect(guard.check(key.split("\n")[1] ?? "")).toBeDefined();
  }
});
