import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterUnderTest } from "../contract/kubernetes-contract.ts";
import { buildGo } from "./go.ts";
import { clusterUnderTest, type KubernetesWorld, makeWorld } from "./kubernetes-cluster.ts";
import type { KubernetesObject } from "./kubernetes-objects.ts";

/** Kubernetes' own API server with an etcd of its own, shared by the tests of a file. */
export interface ApiServer {
  /** The same server, without what an earlier test put there. */
  readonly open: () => Promise<ClusterUnderTest>;
  readonly stop: () => Promise<void>;
}

/** How long the server may take until it answers. */
const LIMIT = 120_000;

/** @throws Error with the server's own words where it ends before it answers */
export async function startApiServer(): Promise<ApiServer> {
  const world = await makeWorld();
  const folder = mkdtempSync(join(tmpdir(), "ichor-kube-apiserver-"));
  const [port, etcd] = [await freePort(), await freePort()];
  const child = spawn(
    buildGo("kube-apiserver"),
    [join(folder, "etcd"), `${etcd}`, ...flags(folder, port, world)],
    {
      stdio: ["pipe", "ignore", "pipe"],
    },
  );
  const admin = await adminOf(world, port);
  const stop = async () => {
    admin.close();
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(child, admin);
  } catch (failure) {
    await stop();
    throw failure;
  }
  return { open: () => open(world, admin, port), stop };
}

function flags(folder: string, port: number, { authority, server }: KubernetesWorld): readonly string[] {
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const accounts = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const key = write("accounts.key", accounts.export({ type: "sec1", format: "pem" }).toString());
  return [
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    `--tls-cert-file=${write("server.crt", server.certificate)}`,
    `--tls-private-key-file=${write("server.key", server.key)}`,
    `--client-ca-file=${write("ca.crt", authority.certificate)}`,
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--service-cluster-ip-range=10.96.0.0/24",
    "--authorization-mode=Node,RBAC",
    // Nothing makes accounts of services here, without which it takes no pod.
    "--disable-admission-plugins=ServiceAccount",
  ];
}

async function open(world: KubernetesWorld, admin: Admin, port: number): Promise<ClusterUnderTest> {
  await clear(admin);
  return clusterUnderTest(world, {
    port,
    put: (object) => put(admin, object),
    stop: () => Promise.resolve(),
  });
}

/** Makes an object, or changes it to this; the status of a new object has to be written apart. */
async function put(admin: Admin, object: KubernetesObject): Promise<void> {
  const folder = folderOf(object);
  const path = `${folder}/${object.metadata.name}`;
  const there = await admin.find(path);
  if (there === undefined) await admin.ask("POST", folder, object);
  else await admin.ask("PATCH", path, { metadata: object.metadata, spec: object.spec });
  await admin.ask("PATCH", `${path}/status`, { status: object.status });
}

function folderOf({ kind, metadata: { namespace = "" } }: KubernetesObject): string {
  switch (kind) {
    case "Node":
      return "/api/v1/nodes";
    case "Pod":
      return `/api/v1/namespaces/${namespace}/pods`;
    case "PodDisruptionBudget":
      return `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
  }
}

async function clear(admin: Admin): Promise<void> {
  for (const namespace of ["default", "kube-system"]) {
    const budgets = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
    await admin.ask("DELETE", budgets);
    await admin.ask("DELETE", `/api/v1/namespaces/${namespace}/pods?gracePeriodSeconds=0`);
  }
  await admin.ask("DELETE", "/api/v1/nodes");
}

interface Admin {
  /** @throws Error where the server does not do it */
  readonly ask: (method: string, path: string, body?: unknown) => Promise<unknown>;
  readonly find: (path: string) => Promise<unknown>;
  readonly close: () => void;
}

async function adminOf(world: KubernetesWorld, port: number): Promise<Admin> {
  const { authorities: ca, certificate: cert, key } = await world.credentials("admin");
  const agent = new Agent({ keepAlive: true, ca, cert, key });
  const send = (method: string, path: string, body?: unknown) =>
    new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const headers = { "content-type": type };
      const sent = request({ agent, host: "127.0.0.1", port, method, path, headers }, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() }),
        );
      });
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const found = ({ status, text }: { readonly status: number; readonly text: string }) => {
    if (status > 299) throw new Error(`HTTP ${status}: ${text}`);
    return text.startsWith("{") ? (JSON.parse(text) as unknown) : text;
  };
  return {
    ask: async (method, path, body) => found(await send(method, path, body)),
    find: async (path) => {
      const answer = await send("GET", path);
      return answer.status === 404 ? undefined : found(answer);
    },
    close: () => agent.destroy(),
  };
}

/** It answers before it has made the namespaces that every cluster has. */
async function ready(child: ChildProcess, admin: Admin): Promise<void> {
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = `${words}${text}`.slice(-4000);
  });
  const late = AbortSignal.timeout(LIMIT);
  while (!late.aborted && child.exitCode === null) {
    try {
      await admin.ask("GET", "/readyz");
      await admin.ask("GET", "/api/v1/namespaces/default");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error(`kube-apiserver does not answer: ${words}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
