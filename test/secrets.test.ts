import { X509Certificate } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readYaml } from "../src/compiler/load/read-yaml.ts";
import { emitYaml } from "../src/core/yaml-emit.ts";
import { createBundle } from "../src/secrets/bundle/create-bundle.ts";
import { createIdentity, recipientOf } from "../src/secrets/sops/data-key.ts";
import { decryptSops } from "../src/secrets/sops/decrypt.ts";
import type { AgeIdentity } from "../src/secrets/sops/identities.ts";
import { ichor, type Place } from "./support/ichor.ts";

/** `ichor secrets`, `ichor talosconfig` and `ichor kubeconfig`, used as a team would, in a new fleet repository. */

const BUNDLE = "clusters/dc1/dc1-mgmt/secrets.sops.yaml";
const SITE = "inventory/sites/dc1/secrets.sops.yaml";
const LOCK = "inventory/allocations/dc1/clusters.yaml";
const REGEX = "^(key|token|secret|id|bootstraptoken|secretboxencryptionsecret|username|password)$";
const NOW = new Date("2026-11-21T08:00:00Z");

let work: string;
let template: string;
let root: string;
let alice: AgeIdentity;
let bob: AgeIdentity;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "ichor-secrets-"));
  template = join(work, "template");
  alice = await createIdentity();
  bob = await createIdentity();
  mkdirSync(template);
  expect((await ichor(template, "init")).code).toBe(0);
  await writeRules(template, [alice]);
  const made = await ichor(as(alice, template), "secrets", "init", "dc1-mgmt");
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect((await ichor(template, "compile")).code).toBe(0);
});

afterAll(() => {
  rmSync(work, { recursive: true });
});

beforeEach(() => {
  root = mkdtempSync(join(work, "fleet-"));
  cpSync(template, root, { recursive: true });
});

function as(who: AgeIdentity | undefined, cwd = root, more: Partial<Place> = {}): Place {
  const env = { HOME: "/nonexistent", ...(who === undefined ? {} : { SOPS_AGE_KEY: who.secret }) };
  return { cwd, env, now: NOW, ...more };
}

async function writeRules(
  folder: string,
  people: readonly AgeIdentity[],
  rule: object = { encrypted_regex: REGEX },
) {
  const age = await Promise.all(people.map(recipientOf));
  const text = emitYaml({ creation_rules: [{ path_regex: "\\.sops\\.yaml$", ...rule, age }] });
  writeFileSync(join(folder, ".sops.yaml"), text);
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
const write = (path: string, text: string) => {
  writeFileSync(join(root, path), text);
};
const edit = (path: string, change: (text: string) => string) => {
  const before = read(path);
  const after = change(before);
  expect(after).not.toBe(before);
  write(path, after);
};
const codesIn = (text: string) =>
  [...new Set([...text.matchAll(/\bICH\d{4}\b/g)].map(([code]) => code))].sort();

/** Runs a command that has to fail, and gives the codes it printed; nothing of the repository may have changed. */
async function refused(place: Place, ...args: readonly string[]): Promise<string[]> {
  const before = snapshot();
  const { code, stderr, stdout } = await ichor(place, ...args);
  expect(code, stdout + stderr).toBe(1);
  expect(snapshot()).toEqual(before);
  return codesIn(stderr + stdout);
}

function snapshot(): Record<string, string> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(root, path)).isFile(),
  );
  return Object.fromEntries(files.sort().map((path) => [path, readFileSync(join(root, path), "latin1")]));
}

async function opened(path: string, who = alice): Promise<unknown> {
  const { value, diagnostics } = await decryptSops(path, read(path), [who]);
  expect(diagnostics).toEqual([]);
  return value?.value;
}

