import { type Effect, effectOf, greatestImpact, type Impact } from "../../model/talos-impact.ts";
import type { Change } from "./changes.ts";

/** How much a change disturbs, and why. */
export interface Judgement {
  readonly impact: Impact;
  /** For people: `frr is restarted: BGP of the node drops`. Undefined where nothing is disturbed. */
  readonly reason: string | undefined;
}

/**
 * What the changes of one machine's configuration do to it, as far as that is known without the machine: the
 * greatest of the single ones.
 *
 * @param minor minor version of the Talos that runs
 */
export function judge(changes: readonly Change[], minor: number): Judgement {
  const judgements = changes.map((change) => judgeUpgrade(change) ?? effectOf(change, minor));
  const impact = greatestImpact(judgements.map((one) => one.impact));
  if (impact === "none") return { impact, reason: undefined };
  const reasons = judgements.filter((one) => one.impact === impact).flatMap(({ reason }) => reason ?? []);
  return { impact, reason: reasons.length === 0 ? undefined : [...new Set(reasons)].join("; ") };
}

/** The installer is only read when a machine is installed; another version in it means an upgrade. */
function judgeUpgrade({ document, path, before, after }: Change): Effect | undefined {
  const isInstaller =
    document === "UnattendedInstallConfig" || (path[0] === "machine" && path[1] === "install");
  if (!isInstaller || !isImage(before) || !isImage(after)) return undefined;
  return {
    impact: "reboot",
    takes: "now",
    reason: "another installer image: the machine is upgraded in place and reboots",
  };
}

function isImage(value: unknown): boolean {
  return typeof value === "string" && value.includes("/");
}
