import { describe, expect, test } from "vitest";
import { emitYamlDocuments } from "../../core/yaml-emit.ts";
import { locateRefusal } from "./refusal.ts";

/** Messages of Talos 1.13 and 1.14, word for word; hundreds more in test/conformance/refusals.test.ts. */

const MAIN = {
  version: "v1alpha1",
  persist: "maybe",
  machine: {
    type: "boss",
    ca: { crt: "ref+sops://secrets.sops.yaml?decode=base64#/certs/os/crt" },
    certSANs: { a: "b" },
    kubelet: { image: "kubelet:v1", nodeIP: { validSubnets: ["10.0.0.0/8", "10.0.0.0/99"] } },
    network: { hostname: "w0" },
    colour: "red",
  },
  cluster: { controlPlane: { endpoint: "nothing" }, network: { podSubnets: [] }, etcd: {} },
};

const DOCUMENTS = [
  MAIN,
  { apiVersion: "v1alpha1", kind: "HostnameConfig", auto: "stable", hostname: "w0" },
  { apiVersion: "v1alpha1", kind: "LinkConfig", name: "eno1", mtu: "big" },
  { apiVersion: "v1alpha1", kind: "DummyLinkConfig", name: "eno1", addresses: [{ address: "10.1.0.9" }, {}] },
  {
    apiVersion: "v1alpha1",
    kind: "BGPInstanceConfig",
    name: "fabric",
    importRoutes: [{ bgpInstance: "fabric", prefixes: ["10.122.8.129/26", "10.0.0.0/8"] }],
    neighbors: [
      { link: "eno1", holdTime: "9s" },
      { link: "eno1", bfd: { transmitInterval: "-9s", receiveInterval: "300ms" } },
    ],
  },
  {
    apiVersion: "v1alpha1",
    kind: "ExtensionServiceConfig",
    name: "frr",
    configFiles: [{ content: "a", mountPath: "/a" }, { content: "b" }],
  },
  {
    apiVersion: "v1alpha1",
    kind: "KubeNodeConfig",
    labels: { "bad label": "x" },
    taints: { a: "b:Nowhere" },
  },
  {
    apiVersion: "v1alpha1",
    kind: "VolumeConfig",
    name: "EPHEMERAL",
    provisioning: { diskSelector: { match: "x ==" } },
  },
];

/** Secrets have more lines than their references. */
const SENT = emitYamlDocuments(DOCUMENTS).replace(/ ref\+sops:\S+/, " |\n      -----BEGIN\n      -----END");

const line = (text: string): number => {
  const at = SENT.split("\n").indexOf(text) + 1;
  if (at === 0) throw new Error(`${text} is no line`);
  return at;
};

function placesOf(message: string): readonly unknown[] {
  return locateRefusal(message, { documents: DOCUMENTS, sent: SENT }).map(({ place }) =>
    place === undefined ? undefined : [place.document, ...place.path],
  );
}

const main = "v1alpha1.Config: 1 error occurred:\n\t* ";
const decoding = "error decoding document /v1alpha1/ (line 1)";
const into = "error decoding  to *v1alpha1.Config: yaml: construct errors:";

