import { generateKeyPairSync } from "node:crypto";
import type { TalosCredentials } from "../../src/applier/talos-api.ts";
import { emitYamlDocuments } from "../../src/core/yaml-emit.ts";
import type { SecretsBundle } from "../../src/secrets/bundle/bundle.ts";
import { createBundle } from "../../src/secrets/bundle/create-bundle.ts";
import { mintTalosCredential, type TalosRole } from "../../src/secrets/credentials/mint.ts";

/** A throw-away cluster: its secrets, and configurations of its machines with the secrets in their places. */
export interface ContractCluster {
  readonly bundle: SecretsBundle;
  /** PEM. */
  readonly authority: { readonly certificate: string; readonly key: string };
  /** Of somebody whom the cluster's authority knows; by default the authority is also the one machines must have. */
  readonly credentials: (...roles: readonly TalosRole[]) => Promise<TalosCredentials>;
  readonly config: (change?: ConfigChange) => string;
}

export interface ConfigChange {
  readonly type?: "controlplane" | "worker";
  /** The node's name. */
  readonly hostname?: string;
  /** Into the `machine` mapping, over what is there. */
  readonly machine?: Readonly<Record<string, unknown>>;
  /** Into the `cluster` mapping, over what is there. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** Further documents. */
  readonly documents?: readonly unknown[];
}

/** Bytes of a configuration in the megabytes, as extensions with large files have one. */
export const BIG = 5 * 1024 * 1024;

const AT = { file: "secrets.yaml", document: 0, path: [] };

export async function createCluster(): Promise<ContractCluster> {
  const serviceAccountKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const bundle = await createBundle({ now: new Date(), serviceAccountKey });
  const authority = { certificate: pemOf(bundle.certs.os.crt), key: pemOf(bundle.certs.os.key) };
  return {
    bundle,
    authority,
    credentials: async (...roles) => {
      const request = { ca: bundle.certs.os, roles, ttlSeconds: 600, now: new Date(), at: AT };
      const { value } = await mintTalosCredential(request);
      if (value === undefined) throw new Error("there is no credential");
      return {
        authorities: authority.certificate,
        certificate: value.certificate,
        key: forNode(value.key),
      };
    },
    config: (change = {}) => configOf(bundle, change),
  };
}

function configOf(bundle: SecretsBundle, change: ConfigChange): string {
  const { type = "controlplane", hostname = "m1" } = change;
  const { certs } = bundle;
  const leads = type === "controlplane";
  const known = (ca: { readonly crt: string; readonly key: string }) => (leads ? ca : { crt: ca.crt });
  const main = {
    version: "v1alpha1",
    machine: {
      type,
      token: bundle.trustdinfo.token,
      ca: known(certs.os),
      install: { disk: "/dev/sda" },
      ...change.machine,
    },
    cluster: {
      id: bundle.cluster.id,
      secret: bundle.cluster.secret,
      controlPlane: { endpoint: "https://127.0.0.1:6443" },
      clusterName: "contract",
      token: bundle.secrets.bootstraptoken,
      ca: known(certs.k8s),
      ...(leads
        ? {
            secretboxEncryptionSecret: bundle.secrets.secretboxencryptionsecret,
            aggregatorCA: certs.k8saggregator,
            serviceAccount: certs.k8sserviceaccount,
            etcd: { ca: certs.etcd },
          }
        : {}),
      ...change.cluster,
    },
  };
  const name = { apiVersion: "v1alpha1", kind: "HostnameConfig", hostname };
  const extension = {
    apiVersion: "v1alpha1",
    kind: "ExtensionServiceConfig",
    name: "frr",
    environment: ["ROUTER=yes"],
  };
  return emitYamlDocuments([main, name, extension, ...(change.documents ?? [])]);
}

/** A document with a file of so many bytes, none of which compresses to nothing. */
export function bigDocument(bytes: number): unknown {
  const lines = Array.from({ length: Math.ceil(bytes / 64) }, (_, at) => `${at}`.padStart(63, "neighbor "));
  return {
    apiVersion: "v1alpha1",
    kind: "ExtensionServiceConfig",
    name: "big",
    configFiles: [{ content: `${lines.join("\n")}\n`, mountPath: "/etc/big.conf" }],
  };
}

function pemOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

/** Talos' own label of Ed25519 keys is none of OpenSSL's. */
function forNode(pem: string): string {
  return pem.replaceAll("ED25519 PRIVATE KEY", "PRIVATE KEY");
}
