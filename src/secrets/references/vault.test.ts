import { describe, expect, test } from "vitest";
import type { SourceRef } from "../../core/diagnostic.ts";
import { parseReference } from "./reference.ts";
import { createResolver } from "./resolver.ts";
import type { ReferenceSources } from "./sources.ts";

/** What a real engine does not do at will: fail, hang, redirect. The rest is in the conformance tests. */

const AT: SourceRef = { file: "controlplane.yaml", document: 0, path: [] };
const ADDRESS = "https://vault.example.com:8200";
const TOKEN = { VAULT_ADDR: ADDRESS, VAULT_TOKEN: "hvs.hunter2" };

type Answer = Response | Error;

interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: unknown;
}

interface Server {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly answer?: (call: Call, count: number) => Answer | Promise<Answer>;
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status });
}

const MOUNT = json(200, { data: { path: "kv/", options: { version: "2" } } });

/** A KV engine with one secret, unless the test answers otherwise. */
function honest({ url, method }: Call): Response {
  if (method === "POST") return json(200, { auth: { client_token: "hvs.login-hunter2" } });
  if (url.includes("/sys/internal/ui/mounts/")) return MOUNT.clone();
  return json(200, { data: { data: { k: "hunter2", other: "ref+vault://kv/a#/k" }, metadata: {} } });
}

function start({ env = TOKEN, files = {}, answer = honest }: Server) {
  const calls: Call[] = [];
  const waits: number[] = [];
  const unused = () => Promise.reject(new Error("not here"));
  const sources: ReferenceSources = {
    env,
    readFile: (path) => {
      const text = files[path];
      return Promise.resolve(text === undefined ? undefined : new TextEncoder().encode(text));
    },
    decrypt: unused,
    parseYaml: () => ({ value: [], diagnostics: [] }),
    fetch: async (input, init) => {
      const url = typeof input === "string" ? input : "";
      const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
      const call = { method: init?.method ?? "GET", url, headers: new Headers(init?.headers), body };
      expect(init).toMatchObject({ redirect: "manual" });
      calls.push(call);
      const given = await answer(call, calls.length);
      if (given instanceof Error) throw given;
      return given;
    },
    wait: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
  };
  const resolver = createResolver(sources, { timeout: 50, pauses: [500, 2000] });
  const ask = async (text: string) => {
    const { value, diagnostics } = parseReference(text, AT);
    expect(diagnostics).toEqual([]);
    if (value === undefined) throw new Error(`no reference: ${text}`);
    const found = await resolver.resolve(value, AT);
    expect(JSON.stringify(found.diagnostics)).not.toContain("hunter");
    return { secret: found.value, said: found.diagnostics.map(({ code, message }) => `${code} ${message}`) };
  };
  return { ask, calls, waits, resolver };
}

const said = async (server: Server, text = "ref+vault://kv/a#/k") => (await start(server).ask(text)).said;

