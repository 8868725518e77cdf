import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SourceRef } from "../../src/core/diagnostic.ts";
import { createResolver } from "../../src/secrets/references/resolver.ts";
import { CREDENTIALS, networkSources, startOther, startVault, type VaultServer } from "./vault-server.ts";

/** References to Vault against its real key-value engine, over a real network. */

const AT: SourceRef = { file: "controlplane.yaml", document: 0, path: [] };

let vault: VaultServer;

beforeAll(async () => {
  vault = await startVault();
  const write = (path: string, data: unknown, namespace = "") =>
    vault.change("PUT", path, { data }, namespace);
  await write("secret/data/bgp", { password: "hunter1" });
  await write("secret/data/bgp", {
    password: "hunter2",
    nested: { key: "hunter3" },
    port: 8080,
    on: true,
    "a/b~c": "x",
  });
  await write("secret/data/bgp", { password: "hunter4" }, "team-a");
  await write("kv/team/data/deep/path", { password: "hunter5" });
  await write("secret/data/%C3%A9%20+%25", { "ü+": "hunter6" });
  await write("secret/data/denied", { password: "hunter7" });
  await write("secret/data/deleted", { password: "hunter8" });
  await vault.change("DELETE", "secret/data/deleted");
  await write("secret/data/destroyed", { password: "hunter9" });
  await vault.change("PUT", "secret/destroy/destroyed", { versions: [1] });
  await vault.change("PUT", "old/bgp", { password: "hunter10" });
});

afterAll(() => {
  vault.stop();
});

