import { type Found, missing, type Problem } from "./found.ts";
import { parseJson } from "./plain-json.ts";
import type { ReferenceSources } from "./sources.ts";

/** How long Vault is waited for. */
export interface VaultLimits {
  /** Milliseconds for one answer, its body included. */
  readonly timeout: number;
  /** Milliseconds to wait before each further try of reading. */
  readonly pauses: readonly number[];
}

export const VAULT_LIMITS: VaultLimits = { timeout: 10_000, pauses: [500, 2_000] };

/** What asking takes. */
export interface VaultAccess {
  readonly sources: Pick<ReferenceSources, "fetch" | "wait">;
  readonly limits: VaultLimits;
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer that Vault gave, whatever it says. */
export interface VaultAnswer {
  readonly status: number;
  /** The JSON of the body; undefined where it is none. */
  readonly body: unknown;
}

/** Redirects within one server that are followed. */
const MAX_REDIRECTS = 3;

/**
 * Reads `/v1/` and a path. What may go over is tried again: no answer, 429 and all of 5xx.
 *
 * @returns ICH9228 where Vault does not serve, ICH9229 where it sends elsewhere
 */
export async function readVault(access: VaultAccess, path: string, query = ""): Promise<Found<VaultAnswer>> {
  const url = new URL(`${access.address}/v1/${encodePath(path)}${query}`);
  let found = await follow(access, url, { method: "GET" });
  for (const pause of access.limits.pauses) {
    if (!("problem" in found) || found.problem.passing !== true) break;
    await access.sources.wait(pause);
    found = await follow(access, url, { method: "GET" });
  }
  return found;
}

/** Writes to `/v1/` and a path, once: whoever does not get the answer cannot know whether it was done. */
export function writeVault(access: VaultAccess, path: string, body: unknown): Promise<Found<VaultAnswer>> {
  const url = new URL(`${access.address}/v1/${encodePath(path)}`);
  return follow(access, url, { method: "POST", body: JSON.stringify(body) });
}

/** The name of a server in messages: without the path, in which a proxy might expect a secret. */
export function serverOf(access: Pick<VaultAccess, "address">): string {
  return `Vault at ${new URL(access.address).origin}`;
}

/** An answer that Vault does not give. */
export function strangeAnswer(access: VaultAccess, what: string): { readonly problem: Problem } {
  return missing("ICH9230", `${serverOf(access)} answered ${what}`, {
    hint: "check the address: another service, or a proxy, may be in its place",
  });
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

type Asked = { readonly method: "GET" | "POST"; readonly body?: string };

async function follow(access: VaultAccess, from: URL, asked: Asked): Promise<Found<VaultAnswer>> {
  let url = from;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await once(access, url, asked);
    if ("problem" in answer) return answer;
    if (!("location" in answer)) return { value: answer };
    const next = URL.parse(answer.location, url.href);
    if (next?.origin !== from.origin) {
      const where = next === null ? "an address that is none" : next.origin;
      return missing("ICH9229", `${serverOf(access)} sends to ${where}, where its token must not go`, {
        hint: "set the address to the server that answers itself",
      });
    }
    url = next;
  }
  return missing("ICH9229", `${serverOf(access)} redirects more than ${MAX_REDIRECTS} times`);
}

/** One request; no text of a failure is passed on, because those of headers and of parsers quote their input. */
async function once(
  { sources, limits, address, headers }: VaultAccess,
  url: URL,
  asked: Asked,
): Promise<VaultAnswer | { readonly location: string } | { readonly problem: Problem }> {
  const { fetch: request } = sources;
  try {
    const response = await request(url.href, {
      ...asked,
      headers: { ...headers, "X-Vault-Request": "true", Accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(limits.timeout),
    });
    const text = await response.text();
    const location = response.headers.get("Location");
    if (response.status >= 300 && response.status < 400 && location !== null) return { location };
    if (response.status === 429 || response.status >= 500) {
      return notServing(address, `answers with status ${response.status}${MEANINGS[response.status] ?? ""}`);
    }
    return { status: response.status, body: parseJson(text)?.value };
  } catch (failure) {
    if (failure instanceof Error && failure.name === "TimeoutError") {
      return notServing(address, `did not answer within ${limits.timeout / 1000} s`);
    }
    return notServing(address, `cannot be reached${causeOf(failure)}`);
  }
}

const MEANINGS: Readonly<Record<number, string>> = {
  429: " (too many requests)",
  503: " (sealed, or in maintenance)",
};

function notServing(address: string, what: string): { readonly problem: Problem } {
  return missing("ICH9228", `${serverOf({ address })} ${what}`, {
    hint: "nothing was changed: run it again when Vault answers",
    passing: true,
  });
}

/** The code of a network error, such as ECONNREFUSED: its text may hold more than it should. */
function causeOf(failure: unknown): string {
  const cause = failure instanceof Error ? failure.cause : undefined;
  const code: unknown = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? `: ${code}` : "";
}
