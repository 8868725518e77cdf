import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { authoritiesOf } from "../../src/secrets/bundle/authorities.ts";
import { CA_NAMES, type SecretsBundle } from "../../src/secrets/bundle/bundle.ts";
import { createBundle, createBundleAuthority } from "../../src/secrets/bundle/create-bundle.ts";
import { importBundle } from "../../src/secrets/bundle/import-bundle.ts";
import { readBundle } from "../../src/secrets/bundle/read-bundle.ts";
import { formatKubeconfig, formatTalosconfig } from "../../src/secrets/credentials/client-configs.ts";
import {
  mintKubernetesCredential,
  mintTalosCredential,
  TALOS_ROLES,
} from "../../src/secrets/credentials/mint.ts";
import { createAuthority, issueCertificate } from "../../src/secrets/pki/certificate.ts";
import { subjectKeyIdOf } from "../../src/secrets/pki/certificate-structure.ts";
import { readPrivateKey } from "../../src/secrets/pki/keys.ts";
import { readCertificate } from "../../src/secrets/pki/read-certificate.ts";
import { runGo } from "./go.ts";
import {
  authorityOf,
  documentsOf,
  GROUPS,
  generateCluster,
  type LoadedBundle,
  loadBundles,
  pemOf,
  ROLES,
  signedPartOf,
  USER,
} from "./pki-fixtures.ts";

/** Talos' own code judges bundles, certificates and client configurations of ours, and ours reads what it makes. */

const AT = { file: "secrets.yaml", document: 0, path: [] };
const NOW = new Date(Math.floor(Date.now() / 1000) * 1000);

let bundle: SecretsBundle;

