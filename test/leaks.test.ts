import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { guardOutput, LeakError } from "../src/cli/guard-output.ts";
import { readYaml } from "../src/compiler/load/read-yaml.ts";
import { emitYaml } from "../src/core/yaml-emit.ts";
import { createBundle } from "../src/secrets/bundle/create-bundle.ts";
import { readCreationRules } from "../src/secrets/sops/creation-rules.ts";
import { createIdentity, recipientOf } from "../src/secrets/sops/data-key.ts";
import { encryptSops } from "../src/secrets/sops/encrypt.ts";
import type { AgeIdentity } from "../src/secrets/sops/identities.ts";
import { ichor, type Printed } from "./support/ichor.ts";

/**
 * No value of any secret leaves: the example fleet with bundles that nobody has seen before, every command over it, and
 * everything that is printed or written searched for every value in every form. The search is the dullest one there is
 * and shares nothing with the leak guard.
 */

const NOW = new Date("2026-11-21T08:00:00Z");
let work: string;
let root: string;
let identity: AgeIdentity;
/** Every text that may appear nowhere. */
const forbidden = new Set<string>();

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "ichor-leaks-"));
  root = join(work, "fleet");
  for (const folder of ["inventory", "clusters", "approvals", "locks", "generated"]) {
    cpSync(folder, join(root, folder), { recursive: true });
  }
  identity = await createIdentity();
  forbid(identity.secret);
  const rules = {
    creation_rules: [
      {
        age: await recipientOf(identity),
        encrypted_regex: "^(key|token|secret|id|bootstraptoken|secretboxencryptionsecret|username|password)$",
      },
    ],
  };
  writeFileSync(join(root, ".sops.yaml"), emitYaml(rules));
  const [rule] = readCreationRules(rules).value;
  for (const file of sopsFiles()) {
    const isBundle = file.startsWith("clusters/");
    const secrets = isBundle
      ? await createBundle({ now: NOW })
      : {
          bmc: { default: { username: "ichor-demo", password: randomText() } },
          registries: { harbor: { password: randomText() } },
        };
    forbidAll(secrets);
    if (rule === undefined) throw new Error("no rule");
    const { value } = await encryptSops({ file, text: emitYaml(secrets), rule, now: NOW });
    writeFileSync(join(root, file), value ?? "");
  }
  for (const site of ["hel1", "osl2"]) {
    const lock = join(root, `inventory/allocations/${site}/clusters.yaml`);
    writeFileSync(
      lock,
      readFileSync(lock, "utf8").replace(/fingerprints:\n(?: {4}.*\n)+/g, "fingerprints: {}\n"),
    );
  }
  expect(forbidden.size).toBeGreaterThan(300);
}, 300_000);

afterAll(() => {
  rmSync(work, { recursive: true });
});

function randomText(): string {
  const [text = ""] = fc.sample(
    fc.string({
      unit: fc.constantFrom(...Array.from("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_!")),
      minLength: 24,
      maxLength: 32,
    }),
    1,
  );
  return text;
}

function sopsFiles(): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
    /[^/]\.sops\.yaml$/.test(path),
  );
}

function forbid(text: string): void {
  forbidden.add(text);
  forbidden.add(Buffer.from(text).toString("base64"));
  const decoded = Buffer.from(text, "base64").toString("latin1");
  const inner = decoded.startsWith("-----BEGIN") ? decoded : text;
  for (const line of inner.split("\n"))
    if (line.length >= 24 && !line.startsWith("-----")) forbidden.add(line);
}

/** Every text of a bundle but its certificates. */
function forbidAll(value: unknown): void {
  if (typeof value === "string") {
    if (
      !Buffer.from(value, "base64").toString("latin1").includes("BEGIN CERTIFICATE") &&
      value !== "ichor-demo"
    )
      forbid(value);
  } else if (typeof value === "object" && value !== null) Object.values(value).forEach(forbidAll);
}

/** The forbidden texts in a text; their beginnings only, so that a failure shows no secret either. */
function leaksIn(text: string): string[] {
  return [...forbidden].filter((secret) => text.includes(secret)).map((secret) => `${secret.slice(0, 4)}…`);
}

function leaksInFiles(): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(root, path)).isFile())
    .flatMap((path) => leaksIn(readFileSync(join(root, path), "latin1")).map((leak) => `${path}: ${leak}`));
}

const run = (...args: string[]): Promise<Printed> =>
  ichor({ cwd: root, env: { SOPS_AGE_KEY: identity.secret, HOME: "/nonexistent" }, now: NOW }, ...args);