async function ask(text: string, env: Readonly<Record<string, string>> = {}) {
  const all = { VAULT_ADDR: vault.address, VAULT_TOKEN: CREDENTIALS.reader, ...env };
  const { value, diagnostics } = await createResolver(networkSources(all)).resolveTree(text, AT);
  expect(JSON.stringify(diagnostics)).not.toMatch(/hunter|-token"|the-secret-id/);
  return diagnostics.length === 0 ? value : diagnostics.map(({ code }) => code);
}

describe("a reference reads", () => {
  test.each([
    ["a key of a secret", "ref+vault://secret/bgp#/password", "hunter2"],
    ["an earlier version of it", "ref+vault://secret/bgp?version=1#/password", "hunter1"],
    ["what is below a key", "ref+vault://secret/bgp#/nested/key", "hunter3"],
    ["a number", "ref+vault://secret/bgp#/port", "8080"],
    ["a truth", "ref+vault://secret/bgp#/on", "true"],
    ["a key with a slash and a tilde", "ref+vault://secret/bgp#/a~1b~0c", "x"],
    ["a secret of a namespace", "ref+vault://secret/bgp?namespace=team-a#/password", "hunter4"],
    ["an engine that is mounted two steps deep", "ref+vault://kv/team/deep/path#/password", "hunter5"],
    ["an engine of the first version", "ref+vault://old/bgp#/password", "hunter10"],
    ["a path with any characters", "ref+vault://secret/%C3%A9%20%2B%25#/%C3%BC%2B", "hunter6"],
    ["OpenBao by the same protocol", "ref+openbao://secret/bgp#/password", "hunter2"],
  ])("%s", async (_, text, secret) => {
    expect(await ask(text)).toBe(secret);
  });

  test("with a token of each kind", async () => {
    const reference = (parameters: string) => `ref+vault://secret/bgp?${parameters}#/password`;
    const env = {
      VAULT_TOKEN: "",
      MINE: CREDENTIALS.reader,
      SID: CREDENTIALS.secretId,
      JWT: CREDENTIALS.webToken,
    };
    const role = `role_id=${CREDENTIALS.role}`;
    expect(await ask(reference("token_env=MINE"), env)).toBe("hunter2");
    expect(await ask(reference(`auth_method=approle&${role}&secret_id_env=SID`), env)).toBe("hunter2");
    expect(await ask(reference(`auth_method=jwt&${role}&jwt_env=JWT`), env)).toBe("hunter2");
    expect(await ask(reference("auth_method=approle&role_id=other&secret_id_env=SID"), env)).toEqual([
      "ICH9224",
    ]);
    expect(await ask(reference(`auth_method=jwt&${role}&jwt_env=SID`), env)).toEqual(["ICH9224"]);
  });
});

describe("a reference fails", () => {
  test.each([
    ["where the secret is not there", "ref+vault://secret/nope#/password", "ICH9226"],
    ["where the version is not there", "ref+vault://secret/bgp?version=9#/password", "ICH9226"],
    ["where the key is not there", "ref+vault://secret/bgp#/pasword", "ICH9208"],
    ["where nothing is mounted", "ref+vault://nothing/bgp#/password", "ICH9226"],
    ["where the namespace is not there", "ref+vault://secret/bgp?namespace=nope#/password", "ICH9226"],
    ["where the secret is deleted", "ref+vault://secret/deleted#/password", "ICH9227"],
    ["where the secret is destroyed", "ref+vault://secret/destroyed#/password", "ICH9227"],
    ["where the policy denies it", "ref+vault://secret/denied#/password", "ICH9225"],
    [
      "where versions are asked for that the engine does not keep",
      "ref+vault://old/bgp?version=1#/password",
      "ICH9204",
    ],
  ])("%s", async (_, text, code) => {
    expect(await ask(text)).toEqual([code]);
  });

  test("where the token is unknown", async () => {
    expect(await ask("ref+vault://secret/bgp#/password", { VAULT_TOKEN: "unknown" })).toEqual(["ICH9225"]);
  });

  test("where nobody listens", async () => {
    const { address, server } = await startOther(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    expect(await ask("ref+vault://secret/bgp#/password", { VAULT_ADDR: address })).toEqual(["ICH9228"]);
  });

  test("where no answer comes in time, or only its beginning", async () => {
    for (const begins of [false, true]) {
      const { address, server } = await startOther((_, response) => {
        if (begins) response.writeHead(200).write('{"data":');
      });
      const sources = networkSources({ VAULT_ADDR: address, VAULT_TOKEN: "t" });
      const resolver = createResolver(sources, { timeout: 100, pauses: [] });
      const { diagnostics } = await resolver.resolveTree("ref+vault://secret/bgp#/password", AT);
      expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
        `ICH9228 Vault at ${address} did not answer within 0.1 s`,
      ]);
      server.closeAllConnections();
      server.close();
    }
  });

  test("where the server sends to another one, which never sees the token", async () => {
    let reached = false;
    const other = await startOther((_, response) => {
      reached = true;
      response.end("{}");
    });
    const { address, server } = await startOther((request, response) => {
      response.writeHead(307, { Location: `${other.address}${request.url ?? ""}` }).end();
    });
    expect(await ask("ref+vault://secret/bgp#/password", { VAULT_ADDR: address })).toEqual(["ICH9229"]);
    expect(reached).toBe(false);
    for (const each of [server, other.server]) each.close();
  });
});

test("one login, one question for the mount and one for each secret serve any number of references", async () => {
  const before = await vault.seen();
  const env = {
    VAULT_ADDR: vault.address,
    VAULT_AUTH_METHOD: "approle",
    VAULT_ROLE_ID: CREDENTIALS.role,
    VAULT_SECRET_ID: CREDENTIALS.secretId,
  };
  const tree = Array.from({ length: 20 }, (_, index) => ({
    a: "ref+vault://secret/bgp#/password",
    b: `ref+vault://secret/bgp?version=${(index % 2) + 1}#/password`,
  }));
  const resolver = createResolver(networkSources(env));
  const { value } = await resolver.resolveTree(tree, AT);
  expect((value as unknown[]).slice(0, 2)).toEqual([
    { a: "hunter2", b: "hunter1" },
    { a: "hunter2", b: "hunter2" },
  ]);
  const after = await vault.seen();
  const grown = Object.entries(after).map(([asked, count]) => [asked, count - (before[asked] ?? 0)] as const);
  expect(Object.fromEntries(grown.filter(([, count]) => count > 0))).toEqual({
    "POST auth/approle/login": 1,
    "GET sys/internal/ui/mounts/secret/bgp": 1,
    "GET secret/data/bgp": 3,
  });
  expect([...resolver.secrets()]).toEqual(
    expect.arrayContaining(["hunter1", "hunter2", CREDENTIALS.secretId, CREDENTIALS.reader]),
  );
});
