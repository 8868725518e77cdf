/** A rule of Talos' strategic merge, by an example. */
export interface Vector {
  readonly title: string;
  /** Documents in YAML. */
  readonly base: string;
  readonly patches: string;
  /** What ichor reports where both refuse. */
  readonly codes?: readonly string[];
  /** What Talos says then. */
  readonly talos?: RegExp;
  /** The first minor version of Talos for which the example holds. */
  readonly since?: number;
}

const link = (rest: string, name = "eno1") =>
  `{apiVersion: v1alpha1, kind: LinkConfig, name: ${name}, ${rest}}`;
const frr = (rest: string) => `{apiVersion: v1alpha1, kind: ExtensionServiceConfig, name: frr, ${rest}}`;
const volume = (rest: string) => `{apiVersion: v1alpha1, kind: VolumeConfig, name: EPHEMERAL, ${rest}}`;
const stream = (...documents: readonly string[]) => documents.join("\n---\n");

const documents: readonly Vector[] = [
  {
    title: "a document that the machine lacks goes to the end",
    base: stream("{machine: {type: worker}}", link("mtu: 9000")),
    patches: "{apiVersion: v1alpha1, kind: HostnameConfig, hostname: one}",
  },
  {
    title: "a document is known by kind and name",
    base: stream(link("mtu: 9000"), link("mtu: 1500", "eno2")),
    patches: link("mtu: 9100", "eno2"),
  },
  {
    title: "a document without a kind merges with that of the machine",
    base: "{machine: {type: worker}, cluster: {clusterName: one}}",
    patches: "{cluster: {clusterName: two}}",
  },
  {
    title: "a document can be deleted",
    base: stream("{machine: {type: worker}}", link("mtu: 9000")),
    patches: link("$patch: delete"),
  },
  {
    title: "deleting a document that the machine lacks does nothing",
    base: "{machine: {type: worker}}",
    patches: link("$patch: delete"),
    since: 14,
  },
  {
    title: "a document deleted and set anew goes to the end",
    base: stream(link("mtu: 9000"), link("mtu: 1500", "eno2")),
    patches: stream(link("$patch: delete"), link("up: true")),
  },
  {
    title: "an unknown kind is refused",
    base: "{machine: {type: worker}}",
    patches: "{apiVersion: v1alpha1, kind: LinkConfg, name: eno1}",
    codes: ["ICH5101"],
    talos: /not registered/,
  },
  {
    title: "two documents for one link are refused",
    base: link("mtu: 9000"),
    patches: "{apiVersion: v1alpha1, kind: DummyLinkConfig, name: eno1}",
    codes: ["ICH5112"],
    talos: /conflicting/,
  },
  {
    title: "a link at the other end of a veth pair is refused",
    base: link("mtu: 9000"),
    patches: "{apiVersion: v1alpha1, kind: VethConfig, name: veth-a, peer: {name: eno1}}",
    codes: ["ICH5112"],
    talos: /conflicting/,
    since: 14,
  },
  {
    title: "the document without a kind cannot be deleted",
    base: "{machine: {type: worker}}",
    patches: "{$patch: delete, machine: {}}",
    codes: ["ICH5114"],
  },
];

