import { describe, expect, test } from "vitest";
import { type GoProgram, runGo } from "./go.ts";
import { generateSample, judge } from "./machine-configs.ts";

const file = "ref+sops://clusters/hel1/sample/secrets.sops.yaml";
const samples = {
  "v1.13": generateSample("v1.13", "1.36.3"),
  "v1.14": generateSample("v1.14", "1.37.0"),
} as const;
type Talos = keyof typeof samples;
const versions: readonly Talos[] = ["v1.13", "v1.14"];

test.each(versions)("Talos %s accepts what it generated itself", (talos) => {
  const { controlPlane, worker } = samples[talos];
  const verdicts = judge(talos, [
    { name: "control plane", text: controlPlane },
    { name: "worker", text: worker },
  ]);
  expect(verdicts.map(({ errors }) => errors)).toEqual([[], []]);
  expect(verdicts.map(({ machineType }) => machineType)).toEqual(["controlplane", "worker"]);
});

test.each(versions)("Talos %s accepts its own configuration with references for the secrets", (talos) => {
  const text = withReferences(talos, samples[talos].controlPlane);
  expect(text.match(/ref\+sops/g)?.length).toBeGreaterThanOrEqual(10);
  expect(text).not.toContain("PRIVATE KEY");
  expect(errorsOf(talos, text)).toEqual([]);
});

/** A change to a good configuration, and what Talos says of it. */
const faults: readonly (readonly [title: string, change: (text: string) => string, says: RegExp])[] = [
  ["an unknown field", (text) => text.replace("machine:\n", "machine:\n    colour: red\n"), /colour/],
  ["a type that does not fit", (text) => text.replace(/^persist: true$/m, "persist: maybe"), /maybe/],
  ["an unknown kind", (text) => `${text}---\napiVersion: v1alpha1\nkind: Nonsense\n`, /Nonsense/],
  ["two documents of one name", (text) => text + link("eth0") + link("eth0"), /duplicate document/],
  ["one link in two documents", (text) => text + link("eth0") + dummy("eth0"), /conflict/],
  ["an address that is none", (text) => text + dummy("lo1", "10.1.0.999/32"), /10\.1\.0\.999/],
  ["text that is no YAML", (text) => `${text}---\n"a\n`, /yaml|scanner|found|document/i],
  ["a document of null and nothing else", () => "null\n", /./],
  [
    "a key given twice",
    (text) => text.replace("machine:\n", "debug: false\ndebug: false\nmachine:\n"),
    /already defined/,
  ],
  ["a certificate that is none", (text) => text.replace(/ref\S*certs\/os\/crt/, "'%%'"), /base64/],
  [
    "no v1alpha1 machine section",
    (text) => text.replace(/^machine:[\s\S]*?^cluster:/m, "cluster:"),
    /machine/,
  ],
  [
    "a reference that names nothing",
    (text) => text.replace("#/certs/os/crt", "#/certs/os/nothing"),
    /has no text/,
  ],
  ["a reference below a leaf", (text) => text.replace("#/certs/os/crt", "#/certs/os/crt/x"), /has nothing/],
  ["a reference to a map", (text) => text.replace("#/certs/os/crt", "#/certs/os"), /has no text/],
  [
    "a reference inside longer text",
    (text) => text.replace(/(ref\S*os\/crt)/, "x$1"),
    /not exactly one reference/,
  ],
  ["a reference and more", (text) => text.replace(/(ref\S*os\/crt)/, "$1 x"), /not exactly one reference/],
  [
    "a reference of another scheme",
    (text) => text.replace("ref+sops", "ref+nowhere"),
    /not exactly one reference/,
  ],
  [
    "an unknown parameter",
    (text) => text.replace(".yaml#/certs/os", ".yaml?x=1#/certs/os"),
    /not exactly one/,
  ],
  [
    "a decoding of what is not encoded",
    (text) => text.replace("yaml#/trustd", "yaml?decode=base64#/trustd"),
    /base64/,
  ],
  ["a reference as a key", (text) => `${text}---\n${file}#/certs/os/crt: 1\n`, /key/],
  [
    "a reference in a block",
    (text) => `${text}---\na: |\n  ${file}#/certs/os/crt\n`,
    /not exactly one reference/,
  ],
];

