/** A part of some bytes, `end` not included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A value of DER: its tag and where its contents are. */
interface Tlv extends ByteRange {
  readonly tag: number;
  /** Where the tag is. */
  readonly head: number;
}

const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;

/**
 * The parts of a private key in DER that are secret. The rest, the names of the algorithm and the public half, is
 * in the certificate as well. Reads PKCS #1 (RFC 8017), SEC 1 (RFC 5915) and PKCS #8 (RFC 5958) around them or
 * around Ed25519 (RFC 8410); of anything else, all is secret.
 */
export function privateRanges(der: Uint8Array): readonly ByteRange[] {
  return rangesIn(der, 0) ?? [{ start: 0, end: der.length }];
}

function rangesIn(der: Uint8Array, at: number): readonly ByteRange[] | undefined {
  const sequence = readTlv(der, at);
  if (sequence?.tag !== SEQUENCE) return undefined;
  const parts = childrenOf(der, sequence);
  const [version, second, third] = parts;
  if (version?.tag !== INTEGER || second === undefined) return undefined;
  if (second.tag === OCTET_STRING) return [second];
  if (second.tag === SEQUENCE && third?.tag === OCTET_STRING) return inPkcs8(der, third);
  const [, , , exponent] = parts;
  const isRsa = parts.length >= 9 && parts.every(({ tag }) => tag === INTEGER) && exponent !== undefined;
  return isRsa ? [{ start: exponent.head, end: sequence.end }] : undefined;
}

function inPkcs8(der: Uint8Array, key: Tlv): readonly ByteRange[] {
  const inner = readTlv(der, key.start);
  if (inner?.tag === OCTET_STRING && inner.end === key.end) return [inner];
  return rangesIn(der, key.start) ?? [key];
}

function childrenOf(der: Uint8Array, parent: Tlv): Tlv[] {
  const children: Tlv[] = [];
  for (let at = parent.start; at < parent.end; ) {
    const child = readTlv(der, at);
    if (child === undefined || child.end > parent.end) return [];
    children.push(child);
    at = child.end;
  }
  return children;
}

function readTlv(der: Uint8Array, head: number): Tlv | undefined {
  const [tag, short] = [der[head], der[head + 1]];
  if (tag === undefined || short === undefined) return undefined;
  const bytes = short < 0x80 ? 0 : short & 0x7f;
  if (bytes > 4) return undefined;
  let length = bytes === 0 ? short : 0;
  for (let i = 0; i < bytes; i++) length = length * 256 + (der[head + 2 + i] ?? 0);
  const start = head + 2 + bytes;
  return start + length > der.length ? undefined : { tag, head, start, end: start + length };
}