const scalars: readonly Vector[] = [
  {
    title: "a text replaces a text",
    base: "{cluster: {clusterName: one}}",
    patches: "{cluster: {clusterName: two}}",
  },
  {
    title: "an empty text is passed over",
    base: "{machine: {kubelet: {image: one}}}",
    patches: '{machine: {kubelet: {image: ""}}}',
  },
  {
    title: "zero is passed over and false is not",
    base: "{machine: {features: {kubePrism: {enabled: true, port: 7445}}}}",
    patches: "{machine: {features: {kubePrism: {enabled: false, port: 0}}}}",
  },
  {
    title: "zero behind a pointer is a value",
    base: "{machine: {network: {interfaces: [{interface: eth0, dhcp: true, dhcpOptions: {routeMetric: 5, ipv6: true}}]}}}",
    patches:
      "{machine: {network: {interfaces: [{interface: eth0, dhcpOptions: {routeMetric: 0, ipv6: false}}]}}}",
  },
  {
    title: "null is passed over",
    base: "{machine: {type: worker, certSANs: [a]}, cluster: {clusterName: one}}",
    patches: "{machine: {type: null, certSANs: null}, cluster: {clusterName: null}}",
  },
  {
    title: "flags that a patch does not name stay",
    base: "{machine: {install: {wipe: true, disk: /dev/sda}}, debug: true}",
    patches: "{machine: {install: {disk: /dev/sdb}}}",
  },
  {
    title: "the first name of an enumeration is zero, and passed over",
    base: "{apiVersion: v1alpha1, kind: NetworkDefaultActionConfig, ingress: block}",
    patches: "{apiVersion: v1alpha1, kind: NetworkDefaultActionConfig, ingress: accept}",
  },
  {
    title: "a text for a list is refused",
    base: "{machine: {certSANs: [a]}}",
    patches: "{machine: {certSANs: {a: b}}}",
    codes: ["ICH5103"],
  },
  {
    title: "a text for a number is refused",
    base: link("up: true"),
    patches: link('mtu: "large"'),
    codes: ["ICH5103"],
  },
  {
    title: "a number that is too large is refused",
    base: "{machine: {type: worker}}",
    patches: "{machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 70000}]}]}}}",
    codes: ["ICH5103"],
  },
  {
    title: "a name that an enumeration lacks is refused",
    base: "{machine: {type: worker}}",
    patches: "{apiVersion: v1alpha1, kind: NetworkDefaultActionConfig, ingress: refuse}",
    codes: ["ICH5103"],
  },
  {
    title: "an unknown field is refused",
    base: "{machine: {type: worker}}",
    patches: "{machine: {kublet: {}}}",
    codes: ["ICH5102"],
    talos: /unknown keys/,
  },
  {
    title: "URLs merge part by part",
    base: "{cluster: {controlPlane: {endpoint: 'https://a.example:6443/path'}}}",
    patches: "{cluster: {controlPlane: {endpoint: 'https://b.example'}}}",
  },
  {
    title: "another user name in a URL is refused",
    base: "{cluster: {controlPlane: {endpoint: 'https://me@a.example'}}}",
    patches: "{cluster: {controlPlane: {endpoint: 'https://you@b.example'}}}",
    codes: ["ICH5111"],
  },
  {
    title: "the size of an install disk cannot be changed",
    base: "{machine: {install: {diskSelector: {size: '>= 10GB'}}}}",
    patches: "{machine: {install: {diskSelector: {size: '>= 20GB'}}}}",
    codes: ["ICH5111"],
    talos: /not possible/,
  },
  {
    title: "a disk selector and a size that the patch does not repeat are lost",
    base: volume(
      "provisioning: {diskSelector: {match: disk.transport == 'nvme'}, minSize: 10GiB, maxSize: 50GiB}",
    ),
    patches: volume("provisioning: {grow: true}"),
  },
  {
    title: "a key that the patch does not repeat beside its certificate is lost",
    base: "{machine: {ca: {crt: aGVsbG8=, key: aGVsbG8=}}}",
    patches: "{machine: {ca: {crt: d29ybGQ=}}}",
  },
  {
    title: "an absolute size wins over a relative one",
    base: volume("provisioning: {maxSize: 50GiB}"),
    patches: volume("provisioning: {maxSize: 50%}"),
  },
];

