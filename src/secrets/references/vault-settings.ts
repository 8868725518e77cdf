import { isAddress } from "./backends.ts";
import { type Found, missing } from "./found.ts";
import { describeReference, type Reference } from "./reference.ts";
import type { ReferenceSources } from "./sources.ts";

/** Where a token or another secret of a login comes from. */
export type CredentialSource = { readonly variable: string } | { readonly file: string };

/** How Vault is logged in to; of a token's several sources the first that is there counts. */
export type VaultLogin =
  | { readonly method: "token"; readonly token: readonly CredentialSource[] }
  | {
      readonly method: "approle";
      readonly roleId: string;
      readonly secretId: CredentialSource;
      readonly mount: string;
    }
  | { readonly method: "jwt"; readonly role: string; readonly jwt: CredentialSource; readonly mount: string };

/** Which Vault a reference means, and who asks it. */
export interface VaultSettings {
  /** Without a slash at its end. */
  readonly address: string;
  readonly namespace: string | undefined;
  readonly login: VaultLogin;
}

type Env = ReferenceSources["env"];
type Parameters = Reference["parameters"];

/**
 * The settings of a reference: its parameters, then environment variables. All variables are of one family, VAULT_ or
 * BAO_, so that the token of one server is never sent to the other: that of the backend, unless only the other has an
 * address.
 */
export function vaultSettings(reference: Reference, env: Env): Found<VaultSettings> {
  const { parameters } = reference;
  const prefix = familyOf(reference, env);
  const address = addressOf(reference, env[`${prefix}_ADDR`]);
  if ("problem" in address) return address;
  const namespace = parameters.namespace ?? filled(env[`${prefix}_NAMESPACE`]);
  if (namespace !== undefined && !/^[\x21-\x7e]+$/.test(namespace)) {
    return missing("ICH9221", `${prefix}_NAMESPACE is not the name of a namespace`);
  }
  const login = loginOf(parameters, env, prefix);
  return "problem" in login ? login : { value: { address: address.value, namespace, login: login.value } };
}

function familyOf({ backend, parameters }: Reference, env: Env): "VAULT" | "BAO" {
  const [own, other] = backend === "openbao" ? (["BAO", "VAULT"] as const) : (["VAULT", "BAO"] as const);
  const isNamed = parameters.address !== undefined || parameters.host !== undefined;
  const isOther = filled(env[`${own}_ADDR`]) === undefined && filled(env[`${other}_ADDR`]) !== undefined;
  return !isNamed && isOther ? other : own;
}

function addressOf(reference: Reference, fromEnvironment: string | undefined): Found<string> {
  const { address, host, proto } = reference.parameters;
  const given = address ?? (host === undefined ? filled(fromEnvironment) : `${proto ?? "https"}://${host}`);
  const subject = `the Vault of ${describeReference(reference)}`;
  if (given === undefined) {
    const hint = "set VAULT_ADDR (BAO_ADDR), or add the parameter `address`";
    return missing("ICH9221", `the address of ${subject} is not known`, { hint });
  }
  if (!isAddress(given)) {
    const hint = "write it like https://vault.example.com:8200, without user, query and fragment";
    return missing("ICH9221", `the address of ${subject} is not one of http or https`, { hint });
  }
  const url = new URL(given);
  if (url.protocol === "http:" && !isLoopback(url.hostname) && proto !== "http") {
    return missing("ICH9222", `${subject} is asked at ${url.origin}, without encryption`, {
      hint: "use https, or add `proto=http` to the reference if the way is protected otherwise",
    });
  }
  return { value: given.replace(/\/+$/, "") };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}

function loginOf(parameters: Parameters, env: Env, prefix: string): Found<VaultLogin> {
  const method = parameters.auth_method ?? filled(env[`${prefix}_AUTH_METHOD`]) ?? "token";
  if (method === "token") return { value: { method, token: tokenSources(parameters, env, prefix) } };
  if (method !== "approle" && method !== "jwt") {
    return missing("ICH9223", `${prefix}_AUTH_METHOD names no way to log in that ichor knows`, {
      hint: "the ways are `token`, `approle` and `jwt`",
    });
  }
  const mount = filled(env[`${prefix}_LOGIN_MOUNT_POINT`])?.replaceAll(/^\/+|\/+$/g, "") ?? method;
  if (!/^\w[\w.-]*(?:\/\w[\w.-]*)*$/.test(mount)) {
    return missing("ICH9223", `${prefix}_LOGIN_MOUNT_POINT is not the path of a mount`);
  }
  const role = parameters.role_id ?? filled(env[`${prefix}_ROLE_ID`]);
  if (role === undefined) {
    const hint = `add the parameter \`role_id\`, or set ${prefix}_ROLE_ID`;
    return missing("ICH9223", `the login by \`${method}\` needs a role`, { hint });
  }
  if (method === "approle") {
    const secretId = { variable: parameters.secret_id_env ?? `${prefix}_SECRET_ID` };
    return { value: { method, roleId: role, secretId, mount } };
  }
  const jwt = sourceOf(parameters.jwt_env, parameters.jwt_file);
  if (jwt !== undefined) return { value: { method, role, jwt, mount } };
  const hint = "add the parameter `jwt_env` or `jwt_file`";
  return missing("ICH9223", "the login by `jwt` needs to know where the token is", { hint });
}

/** Where vals looks for a token, in its order. */
function tokenSources(parameters: Parameters, env: Env, prefix: string): readonly CredentialSource[] {
  const named = sourceOf(parameters.token_env, parameters.token_file);
  if (named !== undefined) return [named];
  const home = filled(env["HOME"]);
  const atHome = home === undefined ? undefined : `${home}/.${prefix.toLowerCase()}-token`;
  const file = filled(env[`${prefix}_TOKEN_FILE`]) ?? atHome;
  return [{ variable: `${prefix}_TOKEN` }, ...(file === undefined ? [] : [{ file }])];
}

function sourceOf(variable: string | undefined, file: string | undefined): CredentialSource | undefined {
  if (variable !== undefined) return { variable };
  return file === undefined ? undefined : { file };
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text.trim();
}