describe("what Talos refuses is found where it stands:", () => {
  test.each([
    [
      "a key that it does not know",
      `${decoding}: unknown keys found during decoding:\nmachine:\n    colour: red\n`,
      [0, "machine", "colour"],
    ],
    [
      "a type, as Talos 1.13 says it",
      `${decoding}: ${into}\n  line ${line("persist: maybe")}: cannot construct !!str \`maybe\` into bool`,
      [0, "persist"],
    ],
    [
      "a type, as Talos 1.14 says it",
      `${decoding}: ${into} line ${line("persist: maybe")}: cannot construct !!str \`maybe\` into bool`,
      [0, "persist"],
    ],
    [
      "a mapping below the lines of a secret",
      `${decoding}: ${into} line ${line("    a: b")}: cannot construct !!map into []string`,
      [0, "machine", "certSANs"],
    ],
    [
      "a value in another document",
      `error decoding document v1alpha1/LinkConfig/eno1 (line 1): error decoding LinkConfig to *network.LinkConfigV1Alpha1: yaml: construct errors: line ${line("mtu: big")}: cannot construct !!str \`big\` into uint32`,
      [2, "mtu"],
    ],
    [
      "an address that is none",
      `error decoding document v1alpha1/DummyLinkConfig/eno1 (line 1): error decoding DummyLinkConfig to *network.DummyLinkConfigV1Alpha1: yaml: construct errors: line ${line("  - address: 10.1.0.9")}: netip.ParsePrefix("10.1.0.9"): no '/'`,
      [3, "addresses", 0, "address"],
    ],
    [
      "YAML that is none",
      `decode error: yaml: line ${line("mtu: big")}: did not find expected key`,
      [2, "mtu"],
    ],
    [
      "a kind that it does not have",
      `error decoding document v1alpha1/KubeNodeConfig/ (line ${line("kind: KubeNodeConfig")}): "KubeNodeConfig" "v1alpha1": not registered`,
      [6, "kind"],
    ],
    [
      "a document that there is twice",
      `duplicate document v1alpha1/LinkConfig/eno1 is not allowed (line ${line("kind: LinkConfig")})`,
      [2],
    ],
    [
      "documents that contradict each other",
      "conflicting documents: LinkConfig/eno1 and DummyLinkConfig/eno1",
      [3],
    ],
    ["a value in quotes", `${main}unknown machine type "boss"\n\n`, [0, "machine", "type"]],
    [
      "a subnet",
      `${main}kubelet nodeIP subnet is not valid: "10.0.0.0/99"\n\n`,
      [0, "machine", "kubelet", "nodeIP", "validSubnets", 1],
    ],
    [
      "a key by its words",
      `${main}invalid controlplane endpoint: hostname must not be blank\n\n`,
      [0, "cluster", "controlPlane", "endpoint"],
    ],
    [
      "what is missing, by what it is missing in",
      `${main}issuing CA key is required for controlplane nodes (.machine.ca.key)\n\n`,
      [0, "machine", "ca"],
    ],
    [
      "a path with Talos' own slip",
      "cluster network config is already set in the v1alpha1 config (.machine.cluster.network). Please remove it and use only the new KubeNetworkConfig document to avoid conflicts",
      [0, "cluster", "network"],
    ],
    [
      "a conflict with the v1alpha1 document",
      "static hostname is already set in v1alpha1 config",
      [0, "machine", "network", "hostname"],
    ],
    [
      "a key of a list's item",
      "BGPInstanceConfig/fabric: neighbor[1]: bfd.transmitInterval must not be negative",
      [4, "neighbors", 1, "bfd", "transmitInterval"],
    ],
    [
      "a value below a path",
      `BGPInstanceConfig/fabric: importRoutes[0]: cannot import from the same BGP instance "fabric"`,
      [4, "importRoutes", 0, "bgpInstance"],
    ],
    [
      "a prefix",
      "BGPInstanceConfig/fabric: importRoutes[0].prefixes[0]: prefix 10.122.8.129/26 must be masked",
      [4, "importRoutes", 0, "prefixes", 0],
    ],
    ["a key that is missing below a path", "BGPInstanceConfig/fabric: localASN must be specified", [4]],
    ["an item by its number", "DummyLinkConfig/eno1: address 1 must be specified", [3, "addresses", 1]],
    [
      "the item that lacks what others have",
      `ExtensionServiceConfig/frr: extension mount path is required for extension "frr"`,
      [5, "configFiles", 1],
    ],
    [
      "a label by its name",
      `KubeNodeConfig: invalid node labels: 1 error occurred:\n\t* name "bad label" is invalid\n\n`,
      [6, "labels", "bad label"],
    ],
    [
      "a taint by a part of it",
      `KubeNodeConfig: invalid node taints: 1 error occurred:\n\t* invalid taint effect: "Nowhere"\n\n`,
      [6, "taints", "a"],
    ],
    [
      "an expression, whatever stands in it",
      `VolumeConfig/EPHEMERAL: disk selector is invalid: ERROR: <input>:1:5: Syntax error: mismatched input '<EOF>' expecting {'[', 'true', 'null'}\n | x ==\n | ....^`,
      [7, "provisioning", "diskSelector", "match"],
    ],
    [
      "a kind that is named in passing",
      "the following document kinds are only allowed on control plane machines: [KubeNodeConfig]",
      [6],
    ],
  ])("%s", (_, message, place) => {
    expect(placesOf(message)).toEqual([place]);
  });

  test.each([
    "etcd encryption config is required for control plane machines running kube-apiserver",
    "no such thing\nas this",
    "",
  ])("%j speaks of nothing that could be found", (message) => {
    expect(placesOf(message)).toEqual(message === "" ? [] : [undefined]);
  });
});