const lists: readonly Vector[] = [
  {
    title: "lists append, and keep what is there twice",
    base: "{machine: {certSANs: [a, b]}}",
    patches: "{machine: {certSANs: [c, a]}}",
  },
  {
    title: "an empty list changes nothing",
    base: "{machine: {certSANs: [a, b], nodeLabels: {a: b}}}",
    patches: "{machine: {certSANs: [], nodeLabels: {}}}",
  },
  {
    title: "the subnets of pods and services are replaced",
    base: "{cluster: {network: {podSubnets: [10.0.0.0/16], serviceSubnets: [10.1.0.0/16], dnsDomain: cluster.local}}}",
    patches: "{cluster: {network: {podSubnets: [10.2.0.0/16], serviceSubnets: [10.3.0.0/16]}}}",
  },
  {
    title: "an empty list replaces where lists replace",
    base: "{cluster: {network: {podSubnets: [10.0.0.0/16]}}}",
    patches: "{cluster: {network: {podSubnets: []}}}",
  },
  {
    title: "ports and sources of a firewall rule are replaced",
    base: "{apiVersion: v1alpha1, kind: NetworkRuleConfig, name: one, portSelector: {ports: [80], protocol: tcp}, ingress: [{subnet: 10.0.0.0/8}]}",
    patches:
      "{apiVersion: v1alpha1, kind: NetworkRuleConfig, name: one, portSelector: {ports: [90-99], protocol: udp}, ingress: [{subnet: 192.0.2.0/24}]}",
  },
  {
    title: "interfaces merge by their name",
    base: "{machine: {network: {interfaces: [{interface: eth0, mtu: 1500, addresses: [192.0.2.1/24]}, {interface: eth1}]}}}",
    patches:
      "{machine: {network: {interfaces: [{interface: eth0, mtu: 9000, addresses: [192.0.2.2/24]}, {interface: eth2}]}}}",
  },
  {
    title: "interfaces without a name merge by an equal selector",
    base: "{machine: {network: {interfaces: [{deviceSelector: {busPath: '0*'}, mtu: 1500}, {deviceSelector: {driver: x}}]}}}",
    patches:
      "{machine: {network: {interfaces: [{deviceSelector: {busPath: '0*'}, dhcp: true}, {deviceSelector: {driver: y}}]}}}",
  },
  {
    title: "a selector with `physical` equals no other",
    base: "{machine: {network: {interfaces: [{deviceSelector: {physical: true}, mtu: 1500}]}}}",
    patches: "{machine: {network: {interfaces: [{deviceSelector: {physical: true}, dhcp: true}]}}}",
  },
  {
    title: "VLANs merge by their number",
    base: "{machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 5, mtu: 1500}]}]}}}",
    patches:
      "{machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 5, dhcp: true}, {vlanId: 6}]}]}}}",
  },
  {
    title: "admission plugins merge by name, and their free configuration key by key",
    base: "{cluster: {apiServer: {admissionControl: [{name: PodSecurity, configuration: {defaults: {enforce: baseline}, exemptions: {namespaces: [a]}}}]}}}",
    patches:
      "{cluster: {apiServer: {admissionControl: [{name: PodSecurity, configuration: {defaults: {enforce: restricted}, exemptions: {namespaces: [b]}}}, {name: Other}]}}}",
  },
  {
    title: "files of an extension merge by the path where they are mounted",
    base: frr(
      "configFiles: [{mountPath: /a, content: one}, {mountPath: /b, content: two}], environment: [A=1]",
    ),
    patches: frr(
      "configFiles: [{mountPath: /b, content: three}, {mountPath: /c, content: four}], environment: [A=2]",
    ),
  },
  {
    title: "rules of image verification are replaced by image",
    base: "{apiVersion: v1alpha1, kind: ImageVerificationConfig, rules: [{image: a, skip: true}, {image: b, deny: true}]}",
    patches:
      "{apiVersion: v1alpha1, kind: ImageVerificationConfig, rules: [{image: b, skip: true}, {image: c}]}",
  },
  {
    title: "manifests of the same name are appended",
    base: "{cluster: {inlineManifests: [{name: a, contents: one}]}}",
    patches: "{cluster: {inlineManifests: [{name: a, contents: two}]}}",
  },
  {
    title: "BGP neighbours are replaced",
    base: "{apiVersion: v1alpha1, kind: BGPInstanceConfig, name: fabric, localASN: 65001, advertise: [dummy0], neighbors: [{link: eno1}]}",
    patches:
      "{apiVersion: v1alpha1, kind: BGPInstanceConfig, name: fabric, advertise: [dummy1], neighbors: [{link: eno2, passive: true}]}",
    since: 14,
  },
];

const mappings: readonly Vector[] = [
  {
    title: "labels merge key by key, and an empty one is passed over",
    base: "{machine: {nodeLabels: {a: one, b: two}}}",
    patches: '{machine: {nodeLabels: {a: three, b: "", c: four}}}',
  },
  {
    title: "program arguments are replaced key by key, texts by lists too",
    base: "{cluster: {apiServer: {extraArgs: {a: one, b: [two, three], c: four}}}}",
    patches: "{cluster: {apiServer: {extraArgs: {a: [five, six], b: seven}}}}",
  },
  {
    title: "free mappings merge, their lists append",
    base: "{machine: {kubelet: {extraConfig: {maxPods: 110, list: [a], inner: {x: 1, keep: true}}}}}",
    patches:
      "{machine: {kubelet: {extraConfig: {maxPods: 250, list: [b], inner: {x: 0, y: 2}, new: {z: 3}}}}}",
  },
  {
    title: "another sort of value in a free mapping is refused",
    base: "{machine: {kubelet: {extraConfig: {inner: {x: 1}}}}}",
    patches: "{machine: {kubelet: {extraConfig: {inner: 5}}}}",
    codes: ["ICH5110"],
    talos: /mismatch/,
  },
  {
    title: "an audit policy is replaced whole",
    base: "{cluster: {apiServer: {auditPolicy: {kind: Policy, rules: [{level: None}], omitStages: [a]}}}}",
    patches: "{cluster: {apiServer: {auditPolicy: {kind: Policy, rules: [{level: Metadata}]}}}}",
  },
  {
    title: "registry mirrors merge by host, their endpoints append",
    base: "{machine: {registries: {mirrors: {docker.io: {endpoints: ['https://a.example'], overridePath: true}}}}}",
    patches:
      "{machine: {registries: {mirrors: {docker.io: {endpoints: ['https://b.example']}, ghcr.io: {endpoints: ['https://c.example']}}}}}",
  },
];

