import { type Effect, effectOf, greatestImpact, type Impact, reachOf } from "../../model/talos-impact.ts";
import type { Difference } from "./compare.ts";
import { documentId } from "./documents.ts";
import type { DocumentChange } from "./plan.ts";

/** What differences do to a machine, taken together. */
export interface Assessment {
  readonly changes: readonly DocumentChange[];
  readonly impact: Impact;
  /** Of that what Talos does when it takes the configuration. */
  readonly impactNow: Impact;
  /** Why, and what waits for an installation; sorted, each once. */
  readonly reasons: readonly string[];
  /** Why Talos up to 1.13 reboots the machine when it takes the configuration; empty where it does not. */
  readonly talosReboots: readonly string[];
  /** Why part of it is in force after a boot only, which Talos leaves to others. */
  readonly waitsForBoot: readonly string[];
  /** Ways to the machine may change, or it may refuse us. */
  readonly reach: "fabric" | "access" | undefined;
}

/** @param minor minor version of the Talos that runs */
export function assess(differences: readonly Difference[], minor: number): Assessment {
  const effects = differences.map(({ judged }) => effectOf(judged, minor));
  const reaches = differences.map(({ judged }) => reachOf(judged));
  return {
    changes: documentChanges(differences, (index) => effects[index]?.impact ?? "none"),
    impact: greatestImpact(effects.map(({ impact }) => impact)),
    impactNow: greatestImpact(effects.map(({ impact, takes }) => (takes === "boot" ? "none" : impact))),
    reasons: reasonsOf(effects, ({ takes }) => takes !== "boot"),
    talosReboots: reasonsOf(effects, ({ impact, takes }) => impact === "reboot" && takes === "now"),
    waitsForBoot: reasonsOf(effects, ({ takes }) => takes === "boot"),
    reach: reaches.find((reach) => reach === "fabric") ?? reaches.find((reach) => reach !== undefined),
  };
}

/** The same changes of a configuration that runs already, or that nobody takes before a boot. */
export function withoutImpact(changes: readonly DocumentChange[]): DocumentChange[] {
  return changes.map((change) => ({
    ...change,
    paths: change.paths.map((path) => ({ ...path, impact: "none" as const })),
  }));
}

function documentChanges(
  differences: readonly Difference[],
  impactOf: (index: number) => Impact,
): DocumentChange[] {
  const byDocument = Map.groupBy(differences.entries(), ([, { judged }]) => judged.document);
  return [...byDocument].map(([document, entries]) => ({
    document,
    change: entries[0]?.[1].change ?? "changed",
    paths: entries.map(([index, { shown }]) => ({ ...shown, impact: impactOf(index) })),
  }));
}

/** Whether a configuration says of a machine what it is; undefined where it does not say. */
export function machineTypeOf(documents: readonly unknown[]): string | undefined {
  const document = documents.find((one) => documentId(one) === "v1alpha1") as
    | { readonly machine?: { readonly type?: unknown } }
    | undefined;
  const type = document?.machine?.type;
  return typeof type === "string" ? type : undefined;
}

function reasonsOf(effects: readonly Effect[], counts: (effect: Effect) => boolean): string[] {
  return [...new Set(effects.filter(counts).flatMap(({ reason }) => reason ?? []))].sort();
}
