import { generateKeyPairSync, X509Certificate } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBundle, createBundleAuthority } from "../bundle/create-bundle.ts";
import { readPrivateKey } from "../pki/keys.ts";
import { keyMatches, readCertificate } from "../pki/read-certificate.ts";
import { formatKubeconfig, formatTalosconfig } from "./client-configs.ts";
import { formatLedgerEntry, type LedgerEntry, readLedger } from "./ledger.ts";
import { type Credential, mintKubernetesCredential, mintTalosCredential, TALOS_ROLES } from "./mint.ts";

const AT = { file: "secrets/c1.sops.yaml", document: 0, path: [] };
const NOW = new Date("2026-11-21T06:00:00Z");
const END = new Date("2036-11-18T06:00:00Z");
const HOUR = 3600;
const serviceAccountKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const bundle = await createBundle({ now: NOW, serviceAccountKey });

async function talos(change: { roles?: readonly string[]; ttlSeconds?: number; now?: Date } = {}) {
  return mintTalosCredential({
    ca: bundle.certs.os,
    roles: ["os:reader"],
    ttlSeconds: HOUR,
    now: NOW,
    at: AT,
    ...change,
  });
}

async function kubernetes(change: { user?: string; groups?: readonly string[]; ttlSeconds?: number } = {}) {
  return mintKubernetesCredential({
    ca: bundle.certs.k8s,
    user: "alice",
    groups: ["ops"],
    ttlSeconds: HOUR,
    now: NOW,
    at: AT,
    ...change,
  });
}

function must(credential: Credential | undefined): Credential {
  if (credential === undefined) throw new Error("there is no credential");
  return credential;
}

function codesOf({ diagnostics }: Awaited<ReturnType<typeof talos>>): readonly string[] {
  return diagnostics.map(({ code, severity }) => `${code} ${severity}`);
}

describe("a credential for Talos", () => {
  test("is an Ed25519 certificate of its roles for the time asked for", async () => {
    const { value, diagnostics } = await talos({ roles: ["os:reader", "os:admin", "os:reader"] });
    expect(diagnostics).toEqual([]);
    const credential = must(value);
    expect(credential).toMatchObject({ notBefore: NOW, notAfter: new Date("2026-11-21T07:00:00Z") });
    expect(credential.subject).toBe("O=os:admin + O=os:reader");
    expect(credential.serial).toMatch(/^(?:[0-9a-f]{2}){1,16}$/);
    expect(readCertificate(credential.certificate)).toMatchObject({
      isCa: false,
      algorithm: { family: "Ed25519" },
    });
    const key = readPrivateKey(credential.key);
    expect(key !== undefined && keyMatches(credential.certificate, key)).toBe(true);
    const issuer = new X509Certificate(Buffer.from(bundle.certs.os.crt, "base64"));
    expect(new X509Certificate(credential.certificate).verify(issuer.publicKey)).toBe(true);
  });

  test("has any of Talos' roles, and no other", async () => {
    expect(codesOf(await talos({ roles: TALOS_ROLES }))).toEqual([]);
    expect(codesOf(await talos({ roles: [] }))).toEqual(["ICH9402 error"]);
    const { value, diagnostics } = await talos({ roles: ["os:admin", "os:reeder", "system:masters"] });
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'ICH9401 Talos has no role "os:reeder" (did you mean "os:reader"?)',
      'ICH9401 Talos has no role "system:masters"',
    ]);
  });
});

describe("a credential for Kubernetes", () => {
  test("is an ECDSA certificate of its user and groups, valid for clocks that are behind", async () => {
    const { value, diagnostics } = await kubernetes({ user: "alice@example.com", groups: ["ops", "dev"] });
    expect(diagnostics).toEqual([]);
    expect(value).toMatchObject({
      subject: "O=dev + O=ops, CN=alice@example.com",
      notBefore: new Date("2026-11-21T05:59:50Z"),
      notAfter: new Date("2026-11-21T07:00:00Z"),
    });
    expect(readCertificate(must(value).certificate)?.algorithm.name).toBe("ECDSA P-256");
  });

  test.each([
    [{ user: "" }, ["ICH9402 error"]],
    [{ user: "a".repeat(65) }, ["ICH9407 error"]],
    [{ user: "alice " }, ["ICH9407 error"]],
    [{ user: "alice\n" }, ["ICH9407 error"]],
    [{ groups: [""] }, ["ICH9407 error"]],
    [{ groups: ["a\u202eb", "ok", "\u0000"] }, ["ICH9407 error", "ICH9407 error"]],
    [{ groups: [], user: "Åsa Öst" }, []],
  ])("%j", async (change, codes) => {
    expect(codesOf(await kubernetes(change))).toEqual(codes);
  });
});

describe("the lifetime of a credential", () => {
  test.each([
    [60, []],
    [7 * 24 * HOUR, []],
    [7 * 24 * HOUR + 1, ["ICH9404 warning"]],
    [8760 * HOUR, ["ICH9404 warning"]],
    [59, ["ICH9403 error"]],
    [8760 * HOUR + 1, ["ICH9403 error"]],
    [90.5, ["ICH9403 error"]],
    [Number.NaN, ["ICH9403 error"]],
  ])("of %d seconds", async (ttlSeconds, codes) => {
    for (const outcome of [await talos({ ttlSeconds }), await kubernetes({ ttlSeconds })]) {
      expect(codesOf(outcome)).toEqual(codes);
      expect(outcome.value === undefined).toBe(codes.some((code) => code.endsWith("error")));
    }
  });

  test("never passes the end of its authority, nor begins before it", async () => {
    const lastHour = new Date(END.getTime() - HOUR * 1000);
    expect(codesOf(await talos({ now: lastHour }))).toEqual([]);
    expect(codesOf(await talos({ now: new Date(lastHour.getTime() + 1) }))).toEqual(["ICH9405 error"]);
    expect(codesOf(await talos({ now: new Date(NOW.getTime() - 1) }))).toEqual(["ICH9406 error"]);
  });
});

