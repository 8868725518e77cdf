import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ClusterUnderTest } from "../contract/kubernetes-contract.ts";
import { buildGo } from "./go.ts";
import { clusterUnderTest, makeWorld } from "./kubernetes-cluster.ts";
import type { KubernetesObject } from "./kubernetes-objects.ts";

export interface Kubernetesd extends ClusterUnderTest {
  /** Keeps an object, its status too. @throws Error with Kubernetes' own words where it is not as its type says */
  readonly put: (object: KubernetesObject) => Promise<void>;
}

/** How long the program may take for anything. */
const LIMIT = 30_000;

/**
 * Starts the program in `kubernetesd/`: a cluster's API made of the types and selectors that Kubernetes publishes. It
 * ends with this process too, whose pipe it reads.
 *
 * @throws Error with the program's own words where it ends before it serves
 */
export async function startKubernetesd(): Promise<Kubernetesd> {
  const world = await makeWorld();
  const child = spawn(buildGo("kubernetesd"), { stdio: ["pipe", "pipe", "pipe"] });
  const ask = conversationWith(child);
  const { certificate, key } = world.server;
  const { port = 0 } = await ask({ certificate, key, clients: world.authority.certificate });
  const put = async (object: KubernetesObject) => {
    await ask(object);
  };
  const cluster = clusterUnderTest(world, {
    port,
    put,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      child.kill();
      await ended;
    },
  });
  return { ...cluster, put };
}

interface Reply {
  readonly problem: string;
  readonly port?: number;
}

/** One line each way at a time. */
function conversationWith(child: ChildProcessWithoutNullStreams): (line: unknown) => Promise<Reply> {
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  // A process that is gone says so by its last line, not by its pipe.
  child.stdin.on("error", () => undefined);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const exchange = async (line: unknown) => {
    const timer = setTimeout(() => child.kill(), LIMIT);
    try {
      child.stdin.write(`${JSON.stringify(line)}\n`);
      const heard = await lines.next();
      if (heard.done === true) throw new Error(`kubernetesd ended: ${complaint}`);
      const reply = JSON.parse(heard.value) as Reply;
      if (reply.problem !== "") throw new Error(`kubernetesd: ${reply.problem}`);
      return reply;
    } finally {
      clearTimeout(timer);
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  return (line) => {
    const next = last.then(() => exchange(line));
    last = next.catch(() => undefined);
    return next;
  };
}