describe.each(versions)("Talos %s refuses", (talos) => {
  const good = withReferences(talos, samples[talos].controlPlane);
  const verdicts = judge(
    talos,
    faults.map(([name, change]) => ({ name, text: change(good) })),
  );
  const cases = faults.map(([title, change, says], at) => ({ title, change, says, verdict: verdicts[at] }));

  test.each(cases)("$title", ({ change, says, verdict }) => {
    expect(change(good)).not.toBe(good);
    expect(verdict?.errors.join("\n")).toMatch(says);
  });
});

test("Talos refuses a control plane's documents on a worker", () => {
  const own =
    "apiVersion: v1alpha1\nkind: KubeSchedulerConfig\nimage: registry.k8s.io/kube-scheduler:v1.37.0\n";
  expect(errorsOf("v1.14", `${samples["v1.14"].worker}---\n${own}`).join()).toMatch(/control ?plane/i);
});

test("Talos 1.13 refuses the documents of 1.14", () => {
  expect(errorsOf("v1.13", samples["v1.14"].worker).join()).toMatch(/not registered/);
});

test("a program names a sub-command that it does not have", () => {
  expect(() => runGo("v1.14", "fly", [])).toThrow(/no sub-command "fly"/);
});

test("a patch that Talos refuses is an error of that case alone", () => {
  const base = samples["v1.14"].worker;
  const patch = (text: string): unknown => ({ base, patches: [text] });
  const results = runGo("v1.14", "patch", [
    patch("machine:\n  colour: red\n"),
    patch("machine:\n  env: {A: b}\n"),
  ]);
  expect(results).toMatchObject([
    { error: expect.stringContaining("colour"), text: "" },
    { text: expect.stringMatching(/^ +env:\n +A: b$/m) },
  ]);
});

function errorsOf(talos: GoProgram, text: string): readonly string[] {
  return judge(talos, [{ name: "case", text }]).flatMap(({ errors }) => errors);
}

function link(name: string): string {
  return `---\napiVersion: v1alpha1\nkind: LinkConfig\nname: ${name}\nup: true\n`;
}

function dummy(name: string, address = "10.1.0.1/32"): string {
  return `---\napiVersion: v1alpha1\nkind: DummyLinkConfig\nname: ${name}\naddresses:\n  - address: ${address}\n`;
}

/** Puts references where a generated configuration has the values of its secrets bundle. */
function withReferences(talos: Talos, text: string): string {
  let referred = text;
  for (const [pointer, value] of leaves(samples[talos].secrets)) {
    referred = referred.replaceAll(value, `${file}#${pointer}`);
    if (!pointer.startsWith("/certs/")) continue;
    const lines = Buffer.from(value, "base64").toString("utf8").trimEnd().split("\n");
    const block = lines.map((line) => ` +${line.replaceAll(/[+/]/g, "\\$&")}`).join("\\n");
    referred = referred.replaceAll(new RegExp(`\\|\\n${block}`, "g"), `${file}?decode=base64#${pointer}`);
  }
  return referred;
}

/** The bundle's texts by their JSON pointers; its YAML is nothing but maps of one-line scalars. */
function leaves(bundle: string): readonly (readonly [pointer: string, value: string])[] {
  const path: string[] = [];
  return bundle.split("\n").flatMap((line) => {
    const match = /^( *)(\w+):(?: (\S+))?$/.exec(line);
    if (match === null) return [];
    const [, indent = "", key = "", value] = match;
    path.splice(indent.length / 4, path.length, key);
    return value === undefined ? [] : [[`/${path.join("/")}`, value.replaceAll(/^["']|["']$/g, "")] as const];
  });
}
