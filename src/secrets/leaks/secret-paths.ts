import { isMapping, type Mapping } from "../../core/mapping.ts";
import type { Path } from "../../core/path.ts";

/** Steps of a path in a Talos document; `*` is any element of a list or any key of a mapping, `**` is all below. */
type Pattern = readonly string[];

interface Place {
  readonly pattern: Pattern;
  /** The place holds a secret only where its text has this. */
  readonly only?: RegExp;
}

/** The name of the document that has no kind, as Talos calls it. */
const V1ALPHA1 = "v1alpha1";

/** Where secrets stand, by kind; what Talos itself hides when it shows a configuration, and the keys beside that. */
const SECRET: Readonly<Record<string, readonly string[]>> = {
  v1alpha1: [
    "machine.token",
    "machine.ca.key",
    "machine.registries.config.*.auth.password",
    "machine.registries.config.*.auth.auth",
    "machine.registries.config.*.auth.identityToken",
    "machine.registries.config.*.tls.clientIdentity.key",
    "machine.network.interfaces.*.wireguard.privateKey",
    "machine.network.interfaces.*.vip.equinixMetal.apiToken",
    "machine.network.interfaces.*.vip.hcloud.apiToken",
    "machine.network.interfaces.*.vlans.*.vip.equinixMetal.apiToken",
    "machine.network.interfaces.*.vlans.*.vip.hcloud.apiToken",
    "machine.systemDiskEncryption.ephemeral.keys.*.static.passphrase",
    "machine.systemDiskEncryption.state.keys.*.static.passphrase",
    "cluster.secret",
    "cluster.token",
    "cluster.aescbcEncryptionSecret",
    "cluster.secretboxEncryptionSecret",
    "cluster.ca.key",
    "cluster.aggregatorCA.key",
    "cluster.serviceAccount.key",
    "cluster.etcd.ca.key",
  ],
  DiscoveryIdentityConfig: ["clusterSecret"],
  HCloudVIPConfig: ["apiToken"],
  KubeAPIServerCAConfig: ["issuingCA.key"],
  KubeAggregatorCAConfig: ["issuingCA.key"],
  KubeEtcdEncryptionConfig: ["config.resources.*.providers.*.*.keys.*.secret"],
  KubeServiceAccountConfig: ["issuer.privateKey"],
  RawVolumeConfig: ["encryption.keys.*.static.passphrase"],
  RegistryAuthConfig: ["password", "auth", "identityToken"],
  RegistryTLSConfig: ["clientIdentity.key"],
  SideroLinkConfig: ["uniqueToken"],
  SwapVolumeConfig: ["encryption.keys.*.static.passphrase"],
  UserVolumeConfig: ["encryption.keys.*.static.passphrase"],
  VolumeConfig: ["encryption.keys.*.static.passphrase"],
  WireguardConfig: ["privateKey", "peers.*.presharedKey"],
};

/** URLs that carry a secret in their query. */
const SECRET_URLS: Readonly<Record<string, readonly string[]>> = { SideroLinkConfig: ["apiUrl"] };
const JOIN_TOKEN = /[?&]jointoken=[^&]/i;

/** Places for anything, which Talos does not hide: people put secrets there as well. */
const MAY_HOLD: Readonly<Record<string, readonly string[]>> = {
  v1alpha1: [
    "machine.env.**",
    "machine.files.*.content",
    "machine.pods.**",
    "machine.kubelet.extraArgs.**",
    "machine.kubelet.extraConfig.**",
    "machine.kubelet.credentialProviderConfig.**",
    "machine.logging.destinations.*.endpoint",
    "machine.logging.destinations.*.extraTags.**",
    "cluster.apiServer.extraArgs.**",
    "cluster.apiServer.env.**",
    "cluster.apiServer.admissionControl.**",
    "cluster.apiServer.authorizationConfig.**",
    "cluster.controllerManager.extraArgs.**",
    "cluster.controllerManager.env.**",
    "cluster.scheduler.extraArgs.**",
    "cluster.scheduler.env.**",
    "cluster.scheduler.config.**",
    "cluster.proxy.extraArgs.**",
    "cluster.etcd.extraArgs.**",
    "cluster.extraManifests.**",
    "cluster.extraManifestHeaders.**",
    "cluster.externalCloudProvider.manifests.**",
    "cluster.inlineManifests.*.contents",
  ],
  CRICustomizationConfig: ["content"],
  ContainerConfig: ["args.**", "entrypoint.**", "environment.**"],
  EnvironmentConfig: ["variables.**"],
  EtcFileConfig: ["contents"],
  ExtensionServiceConfig: ["configFiles.*.content", "environment.**"],
  HTTPProbeConfig: ["url"],
  KmsgLogConfig: ["url"],
  KubeAPIServerConfig: ["extraArgs.**", "env.**"],
  KubeAdmissionControlConfig: ["configuration.**"],
  KubeAuthenticationConfig: ["configuration.**"],
  KubeAuthorizerConfig: ["webhook.**"],
  KubeControllerManagerConfig: ["extraArgs.**", "env.**"],
  KubeCredentialProviderConfig: ["configuration.**"],
  KubeEtcdEncryptionConfig: ["config.resources.*.providers.**"],
  KubeExternalManifestConfig: ["headers.**", "url"],
  KubeFlannelCNIConfig: ["extraArgs.**", "backendExtraConfig.**"],
  KubeInlineManifestConfig: ["manifest"],
  KubeProxyConfig: ["extraArgs.**", "config.**"],
  KubeSchedulerConfig: ["extraArgs.**", "env.**", "config.**"],
  KubeStaticPodConfig: ["pod.**"],
  KubeletConfig: ["extraArgs.**", "config.**"],
  RegistryMirrorConfig: ["endpoints.*.url"],
  SideroLinkConfig: ["apiUrl"],
};