describe("several problems", () => {
  test("are told apart, each with the document it is of", () => {
    const message = [
      "3 errors occurred:",
      "\t* v1alpha1.Config: 2 errors occurred:",
      '\t* unknown machine type "boss"',
      "\t* etcd config is only allowed on control plane machines",
      "",
      "",
      "\t* HostnameConfig: 'auto' and 'hostname' cannot be set at the same time",
      "\t* BGPInstanceConfig/fabric: localASN must be specified",
      'neighbor[1]: duplicate neighbor "eno1"',
      "",
      "",
    ].join("\n");
    expect(locateRefusal(message, { documents: DOCUMENTS, sent: SENT })).toEqual([
      {
        text: 'v1alpha1.Config: unknown machine type "boss"',
        place: { document: 0, path: ["machine", "type"] },
      },
      {
        text: "v1alpha1.Config: etcd config is only allowed on control plane machines",
        place: { document: 0, path: ["cluster", "etcd"], on: "key" },
      },
      {
        text: "HostnameConfig: 'auto' and 'hostname' cannot be set at the same time",
        place: { document: 1, path: ["auto"] },
      },
      { text: "BGPInstanceConfig/fabric: localASN must be specified", place: { document: 4, path: [] } },
      {
        text: 'BGPInstanceConfig/fabric: neighbor[1]: duplicate neighbor "eno1"',
        place: { document: 4, path: ["neighbors", 1, "link"] },
      },
    ]);
  });

  test("on one line, as Talos 1.14 says what it cannot read, have no numbers of lines that are not ours", () => {
    const [one, two] = [line("persist: maybe"), line("    a: b")];
    const message = `${decoding}: ${into} line ${one}: cannot construct !!str \`maybe\` into bool; line ${two}: cannot construct !!map into []string`;
    expect(locateRefusal(message, { documents: DOCUMENTS, sent: SENT }).map(({ text }) => text)).toEqual([
      "error decoding document /v1alpha1/: error decoding  to *v1alpha1.Config: yaml: construct errors: cannot construct !!str `maybe` into bool",
      "error decoding document /v1alpha1/: error decoding  to *v1alpha1.Config: yaml: construct errors: cannot construct !!map into []string",
    ]);
  });

  test("of keys that are not known are shown by the keys, not by what they have", () => {
    const shown = "cluster:\n    network:\n        podSubnets: []\n    etcd: {}\nmachine:\n    colour: red\n";
    const parts = locateRefusal(`${decoding}: unknown keys found during decoding:\n${shown}`, {
      documents: DOCUMENTS,
      sent: SENT,
    });
    expect(parts.map(({ text }) => text.slice(text.indexOf("unknown")))).toEqual([
      "unknown key cluster.network",
      "unknown key cluster.etcd",
      "unknown key machine.colour",
    ]);
  });

  test("of a text that names no document stay one", () => {
    const message = "the change can't be applied in immediate mode\ndiff:\n- a: b\n+ a: c";
    expect(locateRefusal(message, { documents: DOCUMENTS, sent: SENT })).toEqual([
      { text: message, place: undefined },
    ]);
  });
});
