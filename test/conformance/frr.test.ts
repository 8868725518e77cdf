import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { installTestTools } from "../../scripts/install-test-tools.ts";
import { createFrr, type HostFrr } from "../../src/compiler/render/frr/frr.ts";
import { type Ipv4Prefix, parseIpv4, parseIpv4Prefix } from "../../src/core/ip.ts";
import { valueAt } from "../../src/core/path.ts";

let folder = "";

beforeAll(() => {
  installTestTools();
  folder = mkdtempSync(join(tmpdir(), "ichor-frr-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What FRR's own reader says of a file; empty where it takes every line. */
function complaints(frrConf: string): string {
  const file = join(folder, "frr.conf");
  writeFileSync(file, frrConf);
  const { status, stdout, stderr, error } = spawnSync("vtysh", ["-C", "-f", file], { encoding: "utf8" });
  if (error !== undefined) throw error;
  return status === 0 ? "" : `exit code ${status}: ${stdout}${stderr}`;
}

const prefix = (text: string): Ipv4Prefix => parseIpv4Prefix(text) ?? { address: Number.NaN, length: 0 };

const worker: HostFrr = {
  hostname: "hel1-r017-u01",
  asn: 4200101701,
  loopback: parseIpv4("10.101.4.65") ?? Number.NaN,
  vip: undefined,
  uplinks: [
    { name: "eno1", description: "hel1-r017-leaf-a:Ethernet0" },
    { name: "enp94s0f1np1", description: "hel1-r017-leaf-b:Ethernet0" },
  ],
  fabric: [prefix("10.101.0.0/16"), prefix("10.110.0.1/32")],
  lb: undefined,
  podPrefixes: [],
};

describe("FRR's own reader takes the frr.conf of", () => {
  const vip = parseIpv4("10.101.250.16");
  const lb = prefix("10.101.251.0/26");

  test.each<[title: string, input: HostFrr]>([
    ["a worker", worker],
    ["a control plane", { ...worker, vip }],
    ["a worker with a load balancer", { ...worker, lb }],
    ["a worker with a load balancer of one address", { ...worker, lb: prefix("10.101.251.7/32") }],
    ["a worker with routed pods", { ...worker, podPrefixes: ["100.64.0.0/14", "100.70.0.0/28"] }],
    ["a control plane with everything", { ...worker, vip, lb, podPrefixes: ["100.64.0.0/14"] }],
    ["a server with one uplink", { ...worker, uplinks: worker.uplinks.slice(0, 1) }],
    ["a server with a long name", { ...worker, hostname: `${"a".repeat(31)}.${"b".repeat(31)}` }],
  ])("%s", (_title, input) => {
    expect(complaints(createFrr()(input).frrConf)).toBe("");
  });
});

describe("FRR's own reader takes the frr.conf of every node of the example that has one", () => {
  const machines = globSync("generated/clusters/*/*/machines/*.yaml").sort();
  const routers = machines.flatMap((path) => frrConfOf(path).map((frrConf) => ({ path, frrConf })));

  test.each(routers)("$path", ({ frrConf }) => {
    expect(complaints(frrConf)).toBe("");
  });

  test("and some have one", () => {
    expect(routers.length).toBeGreaterThan(0);
  });
});

/** The frr.conf in a machine configuration, where the machine runs FRR. */
function frrConfOf(path: string): string[] {
  const documents = parseAllDocuments(readFileSync(path, "utf8")).map((document): unknown => document.toJS());
  return documents
    .filter((document) => valueAt(document, ["kind"]) === "ExtensionServiceConfig")
    .flatMap((document) => valueAt(document, ["configFiles"]) as { mountPath: string; content: string }[])
    .filter(({ mountPath }) => mountPath === "/etc/frr/frr.conf")
    .map(({ content }) => content);
}

test("FRR's own reader refuses a line that is no FRR", () => {
  const { frrConf } = createFrr()(worker);
  expect(complaints(frrConf.replace("v6only peer-group", "v7only peer-group"))).toContain("v7only");
});