describe("Vault is asked", () => {
  test("for the mount of the path and then for the secret, with the headers it wants", async () => {
    const { ask, calls } = start({});
    expect(await ask("ref+vault://kv/a%20b/c?version=2&namespace=team#/k")).toMatchObject({
      secret: "hunter2",
    });
    expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${ADDRESS}/v1/sys/internal/ui/mounts/kv/a%20b/c`,
      `GET ${ADDRESS}/v1/kv/data/a%20b/c?version=2`,
    ]);
    expect(Object.fromEntries(calls[1]?.headers ?? [])).toMatchObject({
      "x-vault-token": "hvs.hunter2",
      "x-vault-namespace": "team",
      "x-vault-request": "true",
    });
  });

  test("at an address with a path, without doubling slashes", async () => {
    const { ask, calls } = start({
      env: { VAULT_ADDR: "https://proxy.example.com/vault/", VAULT_TOKEN: "t" },
    });
    await ask("ref+vault://kv/a#/k");
    expect(calls[1]?.url).toBe("https://proxy.example.com/vault/v1/kv/data/a");
  });

  test("once for each secret and each mount and each login, however many references there are", async () => {
    const env = {
      VAULT_ADDR: ADDRESS,
      VAULT_AUTH_METHOD: "approle",
      VAULT_ROLE_ID: "r",
      VAULT_SECRET_ID: "s",
    };
    const { resolver, calls } = start({ env });
    const tree = Array.from({ length: 10 }, (_, index) => [
      "ref+vault://kv/a#/k",
      "ref+vault://kv/a#/other",
      `ref+vault://kv/b${index % 2}#/k`,
    ]);
    const { value } = await resolver.resolveTree(tree, AT);
    expect(new Set((value as string[][]).flat())).toEqual(new Set(["hunter2"]));
    expect(calls.map(({ method, url }) => `${method} ${url.slice(ADDRESS.length)}`).toSorted()).toEqual([
      "GET /v1/kv/data/a",
      "GET /v1/kv/data/b0",
      "GET /v1/kv/data/b1",
      "GET /v1/sys/internal/ui/mounts/kv/a",
      "POST /v1/auth/approle/login",
    ]);
  });

  test("under its first step where nobody says where the mount is", async () => {
    const answer = (call: Call) => (call.url.includes("/sys/") ? json(403, { errors: [] }) : honest(call));
    const { ask, calls } = start({ answer });
    expect(await ask("ref+vault://kv/a/b#/k")).toMatchObject({ secret: "hunter2" });
    expect(calls[1]?.url).toBe(`${ADDRESS}/v1/kv/data/a/b`);
  });

  test("by the variables of one family only, so that no token reaches the other server", async () => {
    const bao = { BAO_ADDR: "https://bao.example.com", BAO_TOKEN: "bao-token" };
    const server = async (env: Readonly<Record<string, string>>, text: string) => {
      const { ask, calls } = start({ env });
      const { said: complaints } = await ask(text);
      return (
        complaints[0]?.slice(0, 7) ?? [
          new URL(calls[0]?.url ?? "").host,
          calls[0]?.headers.get("X-Vault-Token"),
        ]
      );
    };
    expect(await server({ ...TOKEN, ...bao }, "ref+vault://kv/a#/k")).toEqual([
      "vault.example.com:8200",
      "hvs.hunter2",
    ]);
    expect(await server({ ...TOKEN, ...bao }, "ref+openbao://kv/a#/k")).toEqual([
      "bao.example.com",
      "bao-token",
    ]);
    expect(await server(bao, "ref+vault://kv/a#/k")).toEqual(["bao.example.com", "bao-token"]);
    expect(await server(TOKEN, "ref+openbao://kv/a#/k")).toEqual(["vault.example.com:8200", "hvs.hunter2"]);
    expect(await server({ VAULT_ADDR: ADDRESS, ...bao }, "ref+vault://kv/a#/k")).toBe("ICH9223");
    expect(await server(bao, "ref+vault://kv/a?address=https://x.example#/k")).toBe("ICH9223");
  });
});

