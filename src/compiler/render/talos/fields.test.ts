import { describe, expect, it } from "vitest";
import type { Path } from "../../../core/path.ts";
import { documentKind, documentKinds, kindVersions, typeAt } from "./fields.ts";

function check(kind: string, path: Path, minor = 14): string | undefined {
  const type = typeAt(kind, path, minor);
  return type === undefined ? undefined : [type.class, type.merge].filter(Boolean).join(" ");
}

describe("Talos' documents and fields", () => {
  it.each<[string, Path, string | undefined]>([
    ["v1alpha1", ["machine", "certSANs"], "list append"],
    ["v1alpha1", ["cluster", "network", "podSubnets"], "list replace"],
    ["v1alpha1", ["machine", "network", "interfaces"], "list interface"],
    ["v1alpha1", ["machine", "network", "interfaces", 0, "mtu"], "integer"],
    ["v1alpha1", ["machine", "kubelet", "extraConfig"], "free"],
    ["v1alpha1", ["machine", "kubelet", "extraConfig", "maxPods"], "any"],
    ["v1alpha1", ["cluster", "apiServer", "extraArgs"], "args"],
    ["v1alpha1", ["machine", "sysctls", "a.b"], "string"],
    ["v1alpha1", ["machine", "install", "wipe"], "pointer"],
    ["ExtensionServiceConfig", ["configFiles"], "list mountPath"],
    ["VolumeConfig", ["provisioning", "diskSelector", "match"], "forgetful"],
    ["TimeSyncConfig", ["bootTimeout"], "duration"],
    ["LinkConfig", ["addresses", 0, "nowhere"], undefined],
    ["v1alpha1", ["constructor"], undefined],
    ["Nothing", [], undefined],
  ])("says of %s %j that it is %s", (kind, path, expected) => {
    expect(check(kind, path)).toBe(expected);
  });

  it("knows since when a kind exists", () => {
    expect(documentKind("VethConfig", 13)).toBeUndefined();
    expect(documentKind("VethConfig", 14)).toBeDefined();
    expect(documentKind("VethConfig", 15)).toBeDefined();
    expect(kindVersions("VethConfig")).toBe("needs Talos v1.14");
    expect(kindVersions("LinkConfig")).toBeUndefined();
  });

  it("knows since when a field exists", () => {
    expect(check("DHCPv4Config", ["ignoreRoutes"], 13)).toBeUndefined();
    expect(check("DHCPv4Config", ["ignoreRoutes"], 14)).toBe("pointer");
  });

  it("takes versions older than it knows for the oldest that it knows", () => {
    expect(documentKinds(9)).toEqual(documentKinds(12));
  });

  it("knows which kinds are for control planes only", () => {
    const kinds = documentKinds(14).filter((kind) => documentKind(kind, 14)?.controlPlane === true);
    expect(kinds).toHaveLength(14);
    expect(kinds).toContain("KubeProxyConfig");
  });

  it("knows which fields a document replaces", () => {
    expect(documentKind("KubeProxyConfig", 14)?.replaces).toEqual([{ path: "cluster.proxy" }]);
    expect(documentKind("HostnameConfig", 13)?.replaces).toContainEqual({
      path: "machine.network.hostname",
      nonZero: true,
    });
  });
});
