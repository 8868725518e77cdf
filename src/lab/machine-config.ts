import { sha256 } from "../core/hash.ts";
import { isMapping, type Mapping } from "../core/mapping.ts";
import { listAt, mappingAt, pemAt, textAt, textsOf } from "./config-values.ts";
import { type KubernetesConfig, readKubernetesConfig } from "./kubernetes/config.ts";

/** Reads the documents of a YAML text as plain values, or says what is wrong with it. */
export type ReadYaml = (
  text: string,
) => { readonly documents: readonly unknown[] } | { readonly error: string };

/** What a machine knows of its configuration. The values are not kept: thousands of machines live in one process. */
export interface MachineConfig {
  readonly text: string;
  /** Undefined where there is no v1alpha1 document. */
  readonly type: "controlplane" | "worker" | undefined;
  readonly hostname: string | undefined;
  /** Which cluster it is to be part of; machines with the same value find each other. */
  readonly cluster: string;
  readonly clusterName: string;
  /** PEM; the key only where the configuration has it. */
  readonly ca: { readonly certificate: string; readonly key: string | undefined } | undefined;
  readonly acceptedCas: readonly string[];
  readonly certSans: readonly string[];
  /** Addresses with their prefix lengths, as the links have them. */
  readonly addresses: readonly string[];
  readonly hasEtcd: boolean;
  /** What installs it; undefined where nothing is said of installation. */
  readonly install: { readonly image: string | undefined; readonly unattended: boolean } | undefined;
  readonly kubeletImage: string | undefined;
  /** Names of extension services to a digest of their configuration. */
  readonly extensionServices: ReadonlyMap<string, string>;
  /** Of kubelet and etcd: they start anew where it differs. */
  readonly kubeletDigest: string;
  readonly kubernetes: KubernetesConfig;
}

/** Takes from the documents of a configuration what a machine acts on. Pure; never throws. */
export function readMachineConfig(text: string, documents: readonly unknown[]): MachineConfig {
  const all = documents.filter(isMapping);
  const v1alpha1 = all.find(isV1Alpha1) ?? {};
  const machine = mappingAt(v1alpha1, "machine");
  const cluster = mappingAt(v1alpha1, "cluster");
  const ofKind = (kind: string) => all.filter((document) => document["kind"] === kind);
  const ca = caOf(mappingAt(machine, "ca"));
  const type = machine["type"];
  const kubelet = ofKind("KubeletConfig")[0] ?? mappingAt(machine, "kubelet");
  return {
    text,
    type: type === "controlplane" || type === "worker" ? type : undefined,
    hostname:
      textAt(ofKind("HostnameConfig")[0], "hostname") ?? textAt(mappingAt(machine, "network"), "hostname"),
    cluster: clusterKey(cluster, ofKind("DiscoveryIdentityConfig")[0], ca?.certificate),
    clusterName:
      textAt(ofKind("KubeClusterConfig")[0], "clusterName") ?? textAt(cluster, "clusterName") ?? "",
    ca,
    acceptedCas: listAt(machine, "acceptedCAs").flatMap(
      (entry) => pemAt(isMapping(entry) ? entry : {}, "crt") ?? [],
    ),
    certSans: textsOf(machine["certSANs"]),
    addresses: addressesOf(all, machine),
    hasEtcd: pemAt(mappingAt(mappingAt(cluster, "etcd"), "ca"), "crt") !== undefined,
    install: installOf(machine, ofKind("UnattendedInstallConfig")[0]),
    kubeletImage: textAt(kubelet, "image"),
    extensionServices: new Map(
      ofKind("ExtensionServiceConfig").map((document) => [
        textAt(document, "name") ?? "",
        sha256(JSON.stringify(document)),
      ]),
    ),
    kubeletDigest: sha256(JSON.stringify([kubelet, ofKind("KubeNodeConfig")])),
    kubernetes: readKubernetesConfig(all, v1alpha1),
  };
}

/** Talos takes a document without a kind, or with one of the old keys, for v1alpha1. */
export function isV1Alpha1(document: Mapping): boolean {
  return document["kind"] === undefined || "machine" in document || "cluster" in document;
}

/** A document's identity: `v1alpha1`, `v1alpha1/HostnameConfig`, `v1alpha1/LinkConfig/eno1`. */
export function identityOf(document: Mapping): string {
  if (isV1Alpha1(document)) return "v1alpha1";
  return [document["apiVersion"], document["kind"], document["name"]]
    .filter((part) => typeof part === "string")
    .join("/");
}

function clusterKey(cluster: Mapping, discovery: Mapping | undefined, ca: string | undefined): string {
  const id = textAt(discovery, "clusterID") ?? textAt(cluster, "id");
  const secret = textAt(discovery, "clusterSecret") ?? textAt(cluster, "secret");
  if (id !== undefined) return sha256(JSON.stringify([id, secret]));
  return ca === undefined ? "" : sha256(ca);
}

function caOf(value: Mapping): MachineConfig["ca"] {
  const certificate = pemAt(value, "crt");
  return certificate === undefined ? undefined : { certificate, key: pemAt(value, "key") };
}

function installOf(machine: Mapping, unattended: Mapping | undefined): MachineConfig["install"] {
  if (unattended !== undefined) {
    return { image: textAt(mappingAt(unattended, "installer"), "image"), unattended: true };
  }
  const install = machine["install"];
  return isMapping(install) ? { image: textAt(install, "image"), unattended: false } : undefined;
}

function addressesOf(documents: readonly Mapping[], machine: Mapping): readonly string[] {
  const links = documents.filter(
    (document) => document["kind"] === "LinkConfig" || document["kind"] === "DummyLinkConfig",
  );
  const ofDocuments = links.flatMap((link) =>
    listAt(link, "addresses").flatMap((entry) => (isMapping(entry) ? (textAt(entry, "address") ?? []) : [])),
  );
  const interfaces = listAt(mappingAt(machine, "network"), "interfaces").filter(isMapping);
  return [...ofDocuments, ...interfaces.flatMap((entry) => textsOf(entry["addresses"]))];
}
