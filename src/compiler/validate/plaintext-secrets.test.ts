import { describe, expect, it, test } from "vitest";
import { hasErrors } from "../../core/diagnostic.ts";
import type { SourceTree } from "../../model/source-tree.ts";
import { load } from "../load/load.ts";
import { locate } from "../load/locate.ts";
import { plaintextSecrets } from "./plaintext-secrets.ts";

const PEM =
  "-----BEGIN ED25519 PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHp9\n-----END ED25519 PRIVATE KEY-----\n";
const PATCH = "clusters/hel1/c1/patches/a.yaml";

function tree(files: Readonly<Record<string, string>>): SourceTree {
  return new Map(Object.entries(files));
}

/** Each diagnostic as `CODE file:line:column`. */
function found(files: Readonly<Record<string, string>>): string[] {
  const sources = tree(files);
  const diagnostics = plaintextSecrets(sources, load(sources).value);
  return locate(sources, diagnostics).map(({ code, at }) => `${code} ${at.file}:${at.line}:${at.column}`);
}

describe("the form of a secret", () => {
  test.each([
    "inventory/fleet.yaml",
    "approvals/x.yaml",
    "inventory/allocations/hel1/r1.yaml",
    "clusters/addons/vault/values.yaml",
    "clusters/addons/vault/notes.md",
    "clusters/addons/vault/certs/tls.key",
    "clusters/hel1/c1/patches/broken.yaml",
  ])("is found in %s", (file) => {
    expect(found({ [file]: `a: [\n${PEM}` })).toEqual([`ICH9301 ${file}:2:1`]);
  });

  it("is found in the texts of generated/ as well", () => {
    const found = plaintextSecrets(tree({ "generated/x.yaml": `a: b\nkey: ${btoa(PEM)}\n` }), []);
    expect(found.map(({ code, at }) => [code, at])).toEqual([
      ["ICH9301", { file: "generated/x.yaml", line: 2, column: expect.any(Number) }],
    ]);
  });

  it("is reported once for each secret, each with its place", () => {
    const text = `a: |\n  ${PEM.replaceAll("\n", "\n  ")}\ntoken: abcdef.0123456789abcdef\r\nb: AGE-SECRET-KEY-1QQPQYQ\nc: ${JSON.stringify(PEM + PEM)}\n`;
    expect(found({ "clusters/addons/a/v.yaml": text })).toEqual([
      "ICH9301 clusters/addons/a/v.yaml:2:3",
      "ICH9301 clusters/addons/a/v.yaml:6:8",
      "ICH9301 clusters/addons/a/v.yaml:7:4",
      "ICH9301 clusters/addons/a/v.yaml:8:5",
    ]);
  });

  it("is reported once for base64 in lines, and the next secret after it", () => {
    const lines = btoa(PEM.repeat(3)).replace(/.{76}/g, "$&\n  ");
    expect(found({ "clusters/addons/a/v.yaml": `a: |\n  ${lines}\nb: ${btoa(PEM)}\n` }).length).toBe(2);
  });

  it("is found in an encrypted file, where it was forgotten", () => {
    const text = `a: ENC[AES256_GCM,data:xx,iv:yy,tag:zz,type:str]\nb: AGE-SECRET-KEY-1QQPQYQ\nsops:\n  mac: x\n`;
    expect(found({ "clusters/hel1/c1/secrets.sops.yaml": text })).toEqual([
      "ICH9301 clusters/hel1/c1/secrets.sops.yaml:2:4",
    ]);
  });

  it("does not make a list without end", () => {
    const text = "a: AGE-SECRET-KEY-1QQPQYQ\n".repeat(1000);
    expect(found({ "clusters/addons/a/v.yaml": text }).length).toBe(20);
  });
});

describe("the place of a secret in a patch", () => {
  it("is found in files of patches and in patches of any document", () => {
    const fleet = "spec:\n  patches:\n    - machine:\n        token: abcdef\n";
    const cluster =
      "spec:\n  controlPlane:\n    patches:\n      - patches/a.yaml\n      - kind: RegistryAuthConfig\n        name: r\n        password: pw\n";
    expect(
      found({
        "inventory/fleet.yaml": fleet,
        "clusters/hel1/c1/cluster.yaml": cluster,
        [PATCH]:
          "machine:\n  ca:\n    crt: public\n    key: secret\n---\nkind: WireguardConfig\npeers:\n  - presharedKey: 12345\n",
      }),
    ).toEqual([
      "ICH9302 clusters/hel1/c1/cluster.yaml:7:19",
      `ICH9302 ${PATCH}:4:10`,
      `ICH9302 ${PATCH}:8:19`,
      "ICH9302 inventory/fleet.yaml:4:16",
    ]);
  });

  test.each([
    "ref+sops://clusters/hel1/c1/secrets.sops.yaml#/trustdinfo/token",
    '""',
    "'******'",
    "ENC[AES256_GCM,data:xx,iv:yy,tag:zz,type:str]",
    "",
    "{ $patch: delete }",
  ])("may have %s", (value) => {
    expect(found({ [PATCH]: `machine:\n  token: ${value}\n` })).toEqual([]);
  });

  it("is reported once where the value has the form of a secret too", () => {
    const indented = PEM.trimEnd().replaceAll("\n", "\n      ");
    const text = `machine:\n  token: abcdef.0123456789abcdef\n  ca:\n    key: |\n      ${indented}\n  files:\n    - content: AGE-SECRET-KEY-1QQPQYQ\n`;
    expect(found({ [PATCH]: text })).toEqual([
      `ICH9302 ${PATCH}:2:10`,
      `ICH9302 ${PATCH}:4:10`,
      `ICH9301 ${PATCH}:9:16`,
    ]);
  });
});

describe("a file that is named as encrypted", () => {
  const file = "clusters/hel1/c1/secrets.sops.yaml";

  it("has a section `sops`", () => {
    expect(found({ [file]: `certs:\n  os: { key: ${btoa(PEM)} }\n` })).toEqual([`ICH9003 ${file}:1:1`]);
    expect(found({ [file]: "a: b\nc:\n  sops: no\n# sops: no\n" })).toEqual([`ICH9003 ${file}:1:1`]);
    expect(found({ "clusters/addons/a/values.sops.yaml": "a: b\n" })).toEqual([
      "ICH9003 clusters/addons/a/values.sops.yaml:1:1",
    ]);
  });

  test.each([
    "a: ENC[x]\nsops:\n  mac: y\n",
    '{"a": "ENC[x]",\n  "sops": {}}',
    "",
    "# nothing yet\n---\n",
    "a: b\r\nsops:\r\n",
  ])("%j is well", (text) => {
    expect(found({ [file]: text })).toEqual([]);
  });

  it("takes no time to be judged", () => {
    const start = performance.now();
    found({ [file]: `${" ".repeat(1 << 20)}x`, "clusters/addons/a/b.sops.yaml": `${"\n".repeat(1 << 20)}x` });
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

it("no message or hint repeats anything of a secret", () => {
  const sources = tree({ [PATCH]: `machine:\n  token: Wq8zTk\n  env:\n    A: ghp_${"aZ09".repeat(9)}\n` });
  const diagnostics = plaintextSecrets(sources, load(sources).value);
  expect(hasErrors(diagnostics)).toBe(true);
  expect(diagnostics.map(({ code }) => code)).toEqual(["ICH9302", "ICH9301"]);
  expect(JSON.stringify(diagnostics)).not.toMatch(/Wq8zTk|aZ09/);
});
