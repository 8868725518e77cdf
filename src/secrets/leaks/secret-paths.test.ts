import { describe, expect, it, test } from "vitest";
import {
  documentKind,
  documentKinds,
  innerType,
  pointedTo,
  typeAt,
  typeNamed,
  V1ALPHA1,
} from "../../compiler/render/talos/fields.ts";
import { formatPath } from "../../core/path.ts";
import {
  isSecretPath,
  MAY_HOLD_PATTERNS,
  mayHoldSecret,
  SECRET_PATTERNS,
  secretPathsIn,
} from "./secret-paths.ts";

const MINORS = [12, 13, 14];
const KINDS = [V1ALPHA1, ...documentKinds(14)];

/** The paths of all scalar fields that Talos has below a type, `*` for elements. */
function scalarPaths(kind: string, minor: number): string[] {
  const facts = documentKind(kind, minor);
  if (facts === undefined) return [];
  const walk = (name: string, path: readonly string[]): string[] => {
    const type = pointedTo(typeNamed(name, minor), minor);
    if (path.length > 9) return [];
    if (type.class === "struct") {
      return Object.keys(type.fields ?? {}).flatMap((key) => {
        const field = Object.entries(type.fields ?? {}).find(([at]) => at === key)?.[1];
        const of =
          typeof field === "string"
            ? field
            : field?.find((r) => r.from <= minor && minor <= (r.to ?? minor))?.is;
        return of === undefined ? [] : walk(of, [...path, key]);
      });
    }
    if (type.class === "list" || type.class === "map") {
      return innerType(type, minor) === type ? [] : walk(type.of ?? "", [...path, "*"]);
    }
    return [path.join(".")];
  };
  return walk(facts.type, []);
}

const known = new Set(SECRET_PATTERNS.map(([kind, pattern]) => `${kind} ${pattern.join(".")}`));

test.each([...SECRET_PATTERNS, ...MAY_HOLD_PATTERNS])("Talos has %s %j", (kind, pattern) => {
  const path = pattern.filter((step) => step !== "**");
  expect(MINORS.some((minor) => typeAt(kind, path, minor) !== undefined)).toBe(true);
});

/** Fields whose names sound like secrets and that hold none: names of keys, files and public halves. */
const PUBLIC = /(?:^|\.)(?:publicKey|hostnameFromKey|tokenTTL|keySize|keyslot)$/i;

test("no field of Talos sounds like a secret without being in the table", () => {
  const sounds = /(?:token|secret|password|passphrase|privatekey|presharedkey|(?:^|\.)auth|(?:^|\.)key)$/i;
  const missing = MINORS.flatMap((minor) =>
    KINDS.flatMap((kind) =>
      scalarPaths(kind, minor)
        .filter((path) => sounds.test(path) && !PUBLIC.test(path))
        .filter((path) => !SECRET_PATTERNS.some(([of, p]) => of === kind && isLike(p, path)))
        .map((path) => `${kind} ${path}`),
    ),
  );
  expect([...new Set(missing)]).toEqual([]);
  expect(known.size).toBe(SECRET_PATTERNS.length);
});

function isLike(pattern: readonly string[], path: string): boolean {
  const steps = path.split(".");
  return (
    steps.length === pattern.length && pattern.every((step, index) => step === "*" || step === steps[index])
  );
}

describe("the secrets of a document", () => {
  it("are found at elements of lists and keys of mappings", () => {
    const document = {
      machine: {
        token: "t",
        ca: { crt: "c", key: "k" },
        registries: { config: { "registry.example:5000": { auth: { username: "u", password: "p" } } } },
        network: {
          interfaces: [
            { interface: "eth0" },
            {
              interface: "wg0",
              wireguard: { privateKey: "w" },
              vlans: [{ vip: { hcloud: { apiToken: "h" } } }],
            },
          ],
        },
        systemDiskEncryption: { state: { keys: [{ nodeID: {} }, { static: { passphrase: "x" } }] } },
      },
      cluster: { id: "i", secret: "s", etcd: { ca: { key: "e" } } },
    };
    expect(secretPathsIn(document).map(formatPath)).toEqual([
      "machine.token",
      "machine.ca.key",
      'machine.registries.config["registry.example:5000"].auth.password',
      "machine.network.interfaces[1].wireguard.privateKey",
      "machine.network.interfaces[1].vlans[0].vip.hcloud.apiToken",
      "machine.systemDiskEncryption.state.keys[1].static.passphrase",
      "cluster.secret",
      "cluster.etcd.ca.key",
    ]);
    for (const path of secretPathsIn(document)) expect(isSecretPath("v1alpha1", path)).toBe(true);
  });

  it("depend on the kind", () => {
    const document = {
      apiVersion: "v1alpha1",
      kind: "WireguardConfig",
      privateKey: "a",
      peers: [{ presharedKey: "b" }],
      token: "c",
    };
    expect(secretPathsIn(document).map(formatPath)).toEqual(["privateKey", "peers[0].presharedKey"]);
    expect(isSecretPath("WireguardConfig", ["machine", "token"])).toBe(false);
    expect(isSecretPath("VRFConfig", ["privateKey"])).toBe(false);
  });

  it("are at any provider of etcd's encryption", () => {
    const keys = [{ name: "k1", secret: "s" }];
    const config = {
      resources: [{ providers: [{ secretbox: { keys } }, { aesgcm: { keys } }, { identity: {} }] }],
    };
    expect(secretPathsIn({ kind: "KubeEtcdEncryptionConfig", config }).map(formatPath)).toEqual([
      "config.resources[0].providers[0].secretbox.keys[0].secret",
      "config.resources[0].providers[1].aesgcm.keys[0].secret",
    ]);
  });

  it("include a URL only where it carries a token", () => {
    const at = (apiUrl: string) => secretPathsIn({ kind: "SideroLinkConfig", apiUrl });
    expect(at("grpc://omni.example:8090?jointoken=w7u")).toEqual([["apiUrl"]]);
    expect(at("grpc://omni.example:8090")).toEqual([]);
    expect(isSecretPath("SideroLinkConfig", ["apiUrl"], "grpc://omni.example")).toBe(false);
    expect(isSecretPath("SideroLinkConfig", ["apiUrl"])).toBe(true);
  });

  it("are none where the document is none", () => {
    for (const value of [undefined, null, "text", 1, [], [[]], {}, { machine: null }, { machine: [] }]) {
      expect(secretPathsIn(value)).toEqual([]);
    }
    expect(secretPathsIn({ machine: { __proto__: { token: "x" } } })).toEqual([]);
  });
});

test("places for anything have everything below them", () => {
  expect(mayHoldSecret("v1alpha1", ["machine", "env", "https_proxy"])).toBe(true);
  expect(mayHoldSecret("ExtensionServiceConfig", ["environment", 3])).toBe(true);
  expect(mayHoldSecret("ExtensionServiceConfig", ["configFiles", 0, "content"])).toBe(true);
  expect(mayHoldSecret("ExtensionServiceConfig", ["configFiles", 0, "mountPath"])).toBe(false);
  expect(mayHoldSecret("v1alpha1", ["machine", "sysctls", "a"])).toBe(false);
});
