import { isMapping, type Mapping } from "../../../core/mapping.ts";
import { KubernetesError, type KubernetesNode, type KubernetesPod } from "../../kubernetes-api.ts";
import type { CallPlace } from "./status.ts";

/** What of an answer is not as Kubernetes writes it. */
class Malformed extends Error {
  override readonly name = "Malformed";
}

/** Reads an answer. @throws KubernetesError where it is not as Kubernetes writes it */
export function understand<T>(at: CallPlace, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new KubernetesError("internal", at, `an answer in which ${error.message}`);
  }
}

/** @throws Malformed, for {@link understand} */
export function nodeOf(object: Mapping): KubernetesNode {
  const metadata = mappingAt(object, "metadata");
  const status = mappingAt(object, "status");
  const ready = conditionOf(status, "Ready");
  return {
    name: nameOf(metadata, "a node"),
    unschedulable: mappingAt(object, "spec")["unschedulable"] === true,
    ready: ready?.["status"] === "True",
    why: whyNot(ready),
    kubelet: textAt(mappingAt(status, "nodeInfo"), "kubeletVersion"),
    addresses: listAt(status, "addresses")
      .filter((one) => one["type"] === "InternalIP")
      .map((one) => textAt(one, "address")),
    labels: textsAt(metadata, "labels"),
    annotations: textsAt(metadata, "annotations"),
  };
}

/** @throws Malformed, for {@link understand} */
export function podOf(object: Mapping): KubernetesPod {
  const metadata = mappingAt(object, "metadata");
  const status = mappingAt(object, "status");
  const name = nameOf(metadata, "a pod");
  const [namespace, uid] = [textAt(metadata, "namespace"), textAt(metadata, "uid")];
  if (namespace === "" || uid === "") throw new Malformed(`the pod ${name} has no namespace or no UID`);
  const node = textAt(mappingAt(object, "spec"), "nodeName");
  return {
    namespace,
    name,
    uid,
    node: node === "" ? undefined : node,
    phase: textAt(status, "phase") || "Unknown",
    ready: conditionOf(status, "Ready")?.["status"] === "True",
    terminating: textAt(metadata, "deletionTimestamp") !== "",
    controller: controllerOf(metadata),
    mirror: "kubernetes.io/config.mirror" in textsAt(metadata, "annotations"),
    labels: textsAt(metadata, "labels"),
  };
}

/** What an object has under a key, which is empty where it has nothing there. @throws Malformed, for {@link understand} */
export function mappingAt(object: Mapping, key: string): Mapping {
  const value = object[key];
  if (value === undefined || value === null) return {};
  if (!isMapping(value)) throw new Malformed(`${key} is no object`);
  return value;
}

/** Go writes null for a list that was never made. @throws Malformed, for {@link understand} */
export function listAt(object: Mapping, key: string): readonly Mapping[] {
  const value = object[key] ?? [];
  if (!Array.isArray(value) || !value.every(isMapping)) throw new Malformed(`${key} is no list of objects`);
  return value;
}

/** @throws Malformed, for {@link understand} */
export function textAt(object: Mapping, key: string): string {
  const value = object[key] ?? "";
  if (typeof value !== "string") throw new Malformed(`${key} is no text`);
  return value;
}

function textsAt(object: Mapping, key: string): Readonly<Record<string, string>> {
  const mapping = mappingAt(object, key);
  return Object.fromEntries(Object.keys(mapping).map((name) => [name, textAt(mapping, name)]));
}

function nameOf(metadata: Mapping, what: string): string {
  const name = textAt(metadata, "name");
  if (name === "") throw new Malformed(`${what} has no name`);
  return name;
}

function conditionOf(status: Mapping, type: string): Mapping | undefined {
  return listAt(status, "conditions").find((condition) => condition["type"] === type);
}

function whyNot(ready: Mapping | undefined): string {
  if (ready === undefined) return "its kubelet has not reported";
  if (ready["status"] === "True") return "";
  return textAt(ready, "message") || textAt(ready, "reason") || `Ready is ${textAt(ready, "status")}`;
}

function controllerOf(metadata: Mapping): KubernetesPod["controller"] {
  const owner = listAt(metadata, "ownerReferences").find((one) => one["controller"] === true);
  return owner === undefined ? undefined : { kind: textAt(owner, "kind"), name: textAt(owner, "name") };
}
