import type { Change } from "./changes.ts";

/** What a change does to a machine, from the least to the most. */
export const IMPACTS = ["none", "service-restart", "reboot", "reinstall", "wipe"] as const;

export type Impact = (typeof IMPACTS)[number];

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
  const judgements = changes.map((change) => judgeOne(change, minor));
  const impact = IMPACTS[Math.max(0, ...judgements.map((one) => IMPACTS.indexOf(one.impact)))] ?? "none";
  const reasons = judgements.filter((one) => one.impact === impact).flatMap(({ reason }) => reason ?? []);
  return { impact, reason: reasons.length === 0 ? undefined : [...new Set(reasons)].join("; ") };
}

/**
 * Fields of the v1alpha1 document that Talos up to 1.13 applies at once; a change of any other makes it reboot.
 * Source: the check of the running configuration in Talos 1.13.
 */
const IMMEDIATE = [
  "ca",
  "acceptedCAs",
  "time",
  "certSANs",
  "install",
  "network",
  "sysfs",
  "sysctls",
  "logging",
  "controlPlane",
  "kubelet",
  "kernel",
  "registries",
  "pods",
  "seccompProfiles",
  "nodeAnnotations",
  "nodeLabels",
  "nodeTaints",
];

const IMMEDIATE_FEATURES = [
  "kubernetesTalosAPIAccess",
  "kubePrism",
  "hostDNS",
  "imageCache",
  "nodeAddressSortAlgorithm",
];

const CONTROL_PLANE_PARTS = ["apiServer", "controllerManager", "scheduler"];
const CONTROL_PLANE_KINDS = ["KubeAPIServerConfig", "KubeControllerManagerConfig", "KubeSchedulerConfig"];

function judgeOne(change: Change, minor: number): Judgement {
  const kind = change.document.split("/")[0] ?? "";
  if (kind === "v1alpha1") return judgeV1alpha1(change, minor);
  if (kind === "ExtensionServiceConfig") {
    return restart(
      `extension ${change.document.split("/")[1] ?? ""} is restarted; for frr the node's BGP sessions drop`,
    );
  }
  if (kind === "UnattendedInstallConfig") return judgeInstaller(change);
  if (kind === "KubeletConfig") return restart("kubelet is restarted");
  if (CONTROL_PLANE_KINDS.includes(kind)) return restart(`the static pod of ${kind} is restarted`);
  if (kind === "BGPInstanceConfig") return restart("the node's BGP sessions may drop");
  return { impact: "none", reason: undefined };
}

function judgeV1alpha1(change: Change, minor: number): Judgement {
  const [part, field, inner] = change.path.map(String);
  if (part === "machine" && field === "type") {
    return {
      impact: "reinstall",
      reason: "a machine changes between control plane and worker only by a reinstall",
    };
  }
  if (part === "machine" && field === "install") return judgeInstaller(change);
  if (part === "machine" && field === "kubelet") return restart("kubelet is restarted");
  if (part === "cluster" && CONTROL_PLANE_PARTS.includes(field ?? ""))
    return restart(`${field} is restarted`);
  if (part !== "machine") return { impact: "none", reason: undefined };
  const immediate =
    IMMEDIATE.includes(field ?? "") || (field === "features" && IMMEDIATE_FEATURES.includes(inner ?? ""));
  if (immediate || minor >= 14) return { impact: "none", reason: undefined };
  return {
    impact: "reboot",
    reason: `Talos up to 1.13 reboots to apply ${["machine", field, inner].filter(Boolean).join(".")}`,
  };
}

/** The installer is only read when a machine is installed; another version in it means an upgrade. */
function judgeInstaller(change: Change): Judgement {
  const before = imageParts(change.before);
  const after = imageParts(change.after);
  if (before === undefined || after === undefined || before === after)
    return { impact: "none", reason: undefined };
  return {
    impact: "reboot",
    reason: "another installer image: the machine is upgraded in place and reboots",
  };
}

function imageParts(value: unknown): string | undefined {
  return typeof value === "string" && value.includes("/") ? value : undefined;
}

function restart(reason: string): Judgement {
  return { impact: "service-restart", reason };
}