const COMMANDS: readonly (readonly string[])[] = [
  ["compile"],
  ["validate"],
  ["validate", "-o", "json"],
  ["validate", "-o", "github"],
  ["compile", "--check"],
  ...["sites", "racks", "servers", "clusters", "nodes", "switches", "pools", "channels", "addons"].flatMap(
    (kind) => [
      ["get", kind, "-o", "wide"],
      ["get", kind, "-o", "json"],
      ["get", kind, "-o", "yaml"],
    ],
  ),
  ["explain", "hel1-r003-u07"],
  ["explain", "hel1-r003-u07", "machine.token"],
  ["explain", "hel1-r003-u07", "machine.ca.key"],
  ["explain", "hel1-r003-u07", "RegistryAuthConfig:password"],
  ["secrets", "ls"],
  ["secrets", "ls", "-o", "json"],
  ["secrets", "verify"],
  ["secrets", "verify", "-o", "json"],
  ["secrets", "verify", "--no-keys"],
  ["secrets", "rotate", "--all"],
  ["secrets", "init", "hel1-mgmt"],
  ["talosconfig", "hel1-mgmt", "--for", "test", "--role", "os:admin"],
  ["kubeconfig", "hel1-mgmt", "--for", "test"],
  // Nothing listens there: what is planned and shown of machines that do not answer.
  ...[["plan"], ["plan", "-o", "json"], ["plan", "-o", "markdown"], ["status", "-o", "wide"], ["drift"]].map(
    (command) => [...command, "--lab", "http://127.0.0.1:9", "--cluster", "osl2-core5"],
  ),
  ["doctor"],
  ["schema"],
  ["--help"],
];

test.each(COMMANDS.map((command) => [command.join(" "), command] as const))(
  "ichor %s",
  async (_name, command) => {
    const { stdout, stderr, code } = await run(...command);
    expect(code, stderr).not.toBe(70);
    expect(leaksIn(stdout)).toEqual([]);
    expect(leaksIn(stderr)).toEqual([]);
  },
);

test("the search finds what it is for", () => {
  const [some = ""] = [...forbidden].slice(-1);
  expect(leaksIn(`a: ${some}\n`)).toHaveLength(1);
});

test("no file holds one after all of that", () => {
  expect(leaksInFiles()).toEqual([]);
});

test("nor does any message about a damaged file", async () => {
  const files = sopsFiles();
  const plain = emitYaml(await createBundle({ now: NOW }));
  forbidAll(readYaml("", plain).value[0]);
  const source = join(work, "source.yaml");
  const damage = fc.record({
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    length: fc.integer({ min: 0, max: 40 }),
    by: fc.constantFrom("", "x", "\n", '"', "{", ": ", "\t"),
  });
  const damaged = (text: string, { at, length, by }: { at: number; length: number; by: string }) => {
    const start = Math.floor(at * text.length);
    return text.slice(0, start) + by + text.slice(start + length);
  };
  await fc.assert(
    fc.asyncProperty(damage, fc.constantFrom(...files), async (change, file) => {
      const path = join(root, file);
      const before = readFileSync(path, "utf8");
      writeFileSync(path, damaged(before, change));
      writeFileSync(source, damaged(plain, change));
      try {
        for (const command of [
          ["secrets", "verify"],
          ["validate"],
          ["secrets", "import", "hel1-mgmt", source],
        ]) {
          const { stdout, stderr, code } = await run(...command);
          expect(code, stderr).not.toBe(70);
          expect(leaksIn(stdout + stderr)).toEqual([]);
        }
      } finally {
        writeFileSync(path, before);
      }
    }),
    { numRuns: 15 },
  );
});

describe("were a command to print one all the same", () => {
  const printed: string[] = [];
  const terminal = {
    cwd: ".",
    env: {},
    color: false,
    now: () => NOW,
    stdin: () => Promise.resolve(undefined),
    interruption: () => new AbortController().signal,
    ask: () => Promise.resolve(undefined),
    size: () => undefined,
    stdout: (text: string) => printed.push(text),
    stderr: (text: string) => printed.push(text),
  };

  test("nothing of it would leave, in one piece or in several, not even behind it", () => {
    const secret = "correct-Horse-battery-Staple-42-and-more";
    for (const pieces of [
      [`a: ${secret}\n`],
      Array.from(`a: ${secret}\n`),
      [`x\n${secret.slice(0, 20)}`, secret.slice(20), "\n"],
    ]) {
      printed.length = 0;
      const { guard, terminal: guarded, end } = guardOutput(terminal);
      guard.learn(secret, "secrets.sops.yaml#/a");
      expect(() => {
        for (const piece of pieces) guarded.stdout(piece);
        end();
      }).toThrow(LeakError);
      expect(() => {
        guarded.stdout("more\n");
      }).toThrow(LeakError);
      expect(printed.join("")).not.toContain(secret.slice(0, 16));
    }
  });

  test("a credential may hold a new key, and nothing that is known", () => {
    printed.length = 0;
    const { guard, printCredential } = guardOutput(terminal);
    const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHp9\n-----END PRIVATE KEY-----\n";
    printCredential(key);
    expect(printed).toEqual([key]);
    guard.learn("correct-Horse-battery-Staple-42", "x");
    expect(() => {
      printCredential("correct-Horse-battery-Staple-42");
    }).toThrow("ICH9303");
  });
});
