import { invariant } from "../../core/invariant.ts";
import { emitYaml } from "../../core/yaml-emit.ts";
import type { Identity } from "../pki/certificate.ts";
import { decodeBase64, encodeBase64 } from "../pki/pem.ts";

/** What a talosconfig is made of. */
export interface TalosconfigContent {
  /** The name of its only context. */
  readonly context: string;
  /** Addresses of control planes. */
  readonly endpoints: readonly string[];
  /** The machines that talosctl speaks to where none is named. */
  readonly nodes?: readonly string[];
  /** The certificates of the authorities that servers may have, each base64 of PEM as in a bundle. */
  readonly authorities: readonly string[];
  readonly credential: Identity;
}

/** Writes the file that talosctl reads. It holds a private key. */
export function formatTalosconfig(content: TalosconfigContent): string {
  const { context, endpoints, nodes, authorities, credential } = content;
  return emitYaml({
    context,
    contexts: {
      [context]: {
        endpoints,
        nodes,
        ca: joined(authorities),
        crt: encodeBase64(credential.certificate),
        key: encodeBase64(credential.key),
      },
    },
  });
}

/** What a kubeconfig is made of. */
export interface KubeconfigContent {
  readonly cluster: string;
  readonly user: string;
  /** The URL of the API server. */
  readonly server: string;
  /** The certificates of the authorities that the API server may have, each base64 of PEM as in a bundle. */
  readonly authorities: readonly string[];
  readonly credential: Identity;
}

/** Writes the file that kubectl reads, with the names that Talos gives in its own. It holds a private key. */
export function formatKubeconfig(content: KubeconfigContent): string {
  const { cluster, user, server, authorities, credential } = content;
  const name = `${user}@${cluster}`;
  return emitYaml({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: cluster, cluster: { server, "certificate-authority-data": joined(authorities) } }],
    users: [
      {
        name,
        user: {
          "client-certificate-data": encodeBase64(credential.certificate),
          "client-key-data": encodeBase64(credential.key),
        },
      },
    ],
    contexts: [{ context: { cluster, namespace: "default", user: name }, name }],
    "current-context": name,
  });
}

/** One PEM text of several certificates, in base64. */
function joined(authorities: readonly string[]): string {
  const texts = authorities.map((crt) => {
    const pem = decodeBase64(crt)?.toString("latin1");
    invariant(pem !== undefined, "the certificate of an authority is no base64");
    return pem.endsWith("\n") ? pem : `${pem}\n`;
  });
  return encodeBase64(texts.join(""));
}