test("no two credentials share a serial or a key", async () => {
  const made = await Promise.all([1, 2, 3].map(async () => must((await talos()).value)));
  expect(new Set(made.map(({ serial }) => serial)).size).toBe(3);
  expect(new Set(made.map(({ key }) => key)).size).toBe(3);
});

test("a talosconfig has nodes only where they are named, and all authorities in one text", async () => {
  const credential = must((await talos()).value);
  const next = await createBundleAuthority("os", NOW);
  const authorities = [bundle.certs.os.crt, next.crt];
  const text = formatTalosconfig({ context: "c1", endpoints: ["192.0.2.1"], authorities, credential });
  const both = authorities.map((crt) => Buffer.from(crt, "base64").toString()).join("");
  expect(text.split("\n")).toEqual([
    "context: c1",
    "contexts:",
    "  c1:",
    "    endpoints:",
    "      - 192.0.2.1",
    `    ca: ${Buffer.from(both).toString("base64")}`,
    `    crt: ${Buffer.from(credential.certificate).toString("base64")}`,
    `    key: ${Buffer.from(credential.key).toString("base64")}`,
    "",
  ]);
});

test("a kubeconfig names cluster, user and context as Talos does", async () => {
  const credential = must((await kubernetes()).value);
  const text = formatKubeconfig({
    cluster: "c1",
    user: "alice",
    server: "https://192.0.2.1:6443",
    authorities: [bundle.certs.k8s.crt],
    credential,
  });
  expect(text).toContain("current-context: alice@c1\n");
  expect(text).toContain(`      certificate-authority-data: ${bundle.certs.k8s.crt}\n`);
});

describe("the ledger", () => {
  const text = fc.string({ unit: "binary" });
  const time = fc
    .date({ min: new Date(0), max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true })
    .map((date) => date.toISOString());
  const common = {
    time,
    cluster: text,
    serial: fc.stringMatching(/^[0-9a-f]{32}$/),
    subject: text,
    notBefore: time,
    notAfter: time,
    for: text,
  };
  const entry: fc.Arbitrary<LedgerEntry> = fc.oneof(
    fc.record({ kind: fc.constant("talosconfig" as const), roles: fc.array(text), ...common }),
    fc.record({ kind: fc.constant("kubeconfig" as const), groups: fc.array(text), ...common }),
  );

  test("has one line for each entry and gives them back", () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const lines = entries.map(formatLedgerEntry);
        expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
        expect(readLedger(lines.join(""), "audit/c1.jsonl")).toEqual({ value: entries, diagnostics: [] });
      }),
    );
  });

  test("has its fields in a fixed order", () => {
    const line = formatLedgerEntry({
      for: "alice, upgrade",
      roles: ["os:admin"],
      kind: "talosconfig",
      notAfter: "2026-11-21T07:00:00Z",
      notBefore: "2026-11-21T06:00:00Z",
      subject: "O=os:admin",
      serial: "0a",
      cluster: "c1",
      time: "2026-11-21T06:00:00Z",
    });
    expect(line).toBe(
      '{"time":"2026-11-21T06:00:00Z","kind":"talosconfig","cluster":"c1","serial":"0a","subject":"O=os:admin","roles":["os:admin"],"notBefore":"2026-11-21T06:00:00Z","notAfter":"2026-11-21T07:00:00Z","for":"alice, upgrade"}\n',
    );
  });

  const good = {
    time: "2026-11-21T06:00:00Z",
    kind: "kubeconfig",
    cluster: "c1",
    serial: "0a",
    subject: "CN=a",
    groups: [],
    notBefore: "2026-11-21T06:00:00Z",
    notAfter: "2026-11-21T07:00:00Z",
    for: "x",
  };

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["of another kind", JSON.stringify({ ...good, kind: "token" })],
    ["without its rights", JSON.stringify({ ...good, groups: undefined })],
    ["with rights that are no texts", JSON.stringify({ ...good, groups: [1] })],
    ["without its reason", JSON.stringify({ ...good, for: undefined })],
    ["with a serial in capitals", JSON.stringify({ ...good, serial: "0A" })],
    ["with a date for a time", JSON.stringify({ ...good, time: "2026-11-21" })],
    ["with a day that is none", JSON.stringify({ ...good, notAfter: "2026-13-21T06:00:00Z" })],
    ["left by a merge", "<<<<<<< HEAD"],
  ])("a line that is %s is reported, and the others are read", (_, line) => {
    const { value, diagnostics } = readLedger(
      `${JSON.stringify(good)}\n\n${line}\n${JSON.stringify(good)}\n`,
      "audit/c1.jsonl",
    );
    expect(value).toEqual([good, good]);
    expect(diagnostics.map(({ code, at }) => [code, at])).toEqual([
      ["ICH9408", { file: "audit/c1.jsonl", line: 3, column: 1 }],
    ]);
  });
});
