import { compareText } from "../core/diagnostic.ts";

/** A place in a cluster that a server fills: `hel1-vran7/control-plane/0`. */
export interface Place {
  readonly cluster: string;
  /** `control-plane` or the name of a group of workers. */
  readonly group: string;
  /** From 0. */
  readonly index: number;
}

/** The reserved name of the group of control planes. */
export const CONTROL_PLANE = "control-plane";

/**
 * What a server is recorded to be used for. `wipe` counts the times the server had to be wiped; it only
 * grows, so that an old proof of a wipe never fits a new dirty disk.
 */
export type Claim =
  | { readonly phase: "free"; readonly wipe: number }
  | { readonly phase: "held"; readonly place: Place; readonly wipe: number }
  | { readonly phase: "releasing"; readonly place: Place; readonly wipe: number }
  | { readonly phase: "quarantine"; readonly place: Place; readonly wipe: number; readonly until: string };

/** What the inventory has recorded of every server, by name. */
export type Claims = ReadonlyMap<string, Claim>;

export function formatPlace(place: Place): string {
  return `${place.cluster}/${place.group}/${place.index}`;
}

/** Prints a claim as it stands in a lock file: `hel1-vran7/control-plane/0 w3`. */
export function formatClaim(claim: Claim): string {
  switch (claim.phase) {
    case "free":
      return `free w${claim.wipe}`;
    case "held":
      return `${formatPlace(claim.place)} w${claim.wipe}`;
    case "releasing":
      return `${formatPlace(claim.place)} releasing w${claim.wipe}`;
    case "quarantine":
      return `${formatPlace(claim.place)} quarantine w${claim.wipe} until ${claim.until}`;
  }
}

const CLAIM =
  /^(?:free|([a-z0-9][a-z0-9.-]*)\/([a-z0-9][a-z0-9.-]*)\/(0|[1-9]\d{0,5})(?: (releasing|quarantine))?) w(0|[1-9]\d{0,8})(?: until (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?Z))?$/;

/**
 * Reads a claim as {@link formatClaim} prints it.
 *
 * @returns undefined where the text is no claim
 */
export function parseClaim(text: string): Claim | undefined {
  const match = CLAIM.exec(text);
  if (match === null) return undefined;
  const [, cluster, group, index, phase, wipeText, until] = match;
  const wipe = Number(wipeText);
  if ((phase === "quarantine") !== (until !== undefined)) return undefined;
  if (cluster === undefined || group === undefined) return { phase: "free", wipe };
  const place = { cluster, group, index: Number(index) };
  if (until !== undefined) return { phase: "quarantine", place, wipe, until };
  return { phase: phase === "releasing" ? "releasing" : "held", place, wipe };
}

/** Orders places by cluster, group and number, the control planes of a cluster first. */
export function comparePlaces(a: Place, b: Place): number {
  return (
    compareText(a.cluster, b.cluster) ||
    Number(b.group === CONTROL_PLANE) - Number(a.group === CONTROL_PLANE) ||
    compareText(a.group, b.group) ||
    a.index - b.index
  );
}
