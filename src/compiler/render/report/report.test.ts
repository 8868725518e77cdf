import { describe, expect, test } from "vitest";
import { sampleBlueprint } from "../../../../test/support/sample-blueprint.ts";
import { report } from "./report.ts";

const blueprint = sampleBlueprint();
const cluster = [...blueprint.clusters.values()].at(0);

function check(change: Parameters<typeof sampleBlueprint>[0] = {}): { facts: unknown; text: string } {
  const [facts, text] = [...report.generate(sampleBlueprint(change))];
  expect([facts?.path, text?.path]).toEqual([
    "generated/clusters/hel1/hel1-vran7/cluster.json",
    "generated/clusters/hel1/hel1-vran7/report.md",
  ]);
  return { facts: JSON.parse(facts?.text ?? ""), text: text?.text ?? "" };
}

describe("the report of a cluster", () => {
  test("has the facts that machines read", () => {
    expect(check().facts).toEqual({
      name: "hel1-vran7",
      site: "hel1",
      role: "customer",
      talos: "v1.14.1",
      kubernetes: "v1.37.0",
      contract: "v1.14",
      vip: "10.101.250.16",
      lb: "10.101.251.0/26",
      routing: "frr",
      addons: {},
      schematics: ["ab".repeat(32)],
      nodes: [
        {
          name: "hel1-r017-u01",
          place: "hel1-vran7/control-plane/0",
          type: "controlplane",
          rack: "hel1-r017",
          loopback: "10.101.4.65",
          asn: 4200101701,
          serial: "SN1",
          uuid: "4c4c4544-0058-4b10-8032-000000000001",
        },
        {
          name: "hel1-r017-u02",
          place: "hel1-vran7/general/0",
          type: "worker",
          rack: "hel1-r017",
          loopback: "10.101.4.66",
          asn: 4200101702,
          serial: "SN2",
          uuid: "4c4c4544-0058-4b10-8032-000000000002",
        },
      ],
    });
  });

  test("has a table of each group for a reviewer", () => {
    expect(check().text).toBe(
      [
        "# Cluster hel1-vran7",
        "",
        "A customer cluster in site hel1: Talos v1.14.1 (contract v1.14), Kubernetes v1.37.0, routing by frr.",
        "",
        "- Kubernetes API: 10.101.250.16",
        "- Load balancers: 10.101.251.0/26",
        "- Add-ons: none",
        "",
        "## control-plane: 1 node",
        "",
        "| Place | Node | Rack | Loopback | ASN | Serial |",
        "| ---: | --- | --- | --- | ---: | --- |",
        "| 0 | hel1-r017-u01 | hel1-r017 | 10.101.4.65 | 4200101701 | SN1 |",
        "",
        "## general: 1 node",
        "",
        "| Place | Node | Rack | Loopback | ASN | Serial |",
        "| ---: | --- | --- | --- | ---: | --- |",
        "| 0 | hel1-r017-u02 | hel1-r017 | 10.101.4.66 | 4200101702 | SN2 |",
        "",
      ].join("\n"),
    );
  });

  test("does not depend on the order of the nodes", () => {
    expect(check({ cluster: { nodes: cluster?.nodes.toReversed() ?? [] } })).toEqual(check());
  });

  test("a serial number cannot break the table", () => {
    const nodes = (cluster?.nodes ?? []).map((node) => ({
      ...node,
      server: { ...node.server, serial: "a|b\n# *c*" },
    }));
    expect(check({ cluster: { nodes } }).text).toContain("| a\\|b # \\*c\\* |\n");
  });
});
