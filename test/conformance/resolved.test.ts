import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readYaml } from "../../src/compiler/load/read-yaml.ts";
import { emitYamlDocuments } from "../../src/core/yaml-emit.ts";
import { createLeakGuard, type LeakGuard } from "../../src/secrets/leaks/leak-guard.ts";
import { DIFFERS_MARKER, redact } from "../../src/secrets/leaks/redact.ts";
import { createResolver, type Resolver } from "../../src/secrets/references/resolver.ts";
import { decryptSops } from "../../src/secrets/sops/decrypt.ts";
import { readIdentities } from "../../src/secrets/sops/identities.ts";
import { exampleMachines, judge, objections, programOf, root } from "./machine-configs.ts";

/** The example's configurations with the secrets of the example in their places, as the applier will send them. */

interface Machine {
  readonly name: string;
  readonly documents: readonly unknown[];
  readonly resolved: readonly unknown[];
}

let resolver: Resolver;
let guard: LeakGuard;
let machines: readonly Machine[];

beforeAll(async () => {
  const key = readIdentities(readFileSync(join(root, "demo/age-identity.txt"), "utf8"), "demo");
  expect(key.diagnostics).toEqual([]);
  guard = createLeakGuard();
  resolver = createResolver({
    readFile: (path) => Promise.resolve(readFileSync(join(root, path))),
    decrypt: async (path, text) => {
      const { value, diagnostics } = await decryptSops(path, text, key.value);
      guard.learnTree(value?.value, path);
      return { value: value?.value, diagnostics };
    },
    parseYaml: readYaml,
    env: {},
    fetch: () => Promise.reject(new Error("no network here")),
    wait: () => Promise.resolve(),
  });
  machines = await Promise.all(exampleMachines().map(resolve));
});

async function resolve(name: string): Promise<Machine> {
  const { value: documents } = readYaml(name, readFileSync(join(root, name), "utf8"));
  const { value, diagnostics } = await resolver.resolveTree(documents, { file: name, document: 0, path: [] });
  expect(diagnostics).toEqual([]);
  return { name, documents, resolved: value as readonly unknown[] };
}

test("every reference of every machine has its secret", () => {
  expect(machines.length).toBeGreaterThan(20);
  for (const { documents, resolved } of machines) {
    expect(JSON.stringify(documents)).toContain("ref+sops://");
    expect(JSON.stringify(resolved)).not.toContain("ref+");
  }
});

test.each(["v1.13", "v1.14"] as const)("Talos %s accepts them with these secrets", (program) => {
  const own = machines.filter(({ name }) => programOf(name) === program);
  expect(own).not.toEqual([]);
  const texts = own.map(({ name, resolved }) => ({ name, text: emitYamlDocuments(resolved) }));
  expect(judge(program, texts).flatMap(objections)).toEqual([]);
});

describe("redacted", () => {
  test("a machine that is as it should be shows its references and differs in nothing", () => {
    for (const { documents, resolved } of machines) {
      for (const [index, desired] of documents.entries()) {
        const shown = redact({ desired, resolved: resolved[index], live: resolved[index] });
        expect(shown.desired).toEqual(desired);
        expect(shown.live).toEqual(desired);
      }
    }
  });

  test("a machine with another cluster's secrets shows neither its own nor those", () => {
    const [first, other] = [machines[0], machines.at(-1)];
    const [desired, resolved, live] = [first?.documents[0], first?.resolved[0], other?.resolved[0]];
    const shown = redact({ desired, resolved, live });
    const text = JSON.stringify(shown);
    expect(text).toContain(DIFFERS_MARKER.replaceAll('"', '\\"'));
    expect(guard.check(text)).toBeUndefined();
    expect(guard.check(JSON.stringify(live))).toBeDefined();
  });
});
