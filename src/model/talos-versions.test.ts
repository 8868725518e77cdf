import { expect, it } from "vitest";
import { minorOf, runsKubernetes, TALOS_MINORS, talosMinor } from "./talos-versions.ts";

it.each([
  ["v1.14.1", 14],
  ["v1.14", 14],
  ["1.9.0-rc.1", 9],
  ["v1.14-rc.1", 14],
  ["v2.14.1", undefined],
  ["v1.14x", undefined],
  ["1", undefined],
])("the minor number of %s is %s", (version, minor) => {
  expect(minorOf(version)).toBe(minor);
});

it("every Talos version runs the Kubernetes that it installs by default", () => {
  for (const [minor, { defaultKubernetes }] of TALOS_MINORS) {
    expect(runsKubernetes(`v1.${minor}.0`, defaultKubernetes)).toBe(true);
  }
});

it("every Talos version runs six minor versions of Kubernetes", () => {
  for (const { kubernetes } of TALOS_MINORS.values()) expect(kubernetes.max - kubernetes.min).toBe(5);
});

it("patch levels do not count, and an unknown Talos runs nothing", () => {
  expect(runsKubernetes("v1.13.9", "v1.36.99")).toBe(true);
  expect(runsKubernetes("v1.13.9", "v1.37.0-rc.0")).toBe(false);
  expect(runsKubernetes("v1.99.0", "v1.36.0")).toBe(false);
  expect(talosMinor("v1.99.0")).toBeUndefined();
});
