import { expect, test } from "vitest";
import type { KindName } from "../../model/kinds.ts";
import { placeOf } from "../load/layout.ts";
import { checkPlace } from "./check-place.ts";

/** What is advised for a document of this kind and name in this file. */
function check(kind: KindName, name: string, file: string): string | undefined {
  const expected = placeOf(file);
  if (expected === undefined || "code" in expected) return undefined;
  const at = { file, document: 0, path: [] };
  return checkPlace({ kind, value: { metadata: { name } }, at, expected })[0]?.hint;
}

test.each<[KindName, string, string, string]>([
  ["Cluster", "b", "clusters/dc1/a/cluster.yaml", "clusters/dc1/b/cluster.yaml"],
  ["Rack", "b", "inventory/sites/dc1/racks/a.yaml", "inventory/sites/dc1/racks/b.yaml"],
  ["Site", "b", "inventory/sites/a/site.yaml", "inventory/sites/b/site.yaml"],
  ["Addon", "b", "clusters/addons/a/addon.yaml", "clusters/addons/b/addon.yaml"],
  ["Approval", "2026-11-21-b", "approvals/a.yaml", "approvals/2026-11-21-b.yaml"],
  ["Cluster", "../b", "clusters/dc1/a/cluster.yaml", "clusters/<site>/<cluster>/cluster.yaml"],
])("a %s named %s in %s belongs in %s", (kind, name, file, home) => {
  expect(check(kind, name, file)).toBe(`write \`name: a\`, or move the document to ${home}`);
});