const deletions: readonly Vector[] = [
  {
    title: "a key can be deleted",
    base: "{machine: {type: worker, certSANs: [a], sysctls: {a: b, c: d}}}",
    patches: "{machine: {certSANs: {$patch: delete}, sysctls: {a: {$patch: delete}}}}",
  },
  {
    title: "a list is replaced by a deletion and a document after it",
    base: "{machine: {certSANs: [a, b]}}",
    patches: stream("{machine: {certSANs: {$patch: delete}}}", "{machine: {certSANs: [c]}}"),
  },
  {
    title: "deletions come before what the same document sets",
    base: "{machine: {type: worker, sysctls: {a: b}, certSANs: [a]}}",
    patches: "{machine: {type: controlplane, certSANs: [b], sysctls: {c: d, a: {$patch: delete}}}}",
  },
  {
    title: "an element of a list is deleted by the field beside the word",
    base: "{machine: {network: {interfaces: [{interface: eth0}, {interface: eth1}, {interface: eth0}]}}}",
    patches: "{machine: {network: {interfaces: [{interface: eth0, $patch: delete}, {interface: eth2}]}}}",
  },
  {
    title: "an address is found by its text",
    base: link("addresses: [{address: 192.0.2.1/24}, {address: 192.0.2.2/24}]"),
    patches: link("addresses: [{address: 192.0.2.1/24, $patch: delete}]"),
  },
  {
    title: "an element cannot be found by a number",
    base: "{machine: {network: {interfaces: [{mtu: 1500, interface: eth0}]}}}",
    patches: "{machine: {network: {interfaces: [{mtu: 1500, $patch: delete}]}}}",
    codes: ["ICH5109"],
    talos: /lookup failed/,
  },
  {
    title: "a key inside an element cannot be deleted",
    base: "{machine: {network: {interfaces: [{interface: eth0, addresses: [192.0.2.1/24]}]}}}",
    patches: "{machine: {network: {interfaces: [{interface: eth0, addresses: {$patch: delete}}]}}}",
    codes: ["ICH5108"],
    talos: /cannot delete an inner key/,
  },
  {
    title: "an element inside an element cannot be deleted",
    base: "{machine: {network: {interfaces: [{interface: eth0, routes: [{network: 10.0.0.0/8}]}]}}}",
    patches:
      "{machine: {network: {interfaces: [{interface: eth0, routes: [{network: 10.0.0.0/8, $patch: delete}]}]}}}",
    codes: ["ICH5108"],
    talos: /complex paths/,
  },
  {
    title: "an element without a name cannot be deleted",
    base: "{machine: {network: {interfaces: [{interface: eth0}]}}}",
    patches: "{machine: {network: {interfaces: [{$patch: delete}]}}}",
    codes: ["ICH5108"],
    talos: /no key:val/,
  },
  {
    title: "deleting a field that is not set does nothing",
    base: "{machine: {type: worker}}",
    patches: "{machine: {certSANs: {$patch: delete}}}",
  },
  {
    title: "deleting below something that is not there is refused",
    base: "{machine: {type: worker}}",
    patches: "{machine: {network: {nameservers: {$patch: delete}}}}",
    codes: ["ICH5109"],
    talos: /lookup failed/,
  },
  {
    title: "deleting a key that a mapping lacks is refused",
    base: "{machine: {sysctls: {a: b}}}",
    patches: "{machine: {sysctls: {c: {$patch: delete}}}}",
    codes: ["ICH5109"],
    talos: /lookup failed/,
  },
  {
    title: "deleting an element that a list lacks is refused",
    base: "{machine: {network: {interfaces: [{interface: eth0}]}}}",
    patches: "{machine: {network: {interfaces: [{interface: eth9, $patch: delete}]}}}",
    codes: ["ICH5109"],
    talos: /lookup failed/,
  },
  {
    title: "a key of a free mapping can be deleted",
    base: "{machine: {kubelet: {extraConfig: {a: {b: 1, c: 2}}}}}",
    patches: "{machine: {kubelet: {extraConfig: {a: {b: {$patch: delete}}}}}}",
  },
  {
    title: "another word than delete is refused",
    base: "{machine: {certSANs: [a]}}",
    patches: "{machine: {network: {$patch: replace, hostname: one}}}",
    codes: ["ICH5106"],
    talos: /unknown keys/,
  },
];

/** Every rule of the merge. */
export const VECTORS: readonly Vector[] = [...documents, ...scalars, ...lists, ...mappings, ...deletions];
