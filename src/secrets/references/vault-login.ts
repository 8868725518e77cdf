import { joinPath, valueAt } from "../../core/path.ts";
import { type Found, missing } from "./found.ts";
import { serverOf, strangeAnswer, type VaultAccess, writeVault } from "./vault-http.ts";
import type { CredentialSource, VaultLogin } from "./vault-settings.ts";

/** What a login takes besides the server. */
export interface CredentialSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file. */
  readonly text: (path: string) => Promise<Found<string>>;
  /** Is told of every token and every other secret of a login. */
  readonly learn: (secret: string) => void;
}

/** A token for the server; ICH9223 where what the login takes is not there, ICH9224 where it is refused. */
export async function vaultToken(
  login: VaultLogin,
  access: VaultAccess,
  sources: CredentialSources,
): Promise<Found<string>> {
  if (login.method === "token") return firstCredential(login.token, sources);
  const credential = await readCredential(login.method === "approle" ? login.secretId : login.jwt, sources);
  if ("problem" in credential) return credential;
  const body =
    login.method === "approle"
      ? { role_id: login.roleId, secret_id: credential.value }
      : { role: login.role, jwt: credential.value };
  const path = `auth/${login.mount}/login`;
  const answer = await writeVault(access, path, body);
  if ("problem" in answer) return answer;
  const { status } = answer.value;
  if (status === 400 || status === 401 || status === 403 || status === 404) {
    return missing("ICH9224", `${serverOf(access)} refuses the login by \`${path}\` with status ${status}`, {
      hint: "check the role, what proves it, and the namespace",
    });
  }
  const token = valueAt(answer.value.body, ["auth", "client_token"]);
  if (status !== 200 || typeof token !== "string" || !isToken(token)) {
    return strangeAnswer(access, `the login with status ${status} and no token`);
  }
  sources.learn(token);
  return { value: token };
}

async function firstCredential(
  candidates: readonly CredentialSource[],
  sources: CredentialSources,
): Promise<Found<string>> {
  const problems: Found<string>[] = [];
  for (const candidate of candidates) {
    const found = await readCredential(candidate, sources);
    if ("value" in found) return found;
    problems.push(found);
  }
  const [only, ...more] = problems;
  if (only !== undefined && more.length === 0) return only;
  const places = candidates.map(nameOf).join(", nor ");
  return missing("ICH9223", `there is no token of Vault: neither ${places} has one`);
}

function nameOf(source: CredentialSource): string {
  return "variable" in source ? `the variable ${source.variable}` : `the file "${source.file}"`;
}

async function readCredential(
  source: CredentialSource,
  { env, text, learn }: CredentialSources,
): Promise<Found<string>> {
  const found =
    "variable" in source ? { value: env[source.variable] ?? "" } : await readFile(source.file, text, env);
  if ("problem" in found) {
    return missing("ICH9223", `the login at Vault is not possible: ${found.problem.message}`);
  }
  const credential = found.value.trim();
  if (credential === "")
    return missing("ICH9223", `${nameOf(source)}, with which Vault is logged in to, is not set`);
  learn(credential);
  if (isToken(credential)) return { value: credential };
  return missing("ICH9223", `${nameOf(source)} holds no token: a space or a line break is in it`);
}

function readFile(
  path: string,
  text: CredentialSources["text"],
  env: CredentialSources["env"],
): Promise<Found<string>> {
  const whole = path.startsWith("~/") ? `${env["HOME"] ?? ""}${path.slice(1)}` : path;
  const normal = joinPath("", whole);
  if (normal === undefined) {
    return Promise.resolve(missing("ICH9205", `the path "${path}" leaves the repository`));
  }
  return text(whole.startsWith("/") ? `/${normal}` : normal);
}

/** Whether a text can be sent in a header. */
function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
