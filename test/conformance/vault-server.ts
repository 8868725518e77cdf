import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import type { ReferenceSources } from "../../src/secrets/references/sources.ts";
import { buildGo } from "./go.ts";

/** The program in `vault/`: Vault's own key-value engine behind HTTP on this machine. */
export interface VaultServer {
  readonly address: string;
  /** Writes to a path of the engine as root, or deletes it. */
  readonly change: (
    method: "PUT" | "DELETE",
    path: string,
    body?: unknown,
    namespace?: string,
  ) => Promise<void>;
  /** How often each method and path was asked for. */
  readonly seen: () => Promise<Readonly<Record<string, number>>>;
  readonly stop: () => void;
}

/** What `vault/vault.go` lets in. */
export const CREDENTIALS = {
  root: "root-token",
  reader: "reader-token",
  role: "the-role",
  secretId: "the-secret-id",
  webToken: "the-web-token",
};

/**
 * Starts the server on a free port; it ends by {@link VaultServer.stop}, and with this process, whose pipe it reads.
 *
 * @throws Error where it ends before it serves
 */
export async function startVault(): Promise<VaultServer> {
  const server = spawn(buildGo("vault"), { stdio: ["pipe", "pipe", "inherit"] });
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout }).once("line", resolve);
    server.once("exit", (code) => {
      reject(new Error(`the conformance program of Vault ended with ${code}`));
    });
    server.once("error", reject);
  });
  return {
    address,
    change: async (method, path, body, namespace = "") => {
      const headers = {
        "X-Vault-Token": CREDENTIALS.root,
        "X-Vault-Request": "true",
        "X-Vault-Namespace": namespace,
      };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(`${address}/v1/${path}`, { method, headers, ...sent });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    },
    seen: async () => (await (await fetch(`${address}/v1/test/seen`)).json()) as Record<string, number>,
    stop: () => {
      server.kill();
    },
  };
}

/** A server of ours for what no Vault does at will. */
export async function startOther(answer: Parameters<typeof createServer>[1]): Promise<{
  readonly address: string;
  readonly server: Server;
}> {
  const server = createServer(answer as never);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Sources that have an environment and the network, and no files. */
export function networkSources(env: ReferenceSources["env"]): ReferenceSources {
  return {
    env,
    fetch,
    readFile: () => Promise.resolve(undefined),
    decrypt: () => Promise.reject(new Error("nothing is encrypted here")),
    parseYaml: () => ({ value: [], diagnostics: [] }),
    wait: () => Promise.resolve(),
  };
}
