import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { argocd } from "../../src/compiler/render/argocd/argocd.ts";
import { sampleBlueprint, sampleDoc } from "../support/sample-blueprint.ts";

const addons = [
  {
    doc: sampleDoc("Addon", "metallb", {
      chart: { repository: "https://metallb.github.io/metallb", name: "metallb" },
      version: "0.16.1",
      namespace: "metallb-system",
      podSecurity: "privileged",
      wave: 10,
    }),
    version: "0.16.1",
    values: { speaker: { frr: { enabled: false } } },
  },
  {
    doc: sampleDoc("Addon", "cilium", {
      chart: { repository: "https://helm.cilium.io", name: "cilium" },
      version: "1.19.1",
      namespace: "kube-system",
    }),
    version: "1.19.1",
    values: {},
  },
];

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const validators: Readonly<Record<string, ValidateFunction>> = {
  Application: compile("application.data.json"),
  AppProject: compile("appproject.data.json"),
};

function compile(file: string): ValidateFunction {
  return ajv.compile(JSON.parse(readFileSync(join(import.meta.dirname, "argocd", file), "utf8")) as object);
}

function complaints(document: { readonly kind: string }): unknown {
  const validate = validators[document.kind];
  return validate?.(document) === true ? [] : (validate?.errors ?? `no schema of ${document.kind}`);
}

describe("Argo CD's own definitions take", () => {
  const made = [...argocd.generate(sampleBlueprint({ cluster: { addons } }))];
  const example = globSync(["generated/clusters/*/*/argocd/*.yaml", "generated/sites/*/argocd/*.yaml"])
    .sort()
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
  const documents = [...made, ...example].flatMap(({ path, text }) =>
    parseAllDocuments(text).map((document, index) => ({
      path,
      index,
      value: document.toJS() as { kind: string },
    })),
  );

  test.each(documents)("$path, document $index", ({ value }) => {
    expect(complaints(value)).toEqual([]);
  });

  test("no field that they do not know", () => {
    expect([made.length > 0, example.length > 0]).toEqual([true, true]);
    const typo = made[1]?.text.replace("selfHeal:", "selfheal:") ?? "";
    expect(complaints(parse(typo) as { kind: string })).toMatchObject([
      { params: { additionalProperty: "selfheal" } },
    ]);
  });
});
