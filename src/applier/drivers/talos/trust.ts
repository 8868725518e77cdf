import { createHash, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { readPrivateKey } from "../../../secrets/pki/keys.ts";
import { type TalosCredentials, TalosError } from "../../talos-api.ts";
import { identityOf } from "../server-identity.ts";
import type { CallPlace } from "./status.ts";

/**
 * Contexts by the credentials they are of. One costs a millisecond and much memory, and all machines of a cluster are
 * spoken to with the same.
 */
const contexts = new WeakMap<TalosCredentials, SecureContext>();

/**
 * Mutual TLS with a machine that has a certificate of its cluster for its address. That is looked at whatever address
 * is really dialled.
 *
 * @throws TalosError where our own certificate or key cannot be read
 */
export function trustCluster(given: TalosCredentials, address: string, at: CallPlace): ChannelCredentials {
  return credentials.createFromSecureContext(contextOf(given, at), {
    checkServerIdentity: (_, certificate) => identityOf(address, certificate),
  });
}

function contextOf(given: TalosCredentials, at: CallPlace): SecureContext {
  const known = contexts.get(given);
  if (known !== undefined) return known;
  const key = readPrivateKey(given.key);
  if (key === undefined)
    throw new TalosError("unauthenticated", at, "our own private key is none that can be read");
  try {
    const context = createSecureContext({
      ca: given.authorities,
      cert: given.certificate,
      // Node does not read the label under which Talos writes keys.
      key: key.export({ type: "pkcs8", format: "pem" }),
      minVersion: "TLSv1.3",
    });
    contexts.set(given, context);
    return context;
  } catch {
    throw new TalosError("unauthenticated", at, "our own certificate and key cannot be used");
  }
}

/**
 * TLS with exactly the machine that has this certificate. Its authority is one that the machine made for itself, so
 * the certificate is trusted as such; without verification nobody would look at it (`checkServerIdentity` is not
 * called then).
 */
export function trustLeaf(leaf: X509Certificate): ChannelCredentials {
  const context = createSecureContext({
    ca: leaf.toString(),
    allowPartialTrustChain: true,
    minVersion: "TLSv1.3",
  });
  const expected = fingerprintOf(leaf);
  return credentials.createFromSecureContext(context, {
    checkServerIdentity: (_, { raw }) =>
      fingerprintOf(new X509Certificate(raw)) === expected
        ? undefined
        : new Error("its certificate is for another key, not for that of the first contact"),
  });
}

/** Base64 of SHA-256 of the public key in DER, as Talos shows it on the console. */
export function fingerprintOf(certificate: X509Certificate): string {
  return createHash("sha256")
    .update(certificate.publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}