const SECRET_PLACES = mergePlaces(placesOf(SECRET), placesOf(SECRET_URLS, JOIN_TOKEN));
const MAY_HOLD_PLACES = placesOf(MAY_HOLD);

/** Every pattern of the tables, for tests that hold them against Talos' own types. */
export const SECRET_PATTERNS: readonly (readonly [kind: string, pattern: Pattern])[] = listed(SECRET_PLACES);
export const MAY_HOLD_PATTERNS: readonly (readonly [kind: string, pattern: Pattern])[] =
  listed(MAY_HOLD_PLACES);

/** The kind of a Talos document as the tables here name it: `v1alpha1` for the one that has none. */
export function talosKind(document: unknown): string {
  const kind = isMapping(document) ? document["kind"] : undefined;
  return typeof kind === "string" ? kind : V1ALPHA1;
}

/**
 * Whether a secret stands at this path of a Talos document.
 *
 * @param kind - as {@link talosKind} gives it
 * @param value - what stands there; without it URLs that may carry a secret count as if they did
 */
export function isSecretPath(kind: string, path: Path, value?: unknown): boolean {
  return isAmong(SECRET_PLACES, kind, path, value);
}

/** Whether this is a place for anything, such as an environment variable or a file, that Talos does not hide. */
export function mayHoldSecret(kind: string, path: Path): boolean {
  return isAmong(MAY_HOLD_PLACES, kind, path, undefined);
}

/** The paths of all values of a Talos document that stand where secrets do, in the order of the document. */
export function secretPathsIn(document: unknown): Path[] {
  const places = SECRET_PLACES.get(talosKind(document)) ?? [];
  return places.flatMap(({ pattern, only }) =>
    pathsOf(document, pattern)
      .filter(({ value }) => only === undefined || (typeof value === "string" && only.test(value)))
      .map(({ path }) => path),
  );
}

function isAmong(
  places: ReadonlyMap<string, readonly Place[]>,
  kind: string,
  path: Path,
  value: unknown,
): boolean {
  return (places.get(kind) ?? []).some(
    ({ pattern, only }) =>
      fits(pattern, path) && (only === undefined || typeof value !== "string" || only.test(value)),
  );
}

function fits(pattern: Pattern, path: Path): boolean {
  const isOpen = pattern.at(-1) === "**";
  const steps = isOpen ? pattern.slice(0, -1) : pattern;
  if (isOpen ? path.length < steps.length : path.length !== steps.length) return false;
  return steps.every((step, index) => step === "*" || step === String(path[index]));
}

interface Found {
  readonly path: Path;
  readonly value: unknown;
}

function pathsOf(value: unknown, pattern: Pattern, path: Path = []): Found[] {
  const [step, ...rest] = pattern;
  if (step === undefined) return [{ path, value }];
  if (Array.isArray(value)) {
    if (step !== "*") return [];
    return value.flatMap((item: unknown, index) => pathsOf(item, rest, [...path, index]));
  }
  if (!isMapping(value)) return [];
  const keys = step === "*" ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : [];
  return keys.flatMap((key) => pathsOf((value as Mapping)[key], rest, [...path, key]));
}

function placesOf(table: Readonly<Record<string, readonly string[]>>, only?: RegExp): Map<string, Place[]> {
  const places = Object.entries(table).map(([kind, patterns]): [string, Place[]] => [
    kind,
    patterns.map((pattern) => ({
      pattern: pattern.split("."),
      ...(only === undefined ? {} : { only }),
    })),
  ]);
  return new Map(places);
}

function mergePlaces(
  a: ReadonlyMap<string, readonly Place[]>,
  b: ReadonlyMap<string, readonly Place[]>,
): Map<string, readonly Place[]> {
  return new Map(
    [...a.keys(), ...b.keys()].map((kind) => [kind, [...(a.get(kind) ?? []), ...(b.get(kind) ?? [])]]),
  );
}

function listed(places: ReadonlyMap<string, readonly Place[]>): (readonly [string, Pattern])[] {
  return [...places].flatMap(([kind, list]) => list.map(({ pattern }) => [kind, pattern] as const));
}
