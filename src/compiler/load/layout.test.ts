import { expect, test } from "vitest";
import { placeOf } from "./layout.ts";

function check(path: string, expected: unknown): void {
  const place = placeOf(path);
  expect(place !== undefined && "code" in place ? place.code : place).toEqual(expected);
}

const documents = (kinds: readonly string[], rest: object = {}) => ({ role: "documents", kinds, ...rest });

test.each<[string, unknown]>([
  ["inventory/fleet.yaml", documents(["Fleet"])],
  ["inventory/models/dell-r640.yaml", documents(["ServerModel", "SwitchModel"], { name: "dell-r640" })],
  ["inventory/sites/hel1/site.yaml", documents(["Site"], { name: "hel1" })],
  ["inventory/sites/hel1/pools.yaml", documents(["ServerPool", "AddressPool"], { site: "hel1" })],
  ["inventory/sites/hel1/racks/hel1-r017.yaml", documents(["Rack"], { name: "hel1-r017", site: "hel1" })],
  ["clusters/channels/stable.yaml", documents(["Channel"], { name: "stable" })],
  ["clusters/classes/gpu-a.yaml", documents(["MachineClass"], { name: "gpu-a" })],
  ["clusters/addons/metallb/addon.yaml", documents(["Addon"], { name: "metallb" })],
  ["clusters/hel1/hel1-vran7/cluster.yaml", documents(["Cluster"], { name: "hel1-vran7", site: "hel1" })],
  ["approvals/2026-11-21-new-disks.yaml", documents(["Approval"], { name: "2026-11-21-new-disks" })],
  ["locks/hel1-r017-u07.yaml", documents(["Lock"], { name: "hel1-r017-u07" })],
  ["inventory/allocations/hel1/hel1-r017.yaml", { role: "lock", kinds: [] }],
  ["inventory/sites/hel1/secrets.sops.yaml", { role: "secrets", kinds: [] }],
  ["clusters/hel1/hel1-vran7/secrets.sops.yaml", { role: "secrets", kinds: [] }],
  ["clusters/hel1/hel1-vran7/patches/hugepages.yaml", { role: "patch", kinds: [] }],
  ["inventory/patches/a.yaml", { role: "patch", kinds: [] }],
  ["inventory/sites/hel1/racks/patches/deep/er.yaml", { role: "patch", kinds: [] }],
])("%s has a use", check);

test.each([
  "inventory/README.md",
  "inventory/sites/.gitkeep",
  "inventory/.hidden/x.yaml",
  "clusters/hel1/.x.yaml",
  "clusters/addons/metallb/values.yaml",
  "clusters/addons/metallb/crds/x.yml",
  "generated/sites/hel1/x.yaml",
  "docs/x.yml",
  "fleet.yaml",
])("%s is none of ichor's business", (path) => {
  check(path, undefined);
});

test.each([
  "inventory/x.yaml",
  "inventory/racks/r1.yaml",
  "inventory/models/dell/r640.yaml",
  "inventory/sites/hel1.yaml",
  "inventory/sites/hel1/racks/a/r1.yaml",
  "inventory/allocations/hel1-r017.yaml",
  "clusters/hel1/cluster.yaml",
  "clusters/hel1/hel1-vran7/other.yaml",
  "clusters/addons/metallb.yaml",
  "clusters/hel1/hel1-vran7/secrets.yaml",
  "approvals/2026/x.yaml",
  "locks/hel1/x.yaml",
])("%s is in the wrong place", (path) => {
  check(path, "ICH1002");
});

test.each([
  "inventory/fleet.yml",
  "clusters/addons/metallb/patches.YAML/x.Yml",
  "clusters/channels/stable.YAML",
])("%s has the wrong ending", (path) => {
  check(path, path.startsWith("clusters/addons/") ? undefined : "ICH1003");
});

test("secrets in the clear are met with what to do about them", () => {
  expect(placeOf("clusters/hel1/hel1-vran7/secrets.yaml")).toMatchObject({
    hint: expect.stringContaining("encrypt"),
  });
});
