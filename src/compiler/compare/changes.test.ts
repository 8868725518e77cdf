import { expect, test } from "vitest";
import { compareDocuments } from "./changes.ts";
import { judge } from "./impact.ts";

const kubelet = (image: string) => ({ machine: { type: "worker", kubelet: { image } } });

test("the same documents in another order are no change", () => {
  const a = { kind: "HostnameConfig", hostname: "a" };
  const b = { kind: "LinkConfig", name: "eno1", up: true };
  expect(compareDocuments([a, b], [b, a])).toEqual([]);
});

test("a change names the document, the path and both values", () => {
  expect(compareDocuments([kubelet("x:1")], [kubelet("x:2")])).toEqual([
    { document: "v1alpha1", path: ["machine", "kubelet", "image"], before: "x:1", after: "x:2" },
  ]);
});

test("a document that comes is one change, with all that is in it", () => {
  const link = { kind: "LinkConfig", name: "eno1", up: true };
  expect(compareDocuments([], [link])).toEqual([
    { document: "LinkConfig/eno1", path: [], before: undefined, after: link },
  ]);
});

test("a list is one value: its elements have no names", () => {
  const servers = (list: readonly string[]) => ({ kind: "TimeSyncConfig", ntp: { servers: list } });
  expect(compareDocuments([servers(["a", "b"])], [servers(["b"])])).toHaveLength(1);
});

const machine = (part: object) => ({ machine: { type: "worker", ...part } });

test.each([
  ["machine.sysctls", machine({}), machine({ sysctls: { a: "1" } }), 13, "none"],
  ["machine.kubelet", kubelet("x:1"), kubelet("x:2"), 13, "service-restart"],
  ["machine.udev on Talos 1.13", machine({}), machine({ udev: { rules: ["x"] } }), 13, "reboot"],
  ["machine.udev on Talos 1.14", machine({}), machine({ udev: { rules: ["x"] } }), 14, "none"],
  ["a feature", machine({ features: {} }), machine({ features: { rbac: true } }), 13, "reboot"],
  ["host DNS", machine({ features: {} }), machine({ features: { hostDNS: {} } }), 13, "none"],
  ["the API server", { cluster: {} }, { cluster: { apiServer: { image: "x" } } }, 13, "service-restart"],
  ["the machine type", machine({ type: "controlplane" }), machine({}), 14, "reinstall"],
] as const)("a change of %s has its impact", (_, before, after, minor, impact) => {
  expect(judge(compareDocuments([before], [after]), minor).impact).toBe(impact);
});

test("another file of FRR restarts the extension, and says so", () => {
  const frr = (content: string) => ({
    kind: "ExtensionServiceConfig",
    name: "frr",
    configFiles: [{ content }],
  });
  const judgement = judge(compareDocuments([frr("a")], [frr("b")]), 13);
  expect(judgement).toEqual({ impact: "service-restart", reason: expect.stringContaining("BGP") });
});

test("another installer image is an upgrade with a reboot", () => {
  const install = (image: string) => ({ machine: { install: { image } } });
  expect(judge(compareDocuments([install("f/i:v1")], [install("f/i:v2")]), 13).impact).toBe("reboot");
});
