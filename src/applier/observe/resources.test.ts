import { describe, expect, test, vi } from "vitest";
import { readSecretYaml } from "../../compiler/load/read-secret-yaml.ts";
import { emitYaml, emitYamlDocuments } from "../../core/yaml-emit.ts";
import type { Resource } from "../talos-api.ts";
import { documentsOf, isIn } from "./resources.ts";

const read = (text: string) => readSecretYaml("machine", text).value;
const WANTED = [
  { version: "v1alpha1", machine: { type: "worker" } },
  { kind: "HostnameConfig", auto: "off" },
];

/** As Talos shows a configuration: its text as one scalar. */
function configuration(text: string): Resource {
  return {
    namespace: "config",
    type: "MachineConfigs.config.talos.dev",
    id: "v1alpha1",
    version: "1",
    yaml: emitYaml(text),
  };
}

describe("the documents of a configuration", () => {
  test("are what git says, without another copy, where the text is what git's makes", () => {
    const parse = vi.fn(read);
    const found = documentsOf(configuration(emitYamlDocuments(WANTED)), parse, WANTED);
    expect(found).toEqual(WANTED);
    expect(found?.[0]).toBe(WANTED[0]);
    expect(parse).toHaveBeenCalledTimes(1);
  });

  test("are read where the text is another one", () => {
    const text = emitYamlDocuments(WANTED).replace("worker", "controlplane");
    const found = documentsOf(configuration(text), read, WANTED);
    expect(found).toEqual([{ version: "v1alpha1", machine: { type: "controlplane" } }, WANTED[1]]);
    expect(documentsOf(configuration(text), read)).toEqual(found);
  });

  test("are none where there is no resource, or one that cannot be read", () => {
    expect(documentsOf(undefined, read, WANTED)).toBeUndefined();
    expect(documentsOf(configuration("a: b"), () => undefined, WANTED)).toBeUndefined();
  });
});

test("what came with Talos 1.14 is not asked of older ones", () => {
  expect(
    ["v1.12.7", "v1.13.9", "v1.14.0", "v1.14.0-beta.1", "v1.15.2", "unknown"].map((talos) =>
      isIn(talos, "bootId"),
    ),
  ).toEqual([false, false, true, true, true, true]);
  expect(isIn("v1.13.9", "schematic")).toBe(false);
  expect(isIn("v1.13.9", "status")).toBe(true);
});
