import { isMapping, type Mapping } from "../../core/mapping.ts";
import { valueAt } from "../../core/path.ts";
import { type Found, missing, remembering } from "./found.ts";
import type { Reference } from "./reference.ts";
import type { ReferenceSources } from "./sources.ts";
import {
  readVault,
  serverOf,
  strangeAnswer,
  type VaultAccess,
  type VaultAnswer,
  type VaultLimits,
} from "./vault-http.ts";
import { type CredentialSources, vaultToken } from "./vault-login.ts";
import { type VaultSettings, vaultSettings } from "./vault-settings.ts";

/** The secrets of Vault or OpenBao; each server is logged in to once, and each secret read once. */
export interface Vault {
  /** All keys of the secret that a reference names. */
  readonly read: (reference: Reference) => Promise<Found<Mapping>>;
}

/** A key-value engine: where it is mounted, with a slash at the end, and whether it keeps versions (KV version 2). */
interface Mount {
  readonly path: string;
  readonly keepsVersions: boolean;
}

/** A server after the login. */
interface Session {
  readonly read: (secret: string) => Promise<Found<Mapping>>;
}

export function createVault(
  sources: Pick<ReferenceSources, "fetch" | "wait" | "env">,
  credentials: CredentialSources,
  limits: VaultLimits,
): Vault {
  const sessions = remembering<Session>((key) =>
    openSession(JSON.parse(key) as VaultSettings, { sources, limits }, credentials),
  );
  return {
    read: async (reference) => {
      const settings = vaultSettings(reference, sources.env);
      if ("problem" in settings) return settings;
      const session = await sessions(JSON.stringify(settings.value));
      if ("problem" in session) return session;
      const { version } = reference.parameters;
      return session.value.read(JSON.stringify([reference.path, version]));
    },
  };
}

async function openSession(
  settings: VaultSettings,
  io: Pick<VaultAccess, "sources" | "limits">,
  credentials: CredentialSources,
): Promise<Found<Session>> {
  const { address, namespace, login } = settings;
  const headers = namespace === undefined ? {} : { "X-Vault-Namespace": namespace };
  const token = await vaultToken(login, { ...io, address, headers }, credentials);
  if ("problem" in token) return token;
  const access = { ...io, address, headers: { ...headers, "X-Vault-Token": token.value } };
  const mountOf = mountFinder(access);
  const read = remembering(async (key: string) => {
    const [path, version] = JSON.parse(key) as [string, string | null];
    const mount = await mountOf(path);
    return "problem" in mount ? mount : readSecret(access, mount.value, path, version ?? undefined);
  });
  return { value: { read } };
}

/**
 * Finds the engine of a path by asking Vault, as vals and Vault's own client do: a mount may have several steps.
 * One question at a time, so that a mount is asked for once however many secrets of it are read; who waits for an
 * answer that does not come shares that, so that a server that is down is waited for once.
 */
function mountFinder(access: VaultAccess): (path: string) => Promise<Found<Mount>> {
  const known: Mount[] = [];
  let asking: Promise<Found<Mount>> | undefined;
  const ask = async (path: string): Promise<Found<Mount>> => {
    const asked = await readVault(access, `sys/internal/ui/mounts/${path}`);
    asking = undefined;
    if ("problem" in asked) return asked;
    const mount = mountIn(asked.value, path);
    if (mount !== undefined) known.push(mount);
    // Who may not ask, or asks a server that knows no such question, may still be allowed to read.
    return { value: mount ?? { path: `${path.split("/")[0]}/`, keepsVersions: true } };
  };
  return async (path) => {
    for (;;) {
      const found = known.find((mount) => path.startsWith(mount.path));
      if (found !== undefined) return { value: found };
      if (asking === undefined) {
        asking = ask(path);
        return asking;
      }
      const other = await asking;
      if ("problem" in other) return other;
    }
  };
}

function mountIn({ status, body }: VaultAnswer, path: string): Mount | undefined {
  const mount = valueAt(body, ["data", "path"]);
  if (status !== 200 || typeof mount !== "string" || mount === "") return undefined;
  const withSlash = mount.endsWith("/") ? mount : `${mount}/`;
  if (!path.startsWith(withSlash)) return undefined;
  return { path: withSlash, keepsVersions: valueAt(body, ["data", "options", "version"]) === "2" };
}

async function readSecret(
  access: VaultAccess,
  mount: Mount,
  path: string,
  version: string | undefined,
): Promise<Found<Mapping>> {
  const subject = `the secret "${path}"${version === undefined ? "" : ` in version ${version}`}`;
  const below = path.slice(mount.path.length);
  if (!mount.keepsVersions && version !== undefined) {
    return missing("ICH9204", `the parameter \`version\` is not possible: "${mount.path}" keeps no versions`);
  }
  const answer = mount.keepsVersions
    ? await readVault(
        access,
        `${mount.path}data/${below}`,
        version === undefined ? "" : `?version=${version}`,
      )
    : await readVault(access, `${mount.path}${below}`);
  if ("problem" in answer) return answer;
  const { status, body } = answer.value;
  if (status === 403) return missing("ICH9225", `${serverOf(access)} denies ${subject} to this token`);
  if (status === 404) return notThere(access, subject, body);
  const data = valueAt(body, mount.keepsVersions ? ["data", "data"] : ["data"]);
  if (status === 200 && isMapping(data)) return { value: data };
  return strangeAnswer(access, `with status ${status} and no secret when asked for ${subject}`);
}

/** Version 2 of the engine answers 404 for what is deleted too, and then says when that was. */
function notThere(access: VaultAccess, subject: string, body: unknown): Found<Mapping> {
  const metadata = valueAt(body, ["data", "metadata"]);
  if (!isMapping(metadata)) return missing("ICH9226", `${serverOf(access)} does not have ${subject}`);
  return metadata["destroyed"] === true
    ? missing("ICH9227", `${subject} was destroyed in ${serverOf(access)}`, { hint: "write it anew" })
    : missing("ICH9227", `${subject} was deleted in ${serverOf(access)}`, {
        hint: "undelete it with `vault kv undelete`, write it anew, or ask for another version",
      });
}
