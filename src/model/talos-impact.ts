import type { Path } from "../core/path.ts";

/** How much a change disturbs, in ascending order. */
export const IMPACTS = ["none", "service-restart", "reboot", "reinstall", "wipe"] as const;

export type Impact = (typeof IMPACTS)[number];

/** The greatest of some impacts; `none` of none. */
export function greatestImpact(impacts: Iterable<Impact>): Impact {
  return IMPACTS[Math.max(0, ...[...impacts].map((impact) => IMPACTS.indexOf(impact)))] ?? "none";
}

export function isAtLeast(impact: Impact, limit: Impact): boolean {
  return IMPACTS.indexOf(impact) >= IMPACTS.indexOf(limit);
}

/** One changed place of a machine's configuration. */
export interface ConfigurationChange {
  /** `v1alpha1`, `HostnameConfig`, `VolumeConfig/EPHEMERAL`. */
  readonly document: string;
  /** Empty where the whole document comes or goes. */
  readonly path: Path;
  /** Undefined where there was nothing. */
  readonly before: unknown;
  /** Undefined where there is nothing any more. */
  readonly after: unknown;
}

/** What a change does to a machine, and when. */
export interface Effect {
  /** What it takes until the machine is as the configuration says. */
  readonly impact: Impact;
  /** For people; undefined where nothing is disturbed and nothing waits. */
  readonly reason?: string;
  /**
   * `now`: Talos does it when it takes the configuration, a reboot included. `boot`: Talos takes the configuration and
   * the machine runs the old one until somebody reboots it. `install`: it is read when the machine is installed or
   * upgraded, or the volume made, and not before.
   */
  readonly takes: "now" | "boot" | "install";
}

const NOW: Effect = { impact: "none", takes: "now" };

/**
 * Fields of `machine` in the v1alpha1 document that Talos up to 1.13 applies at once; a change of any other makes it
 * reboot. From 1.14 on Talos never reboots by itself.
 * Source: the check of the running configuration in Talos 1.13, `v1alpha1_runtime.go`.
 */
const IMMEDIATE: ReadonlySet<string> = new Set([
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
  "features.kubernetesTalosAPIAccess",
  "features.kubePrism",
  "features.hostDNS",
  "features.imageCache",
  "features.nodeAddressSortAlgorithm",
]);

type Rule = (change: ConfigurationChange) => Effect;

/**
 * Places with an effect of their own, by the kind of the document and the beginning of the path; the longest that fits
 * counts. Every other place is applied at once and disturbs nothing.
 * Source: "Changes which might need a reboot" of Talos' page on editing the machine configuration, 1.14 and later, and
 * the registry settings in that of 1.13.
 */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["v1alpha1:machine.type", () => reinstall()],
  ["v1alpha1:machine.install", () => whenInstalled()],
  ["v1alpha1:machine.kubelet", () => restart("kubelet is restarted")],
  ["v1alpha1:machine.env", () => atBoot("a service keeps the environment that it was started with")],
  ["v1alpha1:machine.kernel.modules", (change) => judgeModules(change)],
  ["v1alpha1:machine.systemDiskEncryption", () => encrypted()],
  ["v1alpha1:machine.disks", () => atBoot("disks are set up when the machine boots")],
  ["v1alpha1:machine.files", () => atBoot("files are written when the machine boots")],
  ["v1alpha1:machine.registries.config", () => atBoot(CREDENTIALS)],
  ["v1alpha1:cluster.apiServer", () => restart("the API server is restarted")],
  ["v1alpha1:cluster.controllerManager", () => restart("the controller manager is restarted")],
  ["v1alpha1:cluster.scheduler", () => restart("the scheduler is restarted")],
  ["v1alpha1:cluster.etcd", () => atBoot("etcd reads its settings when it starts, which is at a boot")],
  ["BGPInstanceConfig:", () => restart("the node's BGP sessions may drop")],
  ["EnvironmentConfig:", () => atBoot("a service keeps the environment that it was started with")],
  ["ExtensionServiceConfig:", (change) => judgeExtension(change)],
  ["KernelModuleConfig:", (change) => judgeModules(change)],
  ["KubeAPIServerConfig:", () => restart("the API server is restarted")],
  ["KubeAuditPolicyConfig:", () => restart("the API server is restarted")],
  ["KubeAuthenticationConfig:", () => restart("the API server is restarted")],
  ["KubeAdmissionControlConfig:", () => restart("the API server is restarted")],
  ["KubeControllerManagerConfig:", () => restart("the controller manager is restarted")],
  ["KubeSchedulerConfig:", () => restart("the scheduler is restarted")],
  ["KubeletConfig:", () => restart("kubelet is restarted")],
  ["KubeNodeConfig:nodeIP", () => restart("kubelet is restarted")],
  ["RegistryAuthConfig:", () => atBoot(CREDENTIALS)],
  ["SecurityProfileConfig:", () => atBoot("the isolation of workloads is set up when the machine boots")],
  ["UnattendedInstallConfig:", () => whenInstalled()],
  ["VolumeConfig:", (change) => judgeVolume(change)],
  ["UserVolumeConfig:", (change) => judgeVolume(change)],
  ["RawVolumeConfig:", (change) => judgeVolume(change)],
  ["SwapVolumeConfig:", (change) => judgeVolume(change)],
]);

