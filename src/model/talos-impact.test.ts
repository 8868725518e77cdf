import { expect, test } from "vitest";
import { parsePath } from "../core/path.ts";
import { effectOf, reachOf } from "./talos-impact.ts";

/** What a change of a place does: minor version of Talos, place, then impact and when it is in force. */
test.each([
  [13, "v1alpha1", "machine.sysctls.a", "none", "now"],
  [13, "v1alpha1", "machine.certSANs", "none", "now"],
  [13, "v1alpha1", "machine.nodeLabels.a", "none", "now"],
  [13, "v1alpha1", "debug", "none", "now"],
  [13, "v1alpha1", "cluster.network.podSubnets", "none", "now"],
  [13, "v1alpha1", "machine.kubelet.image", "service-restart", "now"],
  [13, "v1alpha1", "cluster.apiServer.image", "service-restart", "now"],
  [13, "v1alpha1", "cluster.controllerManager.image", "service-restart", "now"],
  [13, "v1alpha1", "cluster.scheduler.image", "service-restart", "now"],
  [13, "v1alpha1", "cluster.etcd.extraArgs", "reboot", "boot"],
  [14, "v1alpha1", "cluster.etcd.extraArgs", "reboot", "boot"],
  [13, "v1alpha1", "machine.token", "reboot", "now"],
  [14, "v1alpha1", "machine.token", "none", "now"],
  [13, "v1alpha1", "machine.udev.rules", "reboot", "now"],
  [13, "v1alpha1", "machine.files", "reboot", "now"],
  [14, "v1alpha1", "machine.files", "reboot", "boot"],
  [13, "v1alpha1", "machine.env.PROXY", "reboot", "now"],
  [14, "v1alpha1", "machine.env.PROXY", "reboot", "boot"],
  [13, "v1alpha1", "machine.features.rbac", "reboot", "now"],
  [13, "v1alpha1", "machine.features.hostDNS.enabled", "none", "now"],
  [13, "v1alpha1", "machine.install.disk", "none", "install"],
  [13, "v1alpha1", "machine.install.image", "none", "install"],
  [13, "v1alpha1", "machine.type", "reinstall", "install"],
  [13, "v1alpha1", "machine.registries.mirrors.x", "none", "now"],
  [13, "v1alpha1", "machine.registries.config.x.auth.password", "reboot", "boot"],
  [14, "KubeletConfig", "image", "service-restart", "now"],
  [14, "KubeNodeConfig", "labels.a", "none", "now"],
  [14, "KubeNodeConfig", "nodeIP.validSubnets", "service-restart", "now"],
  [14, "UnattendedInstallConfig", "installer.image", "none", "install"],
  [14, "SecurityProfileConfig", "workloadIsolation", "reboot", "boot"],
  [14, "VolumeConfig/EPHEMERAL", "provisioning.maxSize", "none", "install"],
  [14, "VolumeConfig/EPHEMERAL", "encryption.keys", "reboot", "boot"],
  [14, "UserVolumeConfig/data", "mount", "none", "now"],
  [13, "ExtensionServiceConfig/frr", "configFiles[0].content", "service-restart", "now"],
  [14, "BGPInstanceConfig/fabric", "neighbors", "service-restart", "now"],
  [13, "TimeSyncConfig", "ntp.servers", "none", "now"],
] as const)(
  "Talos 1.%i: a change of %s %s: impact %s, in force: %s",
  (minor, document, place, impact, takes) => {
    const path = parsePath(place) ?? [];
    expect(effectOf({ document, path, before: "a", after: "b" }, minor)).toMatchObject({ impact, takes });
  },
);

test("a kernel module that is added is loaded at once, one that goes stays until a boot", () => {
  const document = "KernelModuleConfig/dm_thin_pool";
  expect(effectOf({ document, path: [], before: undefined, after: {} }, 14).takes).toBe("now");
  expect(effectOf({ document, path: [], before: {}, after: undefined }, 14).takes).toBe("boot");
});

test("a new volume of a user is made at once, one of Talos' own is there already", () => {
  const added = (document: string) =>
    effectOf({ document, path: [], before: undefined, after: {} }, 14).takes;
  expect(added("UserVolumeConfig/data")).toBe("now");
  expect(added("VolumeConfig/EPHEMERAL")).toBe("install");
});

test.each([
  ["LinkConfig/eno1", ["up"], "fabric"],
  ["ExtensionServiceConfig/frr", [], "fabric"],
  ["ExtensionServiceConfig/lldpd", [], undefined],
  ["v1alpha1", ["machine", "network", "interfaces"], "fabric"],
  ["v1alpha1", ["machine", "kubelet"], undefined],
  ["NetworkRuleConfig/apid", ["ingress"], "access"],
  ["HostnameConfig", ["hostname"], undefined],
] as const)("whether a change of %s %j may cut the machine off: %s", (document, path, reach) => {
  expect(reachOf({ document, path })).toBe(reach);
});
