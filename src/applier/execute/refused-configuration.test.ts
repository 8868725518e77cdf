import { describe, expect, test } from "vitest";
import { emitYamlDocuments } from "../../core/yaml-emit.ts";
import { TalosError, type TalosErrorCode } from "../talos-api.ts";
import type { MachineRun } from "./context.ts";
import { StepFailure } from "./failure.ts";
import { refusedConfiguration } from "./refused-configuration.ts";

const FILE = "generated/clusters/hel1/a/machines/w0.yaml";
const DOCUMENTS = [
  { version: "v1alpha1", machine: { type: "boss", token: "ref+sops://a.sops.yaml#/token" } },
  { apiVersion: "v1alpha1", kind: "LinkConfig", name: "eno1.5", mtu: 9000 },
  { apiVersion: "v1alpha1", kind: "KubeNodeConfig", labels: { "bad label": "x" } },
];

function run(documents: readonly unknown[] = DOCUMENTS): MachineRun {
  return {
    machine: { name: "w0", file: FILE, documents },
    context: {
      redact: (text: string) => (text.includes("hunter2") ? "(withheld)" : text),
      locate: ({ file, document, path }: { file: string; document: number; path: readonly unknown[] }) => ({
        file,
        line: document + 1,
        column: path.length + 1,
      }),
    },
  } as unknown as MachineRun;
}

function refused(details: string, code: TalosErrorCode = "invalid-argument") {
  const caught = new TalosError(code, { machine: "w0", operation: "ApplyConfiguration" }, details);
  return refusedConfiguration(run(), caught, emitYamlDocuments(DOCUMENTS));
}

function problemOf(details: string) {
  const failure = refused(details);
  if (!(failure instanceof StepFailure)) throw new Error("the error is as it was");
  expect(failure).toMatchObject({ outcome: "failed", stops: true, problem: { code: "ICH8007" } });
  return { message: failure.problem.message, hint: failure.problem.hint };
}

describe("a configuration that a machine refuses is shown with our file,", () => {
  test("line, column and the command that tells where the value comes from", () => {
    expect(problemOf('v1alpha1.Config: 1 error occurred:\n\t* unknown machine type "boss"\n\n')).toEqual({
      message: `"w0" refuses ${FILE}:1:3: v1alpha1.Config: unknown machine type "boss"`,
      hint: "`ichor explain w0 machine.type` tells where it comes from",
    });
  });

  test("one line for each problem", () => {
    const details =
      '2 errors occurred:\n\t* LinkConfig/eno1.5: mtu is odd\n\t* KubeNodeConfig: invalid node labels: 1 error occurred:\n\t* name "bad label" is invalid\n\n\n\n';
    expect(problemOf(details)).toEqual({
      message: [
        '"w0" refuses its configuration:',
        `  ${FILE}:2:2: LinkConfig/eno1.5: mtu is odd`,
        `  ${FILE}:3:3: KubeNodeConfig: invalid node labels: name "bad label" is invalid`,
      ].join("\n"),
      hint: "`ichor explain w0 LinkConfig/eno1.5:mtu` tells where it comes from",
    });
  });

  test("a path that a shell would take apart in quotes", () => {
    const { hint } = problemOf('KubeNodeConfig: name "bad label" is invalid');
    expect(hint).toBe(`\`ichor explain w0 'KubeNodeConfig:labels["bad label"]'\` tells where it comes from`);
  });

  test("a document that lacks something as a whole", () => {
    expect(problemOf("LinkConfig/eno1.5: parent must be specified")).toEqual({
      message: `"w0" refuses ${FILE}:2:1: LinkConfig/eno1.5: parent must be specified`,
      hint: "`ichor explain w0 LinkConfig/eno1.5` tells where it comes from",
    });
  });

  test("and by that alone where its words do not say more", () => {
    expect(problemOf("this change needs a reboot\n- a\n+ b")).toEqual({
      message: `"w0" refuses ${FILE}: this change needs a reboot - a + b`,
      hint: undefined,
    });
    expect(problemOf("")).toEqual({ message: `"w0" refuses ${FILE}: it does not say why`, hint: undefined });
  });

  test("its place also where its words hold a secret and are withheld", () => {
    expect(problemOf('v1alpha1.Config: machine type "boss" with hunter2')).toMatchObject({
      message: `"w0" refuses ${FILE}:1:3: (withheld)`,
    });
  });

  test("no more problems than people read", () => {
    const many = Array.from({ length: 30 }, (_, at) => `\t* LinkConfig/eno1.5: reason ${at}`).join("\n");
    const lines = problemOf(`30 errors occurred:\n${many}\n\n`).message.split("\n");
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe("  and 10 more");
  });
});

test("a call that failed for another reason is no refusal", () => {
  const failure = refused("busy", "unavailable");
  expect(failure).toBeInstanceOf(TalosError);
});
