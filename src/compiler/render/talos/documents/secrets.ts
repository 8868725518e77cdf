import type { ClusterPlan } from "../../../../model/blueprint.ts";

/** References to the values of a cluster's secrets bundle, which has the shape of `talosctl gen secrets`. */
export interface SecretRefs {
  /** The value as it stands in the bundle: for certificates and keys base64 of PEM, as v1alpha1 fields take it. */
  readonly at: (...path: readonly string[]) => string;
  /** The decoded text: PEM, as the documents of Talos 1.14 take it. */
  readonly pem: (...path: readonly string[]) => string;
}

/** How a cluster's configuration names its secrets without holding them. */
export function secretRefs(cluster: ClusterPlan): SecretRefs {
  const pointer = (path: readonly string[]) => path.map((step) => `/${step}`).join("");
  return {
    at: (...path) => `ref+sops://${cluster.secretsFile}#${pointer(path)}`,
    pem: (...path) => `ref+sops://${cluster.secretsFile}?decode=base64#${pointer(path)}`,
  };
}