describe("ichor secrets keygen", () => {
  test("makes an identity that only its owner can read, and prints the recipient alone", async () => {
    const env = { HOME: join(root, "home") };
    const { code, stdout, stderr } = await ichor({ cwd: root, env }, "secrets", "keygen");
    const path = join(root, "home/.config/sops/age/keys.txt");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^age1[a-z0-9]+\n$/)]);
    expect(stdout + stderr).not.toContain("SECRET");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toMatch(
      /^# created: .*\n# public key: age1.*\nAGE-SECRET-KEY-1[0-9A-Z]+\n$/,
    );
    expect((await ichor({ cwd: root, env }, "secrets", "keygen")).stderr).toContain("never overwrites");
  });

  test("never inside a git work tree", async () => {
    mkdirSync(join(root, ".git"));
    const { code, stderr } = await ichor(as(undefined), "secrets", "keygen", "-o", "key.txt");
    expect([code, existsSync(join(root, "key.txt"))]).toEqual([1, false]);
    expect(stderr).toContain("must not lie in a repository");
  });
});

describe("ichor secrets init", () => {
  test("made a bundle whose certificates are readable and whose secrets are not", async () => {
    const document = readYaml(BUNDLE, read(BUNDLE)).value[0] as {
      certs: Record<string, { crt?: string; key: string }>;
    };
    expect(Object.keys(document.certs).sort()).toEqual([
      "etcd",
      "k8s",
      "k8saggregator",
      "k8sserviceaccount",
      "os",
    ]);
    for (const { crt, key } of Object.values(document.certs)) {
      expect(key).toMatch(/^ENC\[/);
      if (crt !== undefined) expect(new X509Certificate(Buffer.from(crt, "base64")).ca).toBe(true);
    }
  });

  test("recorded the fingerprints, and the repository is valid without a key", async () => {
    expect(read(LOCK)).toMatch(
      /fingerprints:\n {4}etcd: \S+\n {4}k8s: \S+\n {4}k8saggregator: \S+\n {4}os: \S+\n/,
    );
    expect(await ichor(as(undefined), "validate")).toMatchObject({ code: 0, stderr: "" });
    expect(await ichor(as(undefined), "compile", "--check")).toMatchObject({ code: 0 });
  });

  test("never makes other authorities for a cluster that has, or had, some", async () => {
    expect(await refused(as(alice), "secrets", "init", "dc1-mgmt")).toEqual(["ICH9155"]);
    rmSync(join(root, BUNDLE));
    expect(await refused(as(alice), "secrets", "init", "dc1-mgmt")).toEqual(["ICH9153"]);
    write(LOCK, "dc1-mgmt:\n  bootstrapped: dc1-r001-u01\n  fingerprints: {}\n");
    expect(await refused(as(alice), "secrets", "init", "dc1-mgmt")).toEqual(["ICH9156"]);
  });

  test("needs a rule that hides every secret", async () => {
    rmSync(join(root, BUNDLE));
    write(LOCK, "dc1-mgmt:\n  bootstrapped: ~\n  fingerprints: {}\n");
    await writeRules(root, [alice], { encrypted_regex: "^key$" });
    expect(await refused(as(alice), "secrets", "init", "dc1-mgmt")).toEqual(["ICH9157"]);
    await writeRules(root, []);
    expect(await refused(as(alice), "secrets", "init", "dc1-mgmt")).toEqual(["ICH9014"]);
    rmSync(join(root, ".sops.yaml"));
    expect(await refused(as(alice), "secrets", "init", "dc1-mgmt")).toEqual(["ICH9013"]);
  });

  test("a misspelt cluster gets a suggestion and nothing else", async () => {
    const { code, stderr } = await ichor(as(alice), "secrets", "init", "dc1-mgnt");
    expect([code, stderr]).toEqual([1, 'error: there is no cluster "dc1-mgnt" (did you mean "dc1-mgmt"?)\n']);
  });

  test("a rule that hides certificates as well is warned of, and then only a key can tell whose they are", async () => {
    rmSync(join(root, BUNDLE));
    write(LOCK, "dc1-mgmt:\n  bootstrapped: ~\n  fingerprints: {}\n");
    await writeRules(root, [alice], {});
    const { code, stderr } = await ichor(as(alice), "secrets", "init", "dc1-mgmt");
    expect([code, codesIn(stderr)]).toEqual([0, ["ICH9150"]]);
    expect(codesIn((await ichor(root, "validate")).stdout)).toEqual(["ICH9150"]);
  });
});

describe("without any key, every compile sees", () => {
  const validate = async () => codesIn((await ichor(as(undefined), "validate")).stdout);

  test("a certificate that was swapped", async () => {
    const other = await createBundle({ now: NOW });
    edit(BUNDLE, (text) => text.replace(/(etcd:\n\s+crt: )\S+/, `$1${other.certs.etcd.crt}`));
    expect(await validate()).toEqual(["ICH9151"]);
  });

  test("the bundle of another cluster, and one authority in two", async () => {
    const second = read("clusters/dc1/dc1-mgmt/cluster.yaml")
      .replaceAll("dc1-mgmt", "dc1-b")
      .replace("role: management", "role: customer");
    mkdirSync(join(root, "clusters/dc1/dc1-b"));
    write("clusters/dc1/dc1-b/cluster.yaml", second);
    write("clusters/dc1/dc1-b/secrets.sops.yaml", read(BUNDLE));
    expect(await validate()).toContain("ICH9152");
    write(LOCK, `${read(LOCK)}dc1-b:\n  bootstrapped: ~\n  fingerprints: { os: "${"0".repeat(64)}" }\n`);
    expect(await validate()).toContain("ICH9151");
  });

  test("a bundle that is gone", async () => {
    rmSync(join(root, BUNDLE));
    expect(await validate()).toEqual(["ICH9153"]);
  });

  test("a running cluster whose authorities nobody recorded", async () => {
    write(LOCK, "dc1-mgmt:\n  bootstrapped: dc1-r001-u01\n  fingerprints: {}\n");
    expect(await validate()).toEqual(["ICH9154"]);
  });

  test("two certificates exchanged, one cut off, one that is no authority", async () => {
    const [, etcd = ""] = /etcd:\n\s+crt: (\S+)/.exec(read(BUNDLE)) ?? [];
    edit(BUNDLE, (text) => text.replace(/(\n {4}k8s:\n\s+crt: )\S+/, `$1${etcd}`));
    expect(await validate()).toEqual(["ICH9113"]);
    edit(BUNDLE, (text) => text.replace(/(\n {4}k8s:\n\s+crt: )\S+/, `$1${etcd.slice(0, 200)}`));
    expect(await validate()).toEqual(["ICH9108"]);
  });
});

describe("ichor secrets verify", () => {
  const verify = async (who: AgeIdentity | undefined, ...args: string[]) => {
    const { code, stderr } = await ichor(as(who), "secrets", "verify", ...args);
    return [code, ...codesIn(stderr)];
  };

  test("opens every file, and without a key says that it did not", async () => {
    expect(await ichor(as(alice), "secrets", "verify")).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining("1 file opened, authentic and as their rules say\n"),
    });
    expect(await verify(undefined)).toEqual([1, "ICH9012"]);
    expect((await ichor(as(undefined), "secrets", "verify", "--no-keys")).stdout).toContain(
      "1 file as their rules say; not opened\n",
    );
  });

  test("tells a wrong key, a change without the key, and a plain file", async () => {
    expect(await verify(bob)).toEqual([1, "ICH9005"]);
    edit(BUNDLE, (text) => text.replace(/(key: ENC\[AES256_GCM,data:)(.)/, otherCharacter));
    expect(await verify(alice, "dc1-mgmt")).toEqual([1, "ICH9008"]);
    write(BUNDLE, "cluster:\n  id: a\n");
    expect((await verify(alice)).slice(1)).toContain("ICH9003");
  });

  test("tells an authority that ended, and one that will soon", async () => {
    const at = async (now: string) =>
      codesIn((await ichor(as(alice, root, { now: new Date(now) }), "secrets", "verify")).stderr);
    expect(await at("2036-10-01T00:00:00Z")).toEqual(["ICH9116"]);
    expect(await at("2037-01-01T00:00:00Z")).toEqual(["ICH9115"]);
    expect(await at("2026-01-01T00:00:00Z")).toEqual(["ICH9115"]);
  });

  test("tells recipients and rules that differ, which rotating mends", async () => {
    await writeRules(root, [alice, bob]);
    expect(await verify(alice)).toEqual([1, "ICH9015"]);
    expect((await ichor(as(alice), "secrets", "rotate", "dc1-mgmt")).code).toBe(0);
    expect(await verify(bob)).toEqual([0]);
    await writeRules(root, [bob]);
    expect(await verify(undefined, "--no-keys")).toEqual([1, "ICH9015"]);
    expect((await ichor(as(bob), "secrets", "rotate", "--all")).code).toBe(0);
    expect(await verify(alice)).toEqual([1, "ICH9005"]);
    expect(await ichor(as(undefined), "compile", "--check")).toMatchObject({ code: 0 });
  });
});

