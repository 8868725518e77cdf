import { formatIpv4 } from "../../../../core/ip.ts";
import type { ClusterPlan, NodePlan } from "../../../../model/blueprint.ts";
import type { TalosDocument } from "../talos-document.ts";
import { secretRefs } from "./secrets.ts";

/**
 * The v1alpha1 document of the contract v1.14: what has no document of its own yet.
 * Source: what `talosctl gen config` of Talos 1.14 writes.
 */
export function machineDocument(cluster: ClusterPlan, node: NodePlan): TalosDocument {
  const secret = secretRefs(cluster);
  return {
    version: "v1alpha1",
    debug: false,
    persist: true,
    machine: {
      ...machineIdentity(cluster, node),
      features: { diskQuotaSupport: true },
    },
    cluster: {
      token: secret.at("secrets", "bootstraptoken"),
      ...(node.type === "controlplane" ? { etcd: etcd(cluster, node) } : {}),
    },
  };
}

/** What every machine is and trusts; workers hold no key of a CA. */
export function machineIdentity(cluster: ClusterPlan, node: NodePlan): TalosDocument {
  const secret = secretRefs(cluster);
  return {
    type: node.type,
    token: secret.at("trustdinfo", "token"),
    ca: {
      crt: secret.at("certs", "os", "crt"),
      key: node.type === "controlplane" ? secret.at("certs", "os", "key") : "",
    },
    certSANs: subjectNames(cluster, node),
  };
}

/** The names under which a machine is reached: its loopback, and on control planes the API's address. */
export function subjectNames(cluster: ClusterPlan, node: NodePlan): string[] {
  const vip = node.type === "controlplane" && cluster.vip !== undefined ? [formatIpv4(cluster.vip)] : [];
  return [...vip, formatIpv4(node.server.loopback)];
}

/** etcd talks over the loopback, whichever uplink is up. */
export function etcd(cluster: ClusterPlan, node: NodePlan): TalosDocument {
  const secret = secretRefs(cluster);
  return {
    ca: { crt: secret.at("certs", "etcd", "crt"), key: secret.at("certs", "etcd", "key") },
    advertisedSubnets: [`${formatIpv4(node.server.loopback)}/32`],
  };
}

/** Taints as Talos writes them: key to `value:Effect`, or `Effect` alone. */
export function taintMap(taints: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    taints.map((taint) => {
      const [keyAndValue = "", effect = ""] = taint.split(":");
      const [key = "", value] = keyAndValue.split("=");
      return [key, value === undefined || value === "" ? effect : `${value}:${effect}`];
    }),
  );
}
