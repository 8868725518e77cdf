import { expect, test } from "vitest";
import { explainNode } from "../src/cli/explain/explain-node.ts";
import { compile } from "../src/compiler/compile.ts";
import { readFolder } from "../src/compiler/write/read-sources.ts";
import { formatPath } from "../src/core/path.ts";

const { blueprint } = compile(readFolder("."));

/** Where values of the example come from, by file and path, since lines move. */
test.each([
  ["hel1-r003-u07", "machine.kubelet.image", "cluster clusters/channels/stable.yaml spec.kubernetes"],
  ["hel1-r003-u07", "machine.install.image", "cluster clusters/channels/stable.yaml spec.talos"],
  [
    "hel1-r003-u07",
    "machine.install.diskSelector.type",
    "model inventory/models/dell-r640.yaml spec.installDisk",
  ],
  ["hel1-r003-u07", "cluster.clusterName", "cluster clusters/hel1/hel1-vran7/cluster.yaml metadata.name"],
  [
    "hel1-r003-u07",
    "cluster.network.podSubnets[0]",
    "cluster clusters/hel1/hel1-vran7/cluster.yaml spec.network.podCIDRs",
  ],
  ["hel1-r003-u07", "cluster.discovery.enabled", "fleet inventory/fleet.yaml spec.discovery.endpoint"],
  [
    "hel1-r003-u07",
    'machine.sysctls["vm.nr_hugepages"]',
    'cluster clusters/hel1/hel1-vran7/patches/hugepages.yaml machine.sysctls["vm.nr_hugepages"]',
  ],
  ["hel1-r003-u07", "ResolverConfig:nameservers[0].address", "site inventory/sites/hel1/site.yaml spec.dns"],
  ["hel1-r003-u07", "TimeSyncConfig:ntp.servers[0]", "site inventory/sites/hel1/site.yaml spec.ntp"],
  [
    "hel1-r003-u07",
    "NetworkRuleConfig/apid:ingress[0].subnet",
    "site inventory/sites/hel1/site.yaml spec.loopbacks",
  ],
  [
    "hel1-r003-u07",
    "NetworkRuleConfig/apid:ingress[1].subnet",
    "site inventory/sites/hel1/site.yaml spec.management",
  ],
  [
    "hel1-r003-u07",
    "NetworkRuleConfig/kubelet:ingress[1].subnet",
    "cluster clusters/hel1/hel1-vran7/cluster.yaml spec.network.podCIDRs[0]",
  ],
  [
    "hel1-r003-u07",
    "RegistryMirrorConfig/docker.io:endpoints[0].url",
    'site inventory/sites/hel1/site.yaml spec.registries["docker.io"]',
  ],
  [
    "hel1-r003-u07",
    "RegistryMirrorConfig/ghcr.io:endpoints[0].url",
    'fleet inventory/fleet.yaml spec.registries["ghcr.io"]',
  ],
  [
    "hel1-r003-u07",
    "LinkConfig/eno1:up",
    "server inventory/sites/hel1/racks/hel1-r003.yaml spec.servers.hel1-r003-u07.nics.eno1",
  ],
  ["hel1-r003-u07", "KmsgLogConfig/fleet:url", "fleet inventory/patches/kernel-log.yaml url"],
  [
    "hel1-r003-u20",
    "machine.nodeLabels.accelerator",
    "class clusters/classes/gpu-a.yaml spec.labels.accelerator",
  ],
  [
    "hel1-r003-u20",
    'machine.nodeLabels["vran.nesc.example/layer"]',
    'group clusters/hel1/hel1-vran7/cluster.yaml spec.workers[1].labels["vran.nesc.example/layer"]',
  ],
  ["hel1-r003-u20", "machine.nodeTaints.gpu", "class clusters/classes/gpu-a.yaml spec.taints[0]"],
  [
    "hel1-r003-u20",
    'machine.nodeTaints["vran.nesc.example/l1"]',
    "group clusters/hel1/hel1-vran7/cluster.yaml spec.workers[1].taints[0]",
  ],
  [
    "hel1-r003-u20",
    "UserVolumeConfig/scratch:provisioning.minSize",
    "class clusters/classes/gpu-a.yaml spec.volumes.scratch",
  ],
  [
    "osl2-r001-u03",
    'SysctlConfig:params["vm.dirty_ratio"]',
    'class clusters/classes/control.yaml spec.sysctls["vm.dirty_ratio"]',
  ],
])("%s: %s comes from its line", (node, path, from) => {
  if (blueprint === undefined) throw new Error("the example has errors");
  const { winner } = explainNode(blueprint, node, path).parts[0]?.explanation ?? {};
  expect(`${winner?.layer} ${winner?.at?.file} ${formatPath(winner?.at?.path ?? [])}`).toBe(from);
});