test("rotating is for all files or for none", async () => {
  await ichor(
    as(alice, root, { stdin: "a secret of bob's" }),
    "secrets",
    "set",
    SITE,
    "/bmc/default/password",
  );
  await writeRules(root, [bob]);
  edit(SITE, (text) => text.replace(/lastmodified: "2/, 'lastmodified: "1'));
  expect(await refused(as(alice), "secrets", "rotate", "--all")).toEqual(["ICH9009"]);
});

describe("ichor secrets set", () => {
  const set = (stdin: string | undefined, pointer: string, who = alice) =>
    ichor(as(who, root, stdin === undefined ? {} : { stdin }), "secrets", "set", SITE, pointer);

  test("makes a file, adds to it, and replaces; nobody sees the value", async () => {
    expect((await set("first horse battery\n", "/bmc/default/password")).code).toBe(0);
    expect((await set("ADMIN\n", "/bmc/default/username")).code).toBe(0);
    const last = await set("second horse battery\n", "/bmc/default/password");
    expect(last).toEqual({ code: 0, stderr: "", stdout: `set /bmc/default/password in ${SITE}\n` });
    expect(await opened(SITE)).toEqual({
      bmc: { default: { password: "second horse battery", username: "ADMIN" } },
    });
    expect(read(SITE)).not.toContain("horse");
    expect((await ichor(as(undefined), "validate")).code).toBe(0);
  });

  test("puts no value where the file's rule would leave it readable", async () => {
    expect(codesIn((await set("correct horse", "/community")).stderr)).toEqual(["ICH9157"]);
    expect(existsSync(join(root, SITE))).toBe(false);
    expect((await set("correct horse", "/token")).code).toBe(0);
    const before = read(SITE);
    expect(codesIn((await set("battery staple", "/community")).stderr)).toEqual(["ICH9157"]);
    expect(read(SITE)).toBe(before);
  });

  test("takes the value from standard input alone, and goes through no value", async () => {
    expect((await set(undefined, "/a")).stderr).toContain("pipe it in");
    expect((await set("", "/a")).stderr).toContain("empty");
    expect((await set("x", "a")).stderr).toContain("no JSON pointer");
    expect((await set("correct horse", "/token")).code).toBe(0);
    expect(codesIn((await set("correct horse", "/token/b")).stderr)).toEqual(["ICH9016"]);
    const outside = await ichor(as(alice, root, { stdin: "x" }), "secrets", "set", "README.md", "/a");
    expect(outside.stderr).toContain("no *.sops.yaml file");
  });
});

test("ichor secrets encrypt mends a file that stands there in the clear", async () => {
  write(SITE, "bmc:\n  default:\n    password: a plain horse\n");
  expect(codesIn((await ichor(as(undefined), "validate")).stdout)).toEqual(["ICH9003"]);
  expect((await ichor(as(undefined), "secrets", "encrypt", SITE)).code).toBe(0);
  expect(read(SITE)).not.toContain("horse");
  expect(await opened(SITE)).toEqual({ bmc: { default: { password: "a plain horse" } } });
  expect(codesIn((await ichor(as(undefined), "secrets", "encrypt", SITE)).stderr)).toEqual(["ICH9002"]);
});

describe("ichor secrets import", () => {
  let source: string;
  let plain: string;

  beforeEach(async () => {
    rmSync(join(root, BUNDLE));
    write(LOCK, "dc1-mgmt:\n  bootstrapped: ~\n  fingerprints: {}\n");
    edit("inventory/allocations/dc1/dc1-r001.yaml", (text) =>
      text.replaceAll(/claim: .*/g, "claim: free w0"),
    );
    write("inventory/allocations/dc1/addresses.yaml", "{}\n");
    source = mkdtempSync(join(work, "source-"));
    plain = emitYaml(await createBundle({ now: NOW }));
    writeFileSync(join(source, "secrets.yaml"), plain);
  });

  const bring = (...more: string[]) =>
    ichor(as(alice), "secrets", "import", "dc1-mgmt", join(source, "secrets.yaml"), ...more);

  test("brings in a plain bundle, encrypted", async () => {
    expect(await bring()).toMatchObject({ code: 0, stderr: "" });
    expect(await opened(BUNDLE)).toEqual(readYaml("", plain).value[0]);
    expect(await ichor(as(alice), "secrets", "verify")).toMatchObject({ code: 0 });
  });

  test("brings in an encrypted bundle whose key is at hand", async () => {
    expect((await bring()).code).toBe(0);
    writeFileSync(join(source, "secrets.yaml"), read(BUNDLE));
    rmSync(join(root, BUNDLE));
    expect((await bring()).code).toBe(0);
    expect(await opened(BUNDLE)).toEqual(readYaml("", plain).value[0]);
  });

  test("never over another, unless asked and the cluster has no machines", async () => {
    expect((await bring()).code).toBe(0);
    writeFileSync(join(source, "secrets.yaml"), emitYaml(await createBundle({ now: NOW })));
    expect(codesIn((await bring()).stderr)).toEqual(["ICH9155"]);
    expect(await ichor(root, "compile")).toMatchObject({ code: 0, stderr: "" });
    expect(codesIn((await bring("--replace")).stderr)).toEqual(["ICH9156"]);
    expect(await opened(BUNDLE)).toEqual(readYaml("", plain).value[0]);
  });

  test("takes neither the authorities of another cluster nor some that ended", async () => {
    mkdirSync(join(root, "clusters/dc1/dc1-b"));
    const second = read("clusters/dc1/dc1-mgmt/cluster.yaml").replaceAll("dc1-mgmt", "dc1-b");
    write("clusters/dc1/dc1-b/cluster.yaml", second.replace("role: management", "role: customer"));
    expect((await bring()).code).toBe(0);
    const other = ["secrets", "import", "dc1-b", join(source, "secrets.yaml")];
    expect(await refused(as(alice), ...other)).toEqual(["ICH9152"]);
    writeFileSync(
      join(source, "secrets.yaml"),
      emitYaml(await createBundle({ now: new Date("2010-01-01") })),
    );
    expect(await refused(as(alice), ...other)).toEqual(["ICH9115"]);
  });

  test("says what is wrong with the source, and warns of one in a work tree", async () => {
    mkdirSync(join(source, ".git"));
    expect((await bring()).stderr).toContain("inside a git work tree");
    writeFileSync(join(source, "secrets.yaml"), "a: 1\n");
    rmSync(join(root, BUNDLE));
    expect(codesIn((await bring()).stderr)).toEqual(["ICH9101"]);
    writeFileSync(join(source, "secrets.yaml"), plain.replace(/token: \S+/, "token: short"));
    const { stderr } = await bring();
    expect(codesIn(stderr)).toEqual(["ICH9105"]);
    expect(stderr).not.toContain("short");
    expect(existsSync(join(root, BUNDLE))).toBe(false);
  });
});

describe("credentials that end soon", () => {
  const ledger = () =>
    readFileSync(join(root, "audit/dc1-mgmt.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const certificateIn = (text: string, key: string) =>
    new X509Certificate(Buffer.from(new RegExp(`${key}: (\\S+)`).exec(text)?.[1] ?? "", "base64"));

  test("a talosconfig has the roles asked for and is recorded before it is shown", async () => {
    const before = snapshot();
    const { code, stdout, stderr } = await ichor(
      as(alice),
      "talosconfig",
      "dc1-mgmt",
      "--ttl",
      "2h",
      "--role",
      "os:operator",
      "--for",
      "carol",
    );
    expect(code).toBe(0);
    expect(stderr).toBe("valid until 2026-11-21T10:00:00Z; recorded in audit/dc1-mgmt.jsonl\n");
    const certificate = certificateIn(stdout, "crt");
    expect(certificate.subject).toBe("O=os:operator");
    expect(certificate.validToDate).toEqual(new Date("2026-11-21T10:00:00Z"));
    expect(ledger()).toEqual([
      expect.objectContaining({
        kind: "talosconfig",
        for: "carol",
        roles: ["os:operator"],
        notAfter: "2026-11-21T10:00:00Z",
        serial: certificate.serialNumber.toLowerCase(),
      }),
    ]);
    const { "audit/dc1-mgmt.jsonl": _, ...after } = snapshot();
    expect(after).toEqual(before);
  });

  test("a kubeconfig names its holder to Kubernetes", async () => {
    const { code, stdout } = await ichor(
      as(alice),
      "kubeconfig",
      "dc1-mgmt",
      "--group",
      "viewers",
      "--for",
      "carol@example.org",
    );
    expect(code).toBe(0);
    expect(certificateIn(stdout, "client-certificate-data").subject).toBe("O=viewers\nCN=carol@example.org");
    expect(stdout).toContain("server: https://10.101.250.");
    expect(ledger()).toEqual([
      expect.objectContaining({ kind: "kubeconfig", for: "carol@example.org", groups: ["viewers"] }),
    ]);
  });

  test("a cluster without a bundle gives none", async () => {
    rmSync(join(root, BUNDLE));
    write(LOCK, "dc1-mgmt:\n  bootstrapped: ~\n  fingerprints: {}\n");
    expect(await refused(as(alice), "kubeconfig", "dc1-mgmt", "--for", "carol")).toEqual(["ICH9158"]);
  });

  test("what cannot be is refused, and nothing is recorded", async () => {
    const ask = (...args: string[]) =>
      refused(as(alice), "talosconfig", "dc1-mgmt", "--for", "carol", ...args);
    expect(await ask("--role", "os:amdin")).toEqual(["ICH9401"]);
    expect(await ask("--ttl", "30s")).toEqual(["ICH9403"]);
    expect(await ask("--ttl", "soon")).toEqual([]);
    expect(await refused(as(bob), "talosconfig", "dc1-mgmt", "--for", "carol")).toEqual(["ICH9005"]);
    expect(
      await refused(
        as(alice, root, { now: new Date("2036-11-18T00:00:00Z") }),
        "talosconfig",
        "dc1-mgmt",
        "--ttl",
        "30d",
        "--for",
        "carol",
      ),
    ).toContain("ICH9405");
  });
});

/** Another first character of base64 than the one that is there. */
function otherCharacter(_: string, before: string, first: string): string {
  return before + (first === "A" ? "B" : "A");
}
