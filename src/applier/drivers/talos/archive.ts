import { gunzipSync } from "node:zlib";

/** Of a tar archive: a file's header, and what its content fills up to. */
const BLOCK = 512;

/** More than this is no file of this API. */
const MOST = 16 * 1024 * 1024;

/**
 * A file of a tar.gz by its name, undefined where there is none or this is no archive. Talos sends some that are not
 * closed: the last file's block is not filled up, and the two empty blocks at the end are missing.
 */
export function fileOfArchive(archive: Uint8Array, name: string): Buffer | undefined {
  const tar = unpacked(archive);
  for (let at = 0; tar !== undefined && at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    const size = Number.parseInt(textOf(header.subarray(124, 136)), 8);
    if (!(size >= 0)) return undefined;
    const end = at + BLOCK + size;
    if (textOf(header.subarray(0, 100)) === name)
      return end <= tar.length ? tar.subarray(at + BLOCK, end) : undefined;
    at = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

function unpacked(archive: Uint8Array): Buffer | undefined {
  try {
    return gunzipSync(archive, { maxOutputLength: MOST });
  } catch {
    return undefined;
  }
}

/** Fields are filled up with zeros. */
function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end < 0 ? field.length : end).trim();
}
