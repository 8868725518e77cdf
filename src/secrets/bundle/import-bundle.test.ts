import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../core/diagnostic.ts";
import { isMapping } from "../../core/mapping.ts";
import { formatPath } from "../../core/path.ts";
import type { SecretsBundle } from "./bundle.ts";
import { createBundle } from "./create-bundle.ts";
import { importBundle } from "./import-bundle.ts";

const AT = { file: "old.yaml", document: 0, path: [] };
const serviceAccountKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const now = new Date("2026-11-21T06:00:00Z");
const bundle = await createBundle({ now, serviceAccountKey });
const other = await createBundle({ now, serviceAccountKey });

function pemOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

function issuing({ crt, key }: { readonly crt: string; readonly key: string }): object {
  return { cert: pemOf(crt), key: pemOf(key) };
}

function before114({
  cluster,
  secrets,
  trustdinfo,
  certs,
}: SecretsBundle): Record<string, Record<string, unknown>> {
  return {
    machine: { type: "controlplane", token: trustdinfo.token, ca: certs.os },
    cluster: {
      ...cluster,
      token: secrets.bootstraptoken,
      secretboxEncryptionSecret: secrets.secretboxencryptionsecret,
      ca: certs.k8s,
      aggregatorCA: certs.k8saggregator,
      serviceAccount: certs.k8sserviceaccount,
      etcd: { ca: certs.etcd },
    },
  };
}

function since114({ cluster, secrets, trustdinfo, certs }: SecretsBundle): Record<string, unknown>[] {
  const document = (kind: string, rest: object) => ({ apiVersion: "v1alpha1", kind, ...rest });
  const secret = secrets.secretboxencryptionsecret;
  const providers = [{ secretbox: { keys: [{ name: "key2", secret }] } }, { identity: {} }];
  return [
    {
      machine: { type: "controlplane", token: trustdinfo.token, ca: certs.os },
      cluster: { token: secrets.bootstraptoken, etcd: { ca: certs.etcd } },
    },
    document("DiscoveryIdentityConfig", { clusterID: cluster.id, clusterSecret: cluster.secret }),
    document("KubeAPIServerCAConfig", { issuingCA: issuing(certs.k8s) }),
    document("KubeAggregatorCAConfig", { issuingCA: issuing(certs.k8saggregator) }),
    document("KubeServiceAccountConfig", { issuer: { privateKey: pemOf(certs.k8sserviceaccount.key) } }),
    document("KubeEtcdEncryptionConfig", { config: { resources: [{ resources: ["secrets"], providers }] } }),
  ];
}

/** Every text of a value replaced. */
function replaced(value: unknown, by: (name: string, text: string) => string, name = ""): unknown {
  if (typeof value === "string") return by(name, value);
  if (Array.isArray(value)) return value.map((item) => replaced(item, by));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, by, key)]));
}

function placesOf(diagnostics: readonly Diagnostic[]): readonly (readonly [string, string])[] {
  return diagnostics.map(({ code, at }) => [
    code,
    "path" in at ? `${at.document} ${formatPath(at.path)}` : "",
  ]);
}

const FORMS: readonly (readonly [string, readonly unknown[]])[] = [
  ["a bundle of talosctl, talhelper or topf", [bundle]],
  ["a configuration before 1.14", [before114(bundle), { apiVersion: "v1alpha1", kind: "HostnameConfig" }]],
  ["a configuration of 1.14", since114(bundle)],
];

describe.each(FORMS)("%s", (name, documents) => {
  test("gives the bundle as it was", () => {
    expect(importBundle(documents, AT)).toEqual({ value: bundle, diagnostics: [] });
  });

  test("gives nothing where its secrets are redacted, encrypted or references", () => {
    const secret = /^(?:key|privateKey|secret|token|clusterSecret|bootstraptoken|secretbox.*)$/i;
    for (const [text, code] of [
      ["******", "ICH9120"],
      ["ENC[AES256_GCM,data:x]", "ICH9118"],
      ["ref+sops://a.sops.yaml#/x", "ICH9121"],
    ]) {
      const hidden = documents.map((document) =>
        replaced(document, (key, old) => (secret.test(key) ? (text ?? "") : old)),
      );
      const { value, diagnostics } = importBundle(hidden, AT);
      expect(value).toBeUndefined();
      expect(diagnostics.map((found) => found.code)).toEqual([code]);
      expect(diagnostics[0]?.message).toContain(
        name.startsWith("a bundle") ? "`trustdinfo.token`" : "`machine.token`",
      );
    }
  });
});

