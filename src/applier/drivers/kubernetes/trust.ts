import { Agent } from "node:https";
import { isIP } from "node:net";
import { createSecureContext, type PeerCertificate, type SecureContext } from "node:tls";
import { readPrivateKey } from "../../../secrets/pki/keys.ts";
import { type KubernetesCredentials, KubernetesError } from "../../kubernetes-api.ts";
import { identityOf } from "../server-identity.ts";

/** Milliseconds. Kubernetes' servers close what was idle for 90 seconds. */
const IDLE = 60_000;

/** @throws KubernetesError where our own certificate or key cannot be used */
export function contextOf(
  given: KubernetesCredentials,
  at: { readonly cluster: string; readonly operation: string },
): SecureContext {
  const key = readPrivateKey(given.key);
  if (key === undefined)
    throw new KubernetesError("unauthorized", at, "our own private key is none that can be read");
  try {
    return createSecureContext({
      ca: given.authorities,
      cert: given.certificate,
      // Node does not read all labels under which Go writes keys.
      key: key.export({ type: "pkcs8", format: "pem" }),
      minVersion: "TLSv1.2",
    });
  } catch {
    throw new KubernetesError("unauthorized", at, "our own certificate and key cannot be used");
  }
}

/**
 * Mutual TLS with a server that has a certificate of its cluster for its address. That is looked at whatever address
 * is really dialled, so each address has an agent of its own: no socket is used for another one.
 */
export function agentFor(address: string, secureContext: SecureContext): Agent {
  return new Agent({
    keepAlive: true,
    timeout: IDLE,
    // Who resumes a session is not asked who he is.
    maxCachedSessions: 0,
    secureContext,
    // The environment could say otherwise.
    rejectUnauthorized: true,
    // A server name must not be an address (RFC 6066).
    servername: isIP(address) === 0 ? address : "",
    checkServerIdentity: (_: string, certificate: PeerCertificate) => identityOf(address, certificate),
  });
}