const CREDENTIALS = "the container runtime reads credentials of registries when the machine boots";

/**
 * What one change of a machine's configuration does to it.
 *
 * @param minor minor version of the Talos that runs
 */
export function effectOf(change: ConfigurationChange, minor: number): Effect {
  const kind = kindOf(change.document);
  const rule = ruleFor(kind, change.path);
  const effect = rule?.(change) ?? NOW;
  // What Talos reboots for is in force afterwards, whatever else it would have waited for.
  return effect.impact === "reinstall" ? effect : (talosReboots(kind, change.path, minor) ?? effect);
}

function ruleFor(kind: string, path: Path): Rule | undefined {
  for (let length = path.length; length >= 0; length--) {
    const rule = RULES.get(`${kind}:${path.slice(0, length).join(".")}`);
    if (rule !== undefined) return rule;
  }
  return undefined;
}

function talosReboots(kind: string, [part, field, inner]: Path, minor: number): Effect | undefined {
  if (kind !== "v1alpha1" || part !== "machine" || minor >= 14) return undefined;
  if (IMMEDIATE.has(String(field)) || IMMEDIATE.has(`${field}.${inner}`)) return undefined;
  const place = [part, field, ...(field === "features" ? [inner] : [])].filter((step) => step !== undefined);
  return { impact: "reboot", takes: "now", reason: `Talos up to 1.13 reboots to apply ${place.join(".")}` };
}

function judgeExtension({ document }: ConfigurationChange): Effect {
  const name = document.split("/")[1] ?? "";
  const drops = ROUTERS.has(name) ? ": the node's BGP sessions drop" : "";
  return restart(`extension ${name} is restarted${drops}`);
}

/** Modules are loaded when they are added; nothing is unloaded, and parameters count when a module is loaded. */
function judgeModules({ before }: ConfigurationChange): Effect {
  return before === undefined ? NOW : atBoot("a kernel module that is loaded stays as it is until a boot");
}

function judgeVolume({ document, path, before }: ConfigurationChange): Effect {
  if (path[0] === "encryption") return encrypted();
  const isSystem = document.startsWith("VolumeConfig/");
  const isWhole = path.length === 0;
  if (isWhole ? !isSystem || before !== undefined : path[0] !== "provisioning") return NOW;
  return {
    impact: "none",
    takes: "install",
    reason: `${document}: size and place of a volume count when it is made, which is when the machine is installed anew`,
  };
}

function encrypted(): Effect {
  return atBoot("keys of a volume are changed when it is unlocked");
}

function whenInstalled(): Effect {
  return {
    impact: "none",
    takes: "install",
    reason: "what is said of the installation is read when the machine is installed or upgraded, not before",
  };
}

function reinstall(): Effect {
  return {
    impact: "reinstall",
    takes: "install",
    reason: "a machine changes between control plane and worker only by a reinstall",
  };
}

function restart(reason: string): Effect {
  return { impact: "service-restart", takes: "now", reason };
}

function atBoot(reason: string): Effect {
  return { impact: "reboot", takes: "boot", reason };
}

function kindOf(document: string): string {
  return document.split("/")[0] ?? "";
}

/** Extensions that speak BGP for the node. */
const ROUTERS: ReadonlySet<string> = new Set(["frr", "bird2"]);

/** Links, addresses, routes and BGP: what the way to the machine is made of. */
const FABRIC: ReadonlySet<string> = new Set([
  "BGPInstanceConfig",
  "BlackholeRouteConfig",
  "BondConfig",
  "BridgeConfig",
  "DHCPv4Config",
  "DHCPv6Config",
  "DummyLinkConfig",
  "EthernetConfig",
  "Layer2VIPConfig",
  "LinkAliasConfig",
  "LinkConfig",
  "RoutingRuleConfig",
  "VLANConfig",
  "VRFConfig",
  "VethConfig",
]);

/** What lets the applier in. */
const FIREWALL: ReadonlySet<string> = new Set(["NetworkDefaultActionConfig", "NetworkRuleConfig"]);

/**
 * Whether a change may cut the machine off: `fabric` where routes to it may change, `access` where it may refuse us;
 * undefined where neither.
 */
export function reachOf({
  document,
  path,
}: Pick<ConfigurationChange, "document" | "path">): "fabric" | "access" | undefined {
  const [kind = "", name = ""] = document.split("/");
  if (FIREWALL.has(kind)) return "access";
  if (FABRIC.has(kind)) return "fabric";
  if (kind === "ExtensionServiceConfig") return ROUTERS.has(name) ? "fabric" : undefined;
  if (kind !== "v1alpha1" || path[0] !== "machine") return undefined;
  return path[1] === "network" || path.length === 1 ? "fabric" : undefined;
}
