import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { mergePatches } from "../../src/compiler/render/talos/merge.ts";
import type { TalosDocument } from "../../src/compiler/render/talos/talos-document.ts";
import type { Diagnostic } from "../../src/core/diagnostic.ts";
import { runGo } from "./go.ts";
import { VECTORS } from "./patch-vectors.ts";
import { type PatchCase, patchCases } from "./random-documents.ts";

/** Merged last on both sides, so that Talos prints both results in its own way. */
const LAST: TalosDocument = {
  apiVersion: "v1alpha1",
  kind: "KmsgLogConfig",
  name: "last",
  url: "tcp://192.0.2.9:9",
};
/** Without any document there is no configuration. */
const FIRST: TalosDocument = { ...LAST, name: "first" };

interface Merged {
  readonly text: string;
  readonly error?: string;
}

interface Comparison extends PatchCase {
  readonly talos: Merged;
  readonly ichor: Merged;
  readonly diagnostics: readonly Diagnostic[];
}

/** Merges by ichor and by Talos 1.`minor`; one process answers for all cases. */
function compare(minor: 13 | 14, cases: readonly PatchCase[]): Comparison[] {
  const outcomes = cases.map(({ base, patches }) =>
    mergePatches(
      [FIRST, ...base],
      patches.map((document, index) => ({
        layer: "cluster",
        document,
        at: { file: "patch.yaml", document: index, path: [] },
      })),
      { minor, type: "controlplane" },
    ),
  );
  const answers = runGo(`v1.${minor}`, "patch", [
    ...cases.map(({ base, patches }) => ({
      base: streamOf([FIRST, ...base]),
      patches: [...patches, LAST].map((patch) => JSON.stringify(patch)),
    })),
    ...outcomes.map(({ value }) => ({ base: streamOf(value), patches: [JSON.stringify(LAST)] })),
  ]) as Merged[];
  return cases.map((one, index) => ({
    ...one,
    talos: answers[index] ?? { text: "" },
    ichor: answers[index + cases.length] ?? { text: "" },
    diagnostics: outcomes[index]?.diagnostics ?? [],
  }));
}

function streamOf(documents: readonly TalosDocument[]): string {
  return documents.map((document) => JSON.stringify(document)).join("\n---\n");
}

function errorsOf({ diagnostics }: Comparison): string[] {
  return diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
}

/** Both refuse, or both give the same configuration. */
function isSame(one: Comparison): boolean {
  const isRefused = one.talos.error !== undefined;
  if (isRefused !== errorsOf(one).length > 0) return false;
  return isRefused || (one.ichor.error === undefined && one.ichor.text === one.talos.text);
}

function read(text: string): TalosDocument[] {
  return parseAllDocuments(text).map((document) => document.toJS() as TalosDocument);
}

describe("the merge of patches, beside that of Talos", () => {
  for (const minor of [13, 14] as const) {
    const vectors = VECTORS.filter(({ since = 13 }) => minor >= since);
    const cases = vectors.map(({ base, patches }) => ({ base: read(base), patches: read(patches) }));
    let compared: readonly Comparison[] | undefined;

    for (const [index, vector] of vectors.entries()) {
      it(`v1.${minor}: ${vector.title}`, () => {
        compared ??= compare(minor, cases);
        const one = compared[index];
        if (one === undefined) throw new Error("no comparison");
        expect(errorsOf(one)).toEqual(vector.codes ?? []);
        if (vector.codes === undefined) expect(one.ichor).toEqual(one.talos);
        else expect(one.talos.error).toMatch(vector.talos ?? /./);
      });
    }
  }

  for (const [minor, numRuns] of [
    [13, 1500],
    [14, 3000],
  ] as const) {
    it(`v1.${minor}: gives what Talos gives, or refuses with it, for ${numRuns} random patches of random documents`, () => {
      const compared = compare(minor, fc.sample(patchCases(minor), { numRuns, seed: 20_261_121 }));
      expect(compared.filter((one) => !isSame(one)).slice(0, 5)).toEqual([]);
      // The cases would prove nothing if all were refused, or none changed anything.
      expect(compared.filter((one) => one.talos.error === undefined).length).toBeGreaterThan(numRuns * 0.8);
      expect(compared.filter((one) => one.talos.error !== undefined).length).toBeGreaterThan(numRuns * 0.02);
    });
  }
});
