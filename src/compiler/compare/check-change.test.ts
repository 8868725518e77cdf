import { describe, expect, test } from "vitest";
import { aFleet } from "../../../test/support/inventory.ts";
import { checkChange } from "./check-change.ts";

const cluster = (spec: object) => aFleet().set("Cluster", "hel1-mgmt", spec).build();
const codes = (before: object, after: object) =>
  checkChange(cluster(before), cluster(after)).map(({ code, at }) =>
    "path" in at ? `${code} ${at.path.join(".")}` : code,
  );

describe("in one change", () => {
  test("a protected cluster is not made ready for deletion and deleted", () => {
    expect(codes({}, { protect: false, state: "deleting" })).toEqual(["ICH3601 spec.state"]);
  });

  test("a protected cluster is not made ready to shrink and shrunk", () => {
    expect(
      codes({ controlPlane: { replicas: 5 } }, { protect: false, controlPlane: { replicas: 3 } }),
    ).toEqual(["ICH3601 spec.controlPlane.replicas"]);
  });

  test("the protection may be taken off, or a cluster without it be deleted", () => {
    expect(codes({}, { protect: false })).toEqual([]);
    expect(codes({ protect: false }, { protect: false, state: "deleting" })).toEqual([]);
  });

  test("a protected cluster may grow while its protection goes", () => {
    expect(
      codes({ controlPlane: { replicas: 3 } }, { protect: false, controlPlane: { replicas: 5 } }),
    ).toEqual([]);
  });
});
