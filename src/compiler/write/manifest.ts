import { createHash } from "node:crypto";
import { compareText } from "../../core/diagnostic.ts";
import { emitJson } from "../../core/json.ts";

/**
 * What ichor last wrote into a folder: for each path below it the SHA-256 of the text. More than one hash
 * stands there while a run is under way, or after one was killed: the file has one of these texts.
 */
export type Manifest = ReadonlyMap<string, readonly string[]>;

/** The name of the manifest in the folder that it is about. */
export const MANIFEST = "manifest.json";

const ENTRY = /"([^"\\\n]+)"\s*:\s*"([0-9a-f]{64}(?: [0-9a-f]{64})*)"/gu;

/**
 * Reads a manifest. Entries are picked out one by one, so that one that git merged, with conflict markers in
 * it, still tells what both sides wrote. Paths that lead out of the folder are dropped.
 */
export function parseManifest(text: string): Manifest {
  const manifest = new Map<string, string[]>();
  for (const [, path = "", hashes = ""] of text.matchAll(ENTRY)) {
    if (!path.split("/").every((step) => step !== "" && step !== "." && step !== "..")) continue;
    manifest.set(path, [...new Set([...(manifest.get(path) ?? []), ...hashes.split(" ")])]);
  }
  return manifest;
}

/** Prints a manifest, one file a line, sorted, so that git merges two changes of different files. */
export function formatManifest(manifest: Manifest): string {
  const entries = [...manifest].sort(([a], [b]) => compareText(a, b));
  return emitJson(Object.fromEntries(entries.map(([path, hashes]) => [path, hashes.join(" ")])));
}

/** SHA-256 of what is in a file, as in a manifest. */
export function hashBytes(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The folder with its own manifest that a path of generated/ belongs to, and the path below it. */
export function ownerOf(path: string): { readonly folder: string; readonly below: string } | undefined {
  const match = /^(generated\/(?:sites\/[^/]+|clusters\/[^/]+\/[^/]+))\/(.+)$/u.exec(path);
  const [, folder, below] = match ?? [];
  return folder === undefined || below === undefined ? undefined : { folder, below };
}