beforeAll(async () => {
  bundle = await createBundle({ now: NOW });
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a value is missing");
  return value;
}

describe.each(["v1.13", "v1.14"] as const)("Talos %s", (program) => {
  let loaded: LoadedBundle;

  beforeAll(() => {
    loaded = must(loadBundles(program, [bundle])[0]);
  });

  test("takes a bundle of ours and writes the same one again", () => {
    expect(loaded.problem).toBe("");
    expect(documentsOf(loaded.again)).toEqual([bundle]);
  });

  test("takes one whose service accounts have an ECDSA key, and one whose authority rotates", async () => {
    const serviceAccountKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const other = await createBundle({ now: NOW, serviceAccountKey });
    const next = await createBundleAuthority("os", NOW);
    const rotating = { ...bundle, rotation: { os: { phase: "accepted", ...next } } };
    expect(readBundle(rotating, AT).diagnostics).toEqual([]);
    const results = loadBundles(program, [other, rotating]);
    expect(results.map(({ problem }) => problem)).toEqual(["", ""]);
    expect(documentsOf(results[1]?.again)).toEqual([bundle]);
  });

  test("refuses a bundle whose certificate is damaged, so that taking one means something", () => {
    const crt = `${bundle.certs.os.crt.slice(0, -40)}AAAA`;
    const damaged = { ...bundle, certs: { ...bundle.certs, os: { ...bundle.certs.os, crt } } };
    expect(loadBundles(program, [damaged])[0]?.problem).toContain("certs.os is invalid");
    expect(readBundle(damaged, AT).diagnostics.map(({ code }) => code)).toEqual(["ICH9108"]);
  });

  test("issues certificates from our authorities that Go and ours read alike", () => {
    const at = new Date(Date.now() + 60_000);
    const [talos, kubernetes] = runGo(program, "certificates", [
      { authority: authorityOf(bundle, "os"), ...loaded.talos, at },
      { authority: authorityOf(bundle, "k8s"), ...loaded.kubernetes, at },
    ]) as readonly Record<string, unknown>[];
    expect(talos).toMatchObject({ problem: "", roles: [...ROLES].sort(), isClientOnly: true });
    expect(kubernetes).toMatchObject({ problem: "", commonName: USER, isClientOnly: true });
    expect(new Set(kubernetes?.["groups"] as string[])).toEqual(new Set(GROUPS));
    expect(readCertificate(loaded.talos.certificate)?.algorithm.name).toBe("Ed25519");
    expect(readCertificate(loaded.kubernetes.certificate)?.algorithm.name).toBe("ECDSA P-256");
  });

  test("makes authorities that are made again byte by byte from what is random in them", async () => {
    const [made] = documentsOf(generateCluster(program, program)["secrets"]) as readonly SecretsBundle[];
    for (const name of CA_NAMES) {
      const { crt, key } = must(made).certs[name];
      const read = must(readCertificate(pemOf(crt)));
      const organizations = read.subject === "" ? [] : [read.subject.replace("O=", "")];
      const again = await createAuthority({
        subject: { organizations },
        algorithm: name === "os" ? "Ed25519" : "ECDSA P-256",
        now: read.notBefore,
        key: must(readPrivateKey(pemOf(key))),
        serial: Buffer.from(read.serial, "hex"),
        subjectKeyId: must(subjectKeyIdOf(pemOf(crt))),
      });
      expect(again.key).toBe(pemOf(key));
      expect(signedPartOf(again.certificate)).toBe(signedPartOf(pemOf(crt)));
      // ECDSA draws a number for each signature: only what is signed can be the same.
      if (name === "os") expect(again.certificate).toBe(pemOf(crt));
    }
  });

  test.each(["os", "k8s"] as const)("issues a client's certificate as ours does: %s", async (name) => {
    const issued = name === "os" ? loaded.talos : loaded.kubernetes;
    const { certificate, key } = issued;
    const read = must(readCertificate(certificate));
    const again = await issueCertificate({
      authority: {
        certificate: authorityOf(bundle, name),
        key: must(readPrivateKey(pemOf(bundle.certs[name].key))),
      },
      subject: name === "os" ? { organizations: ROLES } : { organizations: GROUPS, commonName: USER },
      algorithm: name === "os" ? "Ed25519" : "ECDSA P-256",
      notBefore: read.notBefore,
      notAfter: read.notAfter,
      keyUsage: name === "os" ? ["digitalSignature"] : ["digitalSignature", "keyEncipherment"],
      key: must(readPrivateKey(key)),
      serial: Buffer.from(read.serial, "hex"),
    });
    expect(again.key).toBe(key);
    expect(signedPartOf(again.certificate)).toBe(signedPartOf(certificate));
    if (name === "os") expect(again.certificate).toBe(certificate);
  });

  test("reads credentials of ours: whom they name, for how long, and for nothing but clients", async () => {
    const common = { ttlSeconds: 3600, now: NOW, at: AT };
    const talos = await mintTalosCredential({ ca: bundle.certs.os, roles: TALOS_ROLES, ...common });
    const kubernetes = await mintKubernetesCredential({
      ca: bundle.certs.k8s,
      user: USER,
      groups: GROUPS,
      ...common,
    });
    const [os, k8s] = [must(talos.value), must(kubernetes.value)];
    const within = new Date(NOW.getTime() + 3_599_000);
    const after = new Date(NOW.getTime() + 3_601_000);
    const [reader, user, late, stranger] = runGo(program, "certificates", [
      { authority: authorityOf(bundle, "os"), ...os, at: within },
      { authority: authorityOf(bundle, "k8s"), ...k8s, at: within },
      { authority: authorityOf(bundle, "os"), ...os, at: after },
      { authority: authorityOf(bundle, "k8s"), ...os, at: within },
    ]) as readonly Record<string, unknown>[];
    expect(reader).toMatchObject({
      problem: "",
      roles: [...TALOS_ROLES].sort(),
      unknownRoles: null,
      isClientOnly: true,
    });
    expect(reader).toMatchObject({ notBefore: iso(os.notBefore), notAfter: iso(os.notAfter) });
    expect(user).toMatchObject({ problem: "", commonName: USER, isClientOnly: true });
    expect(late?.["problem"]).toContain("expired");
    expect(stranger?.["problem"]).toContain("unknown authority");
  });

  test("reads a talosconfig of ours as its own, with both authorities of a rotation", async () => {
    const { value } = await mintTalosCredential({
      ca: bundle.certs.os,
      roles: ["os:reader"],
      ttlSeconds: 3600,
      now: NOW,
      at: AT,
    });
    const next = await createBundleAuthority("os", NOW);
    const content = {
      context: "dc1-mgmt",
      endpoints: ["192.0.2.1", "2001:db8::1"],
      nodes: ["192.0.2.7"],
      authorities: [bundle.certs.os.crt, next.crt],
      credential: must(value),
    };
    const text = formatTalosconfig(content);
    const read = runGo(program, "talosconfig", text) as Readonly<Record<string, unknown>>;
    const { context, endpoints, nodes } = content;
    expect(read).toMatchObject({ context, endpoints, nodes, authorities: 2 });
    expect(documentsOf(read["again"] as string)).toEqual(documentsOf(text));
  });
});

function iso(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}

test("a kubeconfig of ours has the shape of the one that Talos writes", async () => {
  const { value } = await mintKubernetesCredential({
    ca: bundle.certs.k8s,
    user: "admin",
    groups: ["system:masters"],
    ttlSeconds: 3600,
    now: NOW,
    at: AT,
  });
  const credential = must(value);
  const server = "https://192.0.2.1:6443";
  const text = formatKubeconfig({
    cluster: "c1",
    user: "admin",
    server,
    authorities: [bundle.certs.k8s.crt],
    credential,
  });
  expect(text).toBe(
    [
      "apiVersion: v1",
      "kind: Config",
      "clusters:",
      "  - name: c1",
      "    cluster:",
      `      server: ${server}`,
      `      certificate-authority-data: ${bundle.certs.k8s.crt}`,
      "users:",
      "  - name: admin@c1",
      "    user:",
      `      client-certificate-data: ${Buffer.from(credential.certificate).toString("base64")}`,
      `      client-key-data: ${Buffer.from(credential.key).toString("base64")}`,
      "contexts:",
      "  - context:",
      "      cluster: c1",
      "      namespace: default",
      "      user: admin@c1",
      "    name: admin@c1",
      "current-context: admin@c1",
      "",
    ].join("\n"),
  );
});

describe.each([
  { program: "v1.13", contract: "v1.2" },
  { program: "v1.13", contract: "v1.6" },
  { program: "v1.13", contract: "v1.12" },
  { program: "v1.13", contract: "v1.13" },
  { program: "v1.14", contract: "v1.14" },
] as const)("a cluster that Talos generates for $contract", ({ program, contract }) => {
  let cluster: Readonly<Record<string, string>>;

  beforeAll(() => {
    cluster = generateCluster(program, contract);
  });

  test("has a bundle that is read as it stands", () => {
    const [made] = documentsOf(cluster["secrets"]);
    const { value, diagnostics } = readBundle(made, AT);
    expect(diagnostics).toEqual([]);
    expect(value).toEqual(made);
    expect(authoritiesOf(must(value)).os.subject).toBe("O=talos");
    expect(importBundle([made], AT).value).toEqual(made);
  });

  test("gives the same bundle from the configuration of its control planes, and none from its workers'", () => {
    const [made] = documentsOf(cluster["secrets"]);
    const { value, diagnostics } = importBundle(documentsOf(cluster["controlPlane"]), AT);
    expect(diagnostics).toEqual([]);
    expect(value).toEqual(made);
    const worker = importBundle(documentsOf(cluster["worker"]), AT);
    expect(worker.value).toBeUndefined();
    expect(worker.diagnostics.map(({ code }) => code)).toEqual(["ICH9122"]);
  });
});
