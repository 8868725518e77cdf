import { checkServerIdentity, type PeerCertificate } from "node:tls";

/** Why a server's certificate is not for an address, whatever address was really dialled; undefined where it is. */
export function identityOf(address: string, certificate: PeerCertificate): Error | undefined {
  if (checkServerIdentity(address, certificate) === undefined) return undefined;
  const names = (certificate.subjectaltname ?? "nobody").replaceAll("IP Address:", "").replaceAll("DNS:", "");
  return new Error(`its certificate is for ${names}, not for ${address}`);
}