describe("the token comes from", () => {
  const tokenOf = async (server: Server, parameters: string) => {
    const { ask, calls, resolver } = start({ ...server, env: { VAULT_ADDR: ADDRESS, ...server.env } });
    await ask(`ref+vault://kv/a${parameters}#/k`);
    const token = calls.find(({ method }) => method === "GET")?.headers.get("X-Vault-Token");
    expect([...resolver.secrets()]).toContain(token);
    return token;
  };
  const env = { VAULT_TOKEN: "v", MINE: "m", HOME: "/home/u" };
  const files = { "/run/t": " f\n", "t/x": "r", "/home/u/.vault-token": "h", "/home/u/mine": "~" };

  test.each([
    ["the variable of the reference", "?token_env=MINE", "m"],
    ["the file of the reference", "?token_file=/run/t", "f"],
    ["a file in the repository", "?token_file=t/y/../x", "r"],
    ["a file at home", "?token_file=~/mine", "~"],
    ["VAULT_TOKEN", "", "v"],
  ])("%s", async (_, parameters, token) => {
    expect(await tokenOf({ env, files }, parameters)).toBe(token);
  });

  test("VAULT_TOKEN_FILE, and then the file that `vault login` writes", async () => {
    expect(await tokenOf({ env: { VAULT_TOKEN_FILE: "/run/t", HOME: "/home/u" }, files }, "")).toBe("f");
    expect(await tokenOf({ env: { HOME: "/home/u" }, files }, "")).toBe("h");
  });

  test("a login by AppRole, whose secret ID comes from the environment", async () => {
    const { ask, calls, resolver } = start({ env: { VAULT_ADDR: ADDRESS, SID: "sid-hunter2" } });
    const reference = "ref+vault://kv/a?auth_method=approle&role_id=r&secret_id_env=SID&namespace=n#/k";
    expect(await ask(reference)).toMatchObject({ secret: "hunter2" });
    expect(calls[0]).toMatchObject({
      method: "POST",
      url: `${ADDRESS}/v1/auth/approle/login`,
      body: { role_id: "r", secret_id: "sid-hunter2" },
    });
    expect(calls[0]?.headers.get("X-Vault-Namespace")).toBe("n");
    expect(calls[0]?.headers.get("X-Vault-Token")).toBeNull();
    expect(calls[1]?.headers.get("X-Vault-Token")).toBe("hvs.login-hunter2");
    expect([...resolver.secrets()]).toEqual(["sid-hunter2", "hvs.login-hunter2", "hunter2"]);
  });

  test("a login by a JWT from a file or a variable, at another mount too", async () => {
    const at = { VAULT_ADDR: ADDRESS, VAULT_LOGIN_MOUNT_POINT: "/github/", JWT: "j" };
    const { ask, calls } = start({ env: at, files: { "/run/jwt": "jwt\n" } });
    await ask("ref+vault://kv/a?auth_method=jwt&role_id=r&jwt_file=/run/jwt#/k");
    await ask("ref+vault://kv/a?auth_method=jwt&role_id=r&jwt_env=JWT#/k");
    const logins = calls.filter(({ method }) => method === "POST");
    expect(logins.map(({ url, body }) => [url, body])).toEqual([
      [`${ADDRESS}/v1/auth/github/login`, { role: "r", jwt: "jwt" }],
      [`${ADDRESS}/v1/auth/github/login`, { role: "r", jwt: "j" }],
    ]);
  });
});