test("a bundle in JSON, with Go's capitals, is the same bundle", () => {
  const { cluster, secrets, trustdinfo, certs } = bundle;
  const pair = ({ crt, key }: { readonly crt: string; readonly key: string }) => ({ Crt: crt, Key: key });
  const inGo = {
    Cluster: { Id: cluster.id, Secret: cluster.secret },
    Secrets: {
      BootstrapToken: secrets.bootstraptoken,
      SecretboxEncryptionSecret: secrets.secretboxencryptionsecret,
    },
    TrustdInfo: { Token: trustdinfo.token },
    Certs: {
      Etcd: pair(certs.etcd),
      K8s: pair(certs.k8s),
      K8sAggregator: pair(certs.k8saggregator),
      K8sServiceAccount: { Key: certs.k8sserviceaccount.key },
      OS: pair(certs.os),
    },
  };
  expect(importBundle([inGo], AT)).toEqual({ value: bundle, diagnostics: [] });
});

test("etcd encrypted by aescbc keeps its secret, in either form of the configuration", () => {
  const secret = Buffer.alloc(32, 1).toString("base64");
  const secrets = { bootstraptoken: bundle.secrets.bootstraptoken, aescbcencryptionsecret: secret };
  const old = before114(bundle);
  const { secretboxEncryptionSecret: _, ...cluster } = old["cluster"] ?? {};
  const found = importBundle([{ ...old, cluster: { ...cluster, aescbcEncryptionSecret: secret } }], AT);
  expect(found).toEqual({ value: { ...bundle, secrets }, diagnostics: [] });
  const providers = [{ aescbc: { keys: [{ name: "key1", secret }] } }];
  const config = {
    resources: [
      { resources: ["configmaps"], providers: [] },
      { resources: ["secrets"], providers },
    ],
  };
  const documents = [
    ...since114(bundle).slice(0, -1),
    { apiVersion: "v1alpha1", kind: "KubeEtcdEncryptionConfig", config },
  ];
  expect(importBundle(documents, AT)).toEqual({ value: { ...bundle, secrets }, diagnostics: [] });
});

describe("what gives no bundle says why", () => {
  test.each<readonly [string, readonly unknown[], string]>([
    ["nothing", [], "ICH9101"],
    ["text", ["x"], "ICH9101"],
    ["another file", [{ apiVersion: "v1", kind: "Secret", data: {} }], "ICH9101"],
    ["a worker's configuration", [{ ...before114(bundle), machine: { type: "worker" } }], "ICH9122"],
  ])("%s", (_, documents, code) => {
    const { value, diagnostics } = importBundle(documents, AT);
    expect(value).toBeUndefined();
    expect(diagnostics.map((found) => found.code)).toEqual([code]);
  });

  test("what talosctl get prints around a configuration is told how to avoid", () => {
    const resource = {
      node: "192.0.2.1",
      metadata: { type: "MachineConfigs.config.talos.dev" },
      spec: "machine: {}",
    };
    expect(importBundle([resource], AT).diagnostics[0]?.hint).toContain("jsonpath");
  });

  test("each secret that a configuration lacks is named with the places where it may be", () => {
    const { diagnostics } = importBundle(since114(bundle).slice(0, 3), AT);
    expect(
      diagnostics.map(({ code, message }) => [
        code,
        message.replace(/.* a?the `|, the `|` of a bundle$/g, "|"),
      ]),
    ).toEqual(
      ["k8saggregator.crt", "k8saggregator.key", "k8sserviceaccount.key", ""].map((name) => [
        "ICH9123",
        expect.stringContaining(name === "" ? "secrets.secretboxencryptionsecret" : `certs.${name}`),
      ]),
    );
    expect(diagnostics[0]?.message).toBe(
      "the configuration has no `cluster.aggregatorCA.crt` and no `KubeAggregatorCAConfig issuingCA.cert`, the `certs.k8saggregator.crt` of a bundle",
    );
  });

  test("a wrong value is reported where the configuration has it", () => {
    const documents = since114(bundle).map((document) =>
      document["kind"] === "KubeAPIServerCAConfig"
        ? { ...document, issuingCA: { cert: pemOf(bundle.certs.k8s.crt), key: pemOf(other.certs.k8s.key) } }
        : document,
    );
    const { value, diagnostics } = importBundle(documents, { ...AT, document: 3 });
    expect(value).toBeUndefined();
    expect(placesOf(diagnostics)).toEqual([["ICH9112", "5 issuingCA.key"]]);
    expect(diagnostics[0]?.related?.[0]?.at).toEqual({
      file: "old.yaml",
      document: 5,
      path: ["issuingCA", "cert"],
    });
  });

  test("authorities that are accepted besides are left out with a warning", () => {
    const old = before114(bundle);
    const documents = [
      { ...old, machine: { ...old["machine"], acceptedCAs: [{ crt: other.certs.os.crt }] } },
    ];
    const { value, diagnostics } = importBundle(documents, AT);
    expect(value).toEqual(bundle);
    expect(placesOf(diagnostics)).toEqual([["ICH9124", "0 machine.acceptedCAs"]]);
    expect(diagnostics[0]?.severity).toBe("warning");
  });
});
