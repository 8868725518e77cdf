import { createKubernetesDriver } from "../../src/applier/drivers/kubernetes/driver.ts";
import type { KubernetesCredentials } from "../../src/applier/kubernetes-api.ts";
import {
  type Authority,
  createAuthority,
  type Identity,
  issueCertificate,
} from "../../src/secrets/pki/certificate.ts";
import { readPrivateKey } from "../../src/secrets/pki/keys.ts";
import type { BudgetSetup, ClusterUnderTest } from "../contract/kubernetes-contract.ts";
import { budgetObject, type KubernetesObject, nodeObject, podObject } from "./kubernetes-objects.ts";

/** The one in the certificate of the server; it is never dialled. */
const ADDRESS = "10.200.0.1";

/** Those whom tests of the contract speak as. */
export type Who = "admin" | "nobody" | "stranger";

/** A cluster's authority, its server's certificate, and certificates of clients. */
export interface KubernetesWorld {
  readonly authority: Identity;
  readonly server: Identity;
  readonly credentials: (who: Who) => Promise<KubernetesCredentials>;
}

const DAY = 86_400_000;

export async function makeWorld(): Promise<KubernetesWorld> {
  const [own, other] = [await makeAuthority(), await makeAuthority()];
  const server = await issueCertificate({
    authority: signing(own),
    subject: { commonName: "kube-apiserver" },
    ...LIFE(),
    extendedKeyUsage: ["serverAuth"],
    alternativeNames: { addresses: [ADDRESS, "127.0.0.1"] },
  });
  return {
    authority: own,
    server,
    credentials: async (who) => {
      const subject =
        who === "nobody" ? { commonName: "nobody" } : { commonName: who, organizations: ["system:masters"] };
      const authority = signing(who === "stranger" ? other : own);
      const { certificate, key } = await issueCertificate({ authority, subject, ...LIFE() });
      return { authorities: own.certificate, certificate, key };
    },
  };
}

/** A server that listens on the loopback, and how its objects come to be. */
export interface Backend {
  readonly port: number;
  readonly put: (object: KubernetesObject) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export function clusterUnderTest(world: KubernetesWorld, { port, put, stop }: Backend): ClusterUnderTest {
  const driver = createKubernetesDriver({
    dial: () => `127.0.0.1:${port}`,
    now: Date.now,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  const healthy = async ({ namespace, labels }: BudgetSetup) => {
    const credentials = await world.credentials("admin");
    const api = driver.connect({ cluster: "setup", addresses: [ADDRESS], credentials });
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const pods = await api.pods({ namespace, labels: selector.join(",") });
    api.close();
    return pods.filter(({ ready, terminating }) => ready && !terminating).length;
  };
  return {
    driver,
    addresses: [ADDRESS],
    credentials: world.credentials,
    putNode: (node) => put(nodeObject(node)),
    putPods: async (pods) => {
      for (let at = 0; at < pods.length; at += 20)
        await Promise.all(pods.slice(at, at + 20).map((pod) => put(podObject(pod))));
    },
    putBudget: async (budget) => put(budgetObject(budget, await healthy(budget))),
    stop,
  };
}

const LIFE = () =>
  ({
    algorithm: "ECDSA P-256",
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + DAY),
    keyUsage: ["digitalSignature", "keyEncipherment"],
  }) as const;

function makeAuthority(): Promise<Identity> {
  return createAuthority({
    subject: { organizations: ["kubernetes"] },
    algorithm: "ECDSA P-256",
    now: new Date(Date.now() - 10 * DAY),
  });
}

function signing({ certificate, key }: Identity): Authority {
  const read = readPrivateKey(key);
  if (read === undefined) throw new Error("an authority without a key");
  return { certificate, key: read };
}