describe("it is said", () => {
  test.each([
    [{}, "", 'ICH9221 the address of the Vault of "ref+vault://kv/a#/k" is not known'],
    [
      { VAULT_ADDR: "vault:8200" },
      "",
      'ICH9221 the address of the Vault of "ref+vault://kv/a#/k" is not one of http or https',
    ],
    [
      { VAULT_ADDR: "https://u:hunter2@v" },
      "",
      'ICH9221 the address of the Vault of "ref+vault://kv/a#/k" is not one of http or https',
    ],
    [
      { VAULT_ADDR: "http://vault.example.com" },
      "",
      'ICH9222 the Vault of "ref+vault://kv/a#/k" is asked at http://vault.example.com, without encryption',
    ],
    [
      { VAULT_ADDR: "http://127.0.0.1.example.com" },
      "",
      'ICH9222 the Vault of "ref+vault://kv/a#/k" is asked at http://127.0.0.1.example.com, without encryption',
    ],
    [
      { VAULT_ADDR: ADDRESS, HOME: "/h" },
      "",
      'ICH9223 there is no token of Vault: neither the variable VAULT_TOKEN, nor the file "/h/.vault-token" has one',
    ],
    [
      { VAULT_ADDR: ADDRESS },
      "?token_env=MINE",
      "ICH9223 the variable MINE, with which Vault is logged in to, is not set",
    ],
    [
      { VAULT_ADDR: ADDRESS },
      "?token_file=/run/t",
      'ICH9223 the login at Vault is not possible: there is no file "/run/t"',
    ],
    [
      { VAULT_ADDR: ADDRESS, VAULT_TOKEN: "hunter2\nhunter3" },
      "",
      "ICH9223 the variable VAULT_TOKEN holds no token: a space or a line break is in it",
    ],
    [{ VAULT_ADDR: ADDRESS }, "?auth_method=approle", "ICH9223 the login by `approle` needs a role"],
    [
      { VAULT_ADDR: ADDRESS, VAULT_ROLE_ID: "r" },
      "?auth_method=approle",
      "ICH9223 the variable VAULT_SECRET_ID, with which Vault is logged in to, is not set",
    ],
    [
      { VAULT_ADDR: ADDRESS },
      "?auth_method=jwt&role_id=r",
      "ICH9223 the login by `jwt` needs to know where the token is",
    ],
    [
      { VAULT_ADDR: ADDRESS, VAULT_AUTH_METHOD: "ldap" },
      "",
      "ICH9223 VAULT_AUTH_METHOD names no way to log in that ichor knows",
    ],
  ])(
    "before anything is sent: %j %s",
    async (env: Readonly<Record<string, string>>, parameters, complaint) => {
      const { ask, calls } = start({ env });
      const { said: complaints } = await ask(`ref+vault://kv/a${parameters}#/k`);
      if (env["VAULT_TOKEN"] === undefined) expect(complaints).toEqual([complaint]);
      else
        expect(complaints).toEqual([
          "ICH9223 the variable VAULT_TOKEN holds no token: a space or a line break is in it",
        ]);
      expect(calls).toEqual([]);
    },
  );

  test("that proto=http allows what is otherwise refused, and that this machine needs no leave", async () => {
    const env = { VAULT_ADDR: "http://vault.example.com", VAULT_TOKEN: "t" };
    expect(await start({ env }).ask("ref+vault://kv/a?proto=http#/k")).toMatchObject({ secret: "hunter2" });
    const { ask, calls } = start({ env });
    await ask("ref+vault://kv/a?proto=http&host=10.0.0.1:8200#/k");
    expect(calls[0]?.url).toMatch(/^http:\/\/10\.0\.0\.1:8200\//);
    for (const local of ["http://127.0.0.1:8200", "http://[::1]:8200", "http://localhost:8200"]) {
      expect(await said({ env: { ...env, VAULT_ADDR: local } })).toEqual([]);
    }
  });

  const where = `Vault at ${ADDRESS}`;
  const after = (mountThen: Response) => (call: Call) =>
    call.url.includes("/sys/") ? MOUNT.clone() : mountThen.clone();

  test.each([
    [json(403, { errors: ["hunter2"] }), `ICH9225 ${where} denies the secret "kv/a" to this token`],
    [json(404, { errors: [] }), `ICH9226 ${where} does not have the secret "kv/a"`],
    [
      json(404, { data: { data: null, metadata: { destroyed: false } } }),
      `ICH9227 the secret "kv/a" was deleted in ${where}`,
    ],
    [
      json(404, { data: { data: null, metadata: { destroyed: true } } }),
      `ICH9227 the secret "kv/a" was destroyed in ${where}`,
    ],
    [
      json(200, { data: { data: { other: "hunter2" } } }),
      'ICH9208 the secret "kv/a" of Vault has no key "k"',
    ],
    [
      new Response("<html>hunter2"),
      `ICH9230 ${where} answered with status 200 and no secret when asked for the secret "kv/a"`,
    ],
    [
      json(400, { errors: ["hunter2"] }),
      `ICH9230 ${where} answered with status 400 and no secret when asked for the secret "kv/a"`,
    ],
    [
      json(200, { data: "hunter2" }),
      `ICH9230 ${where} answered with status 200 and no secret when asked for the secret "kv/a"`,
    ],
  ])("when Vault answers %#", async (response, complaint) => {
    expect(await said({ answer: after(response) })).toEqual([complaint]);
  });

  test("when the login is refused, or answered with something else", async () => {
    const env = { VAULT_ADDR: ADDRESS, VAULT_ROLE_ID: "r", VAULT_SECRET_ID: "hunter2" };
    const text = "ref+vault://kv/a?auth_method=approle#/k";
    expect(await said({ env, answer: () => json(400, { errors: ["hunter2"] }) }, text)).toEqual([
      `ICH9224 ${where} refuses the login by \`auth/approle/login\` with status 400`,
    ]);
    expect(
      await said({ env, answer: () => json(200, { auth: { client_token: "hunter2\n" } }) }, text),
    ).toEqual([`ICH9230 ${where} answered the login with status 200 and no token`]);
  });
});

describe("a server that fails", () => {
  test("is asked again after 429 and 5xx, up to three times in all", async () => {
    const { ask, waits, calls } = start({
      answer: (call, count) => (count < 3 ? json(503, {}) : honest(call)),
    });
    expect(await ask("ref+vault://kv/a#/k")).toMatchObject({ secret: "hunter2" });
    expect([waits, calls.length]).toEqual([[500, 2000], 4]);
    const down = start({ answer: () => json(429, {}) });
    expect((await down.ask("ref+vault://kv/a#/k")).said).toEqual([
      `ICH9228 Vault at ${ADDRESS} answers with status 429 (too many requests)`,
    ]);
    expect(down.calls).toHaveLength(3);
  });

  test("is not asked again to log in, nor after an answer that will not change", async () => {
    const env = {
      VAULT_ADDR: ADDRESS,
      VAULT_ROLE_ID: "r",
      VAULT_SECRET_ID: "s",
      VAULT_AUTH_METHOD: "approle",
    };
    const login = start({ env, answer: () => json(500, {}) });
    expect((await login.ask("ref+vault://kv/a#/k")).said).toEqual([
      `ICH9228 Vault at ${ADDRESS} answers with status 500`,
    ]);
    expect([login.calls.length, login.waits]).toEqual([1, []]);
    const denied = start({ answer: () => json(403, {}) });
    await denied.ask("ref+vault://kv/a#/k");
    expect([denied.calls.length, denied.waits]).toEqual([2, []]);
  });

  test("is waited for once by all who ask, and asked anew by who comes later", async () => {
    let down = true;
    const { resolver, calls } = start({ answer: (call) => (down ? json(503, {}) : honest(call)) });
    const tree = Array.from({ length: 10 }, (_, index) => `ref+vault://kv/a${index}#/k`);
    expect((await resolver.resolveTree(tree, AT)).diagnostics).toHaveLength(10);
    expect(calls).toHaveLength(3);
    down = false;
    expect((await resolver.resolveTree(tree, AT)).diagnostics).toEqual([]);
  });

  test("is named with the network's code and no more", async () => {
    const refused = new TypeError("hunter2", {
      cause: Object.assign(new Error("hunter2"), { code: "ECONNREFUSED" }),
    });
    expect(await said({ answer: () => refused })).toEqual([
      `ICH9228 Vault at ${ADDRESS} cannot be reached: ECONNREFUSED`,
    ]);
    expect(await said({ answer: () => new TypeError("hunter2") })).toEqual([
      `ICH9228 Vault at ${ADDRESS} cannot be reached`,
    ]);
  });

  test("is not followed to another server, port or scheme", async () => {
    for (const target of [
      "https://evil.example",
      "https://vault.example.com",
      "http://vault.example.com:8200",
    ]) {
      const headers = { Location: `${target}/v1/x?hunter2` };
      const { ask, calls } = start({ answer: () => new Response(null, { status: 307, headers }) });
      expect((await ask("ref+vault://kv/a#/k")).said).toEqual([
        `ICH9229 Vault at ${ADDRESS} sends to ${target}, where its token must not go`,
      ]);
      expect(calls).toHaveLength(1);
    }
  });

  test("is followed on itself, but not for ever", async () => {
    const moved = (call: Call) =>
      call.url.includes("/moved/")
        ? honest(call)
        : new Response(null, { status: 307, headers: { Location: call.url.replace("/v1/", "/v1/moved/") } });
    expect(await start({ answer: moved }).ask("ref+vault://kv/a#/k")).toMatchObject({ secret: "hunter2" });
    const round = () => new Response(null, { status: 307, headers: { Location: "/v1/x" } });
    expect(await said({ answer: round })).toEqual([
      `ICH9229 Vault at ${ADDRESS} redirects more than 3 times`,
    ]);
  });
});

test("a secret of Vault leads to Vault only: whoever may write it must not read files with it", async () => {
  const leads = (k: string) => (call: Call) =>
    call.url.includes("/sys/") ? MOUNT.clone() : json(200, { data: { data: { k, end: "hunter2" } } });
  expect(await said({ answer: leads("ref+file:///run/secrets/age") })).toEqual([
    'ICH9213 "ref+vault://kv/a#/k" leads to "ref+file:///run/secrets/age", but a secret of Vault may lead to Vault only',
  ]);
  expect(await said({ answer: leads("ref+vault://kv/b?token_env=HOME#/end") })).toEqual([
    'ICH9213 "ref+vault://kv/a#/k" leads to "ref+vault://kv/b#/end" with the parameter `token_env`, which only the repository may set',
  ]);
  const { ask } = start({ answer: leads("ref+vault://kv/b?version=2#/end") });
  expect(await ask("ref+vault://kv/a#/k")).toEqual({ secret: "hunter2", said: [] });
});
