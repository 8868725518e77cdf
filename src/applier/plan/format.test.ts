import { describe, expect, test } from "vitest";
import { PlannedFleet, plainDocuments } from "../../../test/support/planned-fleet.ts";
import { formatPlanJson, readPlan } from "./file.ts";
import { formatPlan, formatPlanMarkdown } from "./format.ts";
import { planFleet } from "./plan-fleet.ts";

const frr = (line: string) => ({
  kind: "ExtensionServiceConfig",
  name: "frr",
  configFiles: [{ mountPath: "/etc/frr/frr.conf", content: `router bgp 65001\n ${line}\nexit\n` }],
});

/** Two workers with the same change, one with another frr.conf, one that joins, one that does not answer. */
function planned() {
  const fleet = new PlannedFleet({ workers: 5, desired: { maxParallel: 2, maxUnavailable: 3 } });
  fleet.says(["w0", "w1"], ({ type, name }) => [
    { version: "v1alpha1", machine: { type, kubelet: { image: "kubelet:v2" }, sysctls: { a: "1" } } },
    { apiVersion: "v1alpha1", kind: "HostnameConfig", hostname: name },
  ]);
  fleet.says(["w2"], (machine) => [...plainDocuments(machine), frr("timers 1 3")]);
  const now = [...plainDocuments({ name: "w2", type: "worker" }), frr("timers 3 9")];
  fleet.but("w2", { active: now, persistent: now }).maintenance("w3");
  fleet.is("w4", { state: "unreachable", why: "no answer within 5 s" });
  return planFleet(fleet.input());
}

test("a plan reads like Terraform's, with its steps and what stands against it", () => {
  expect(formatPlan(planned())).toBe(`~ the same on 2 machines: configure, mode auto, impact service-restart
    a: w0, w1
    because kubelet is restarted
    ~ v1alpha1: machine.kubelet.image: "kubelet:v1" -> "kubelet:v2" (service-restart)

+ w3 of a: install, first contact by a power cycle

~ w2 of a: configure, mode try, impact service-restart
    because extension frr is restarted: the node's BGP sessions drop
    ~ ExtensionServiceConfig/frr: configFiles[0].content (service-restart)
          router bgp 65001
        -  timers 3 9
        +  timers 1 3

cluster a in hel1
  step 1: w0, w1
  step 2: w3
  step 3: w2
  ! not seen: "w4" does not answer: no answer within 5 s (ICH7001)
  as they should be: 3

Plan: 1 to add, 3 to change, 0 to destroy
`);
});

test("Markdown has the same, with the changes as a diff", () => {
  const text = formatPlanMarkdown(planned());
  expect(text).toContain("## Plan: 1 to add, 3 to change, 0 to destroy\n");
  expect(text).toContain('```diff\n~ v1alpha1: machine.kubelet.image: "kubelet:v1" -> "kubelet:v2"');
  expect(text).toContain("\n-  timers 3 9\n+  timers 1 3\n```\n");
});

test("what a machine has cannot end a block of Markdown", () => {
  const fleet = new PlannedFleet();
  const active = [
    ...plainDocuments({ name: "w0", type: "worker" }),
    { kind: "HTTPProbeConfig", name: "p", note: "```\n# heading" },
  ];
  fleet.but("w0", { active, persistent: active });
  expect(formatPlanMarkdown(planFleet(fleet.input()))).toContain("````diff\n");
});

test("what a machine says cannot move the cursor of the terminal", () => {
  const fleet = new PlannedFleet();
  const active = [
    ...plainDocuments({ name: "w0", type: "worker" }),
    { kind: "HTTPProbeConfig", name: "p\u001b[2J", note: "\u001b[31m\u202e" },
  ];
  fleet.but("w0", { active, persistent: active }).is("w1", { state: "unreachable", why: "\u001b[2J" });
  expect(formatPlan(planFleet(fleet.input()))).not.toMatch(/[^\n\P{Cc}]|\p{Bidi_Control}/u);
});

test("a fleet that is as git says has no changes, one that is not seen may have some", () => {
  const fleet = new PlannedFleet();
  expect(formatPlan(planFleet(fleet.input()))).toBe("No changes.\n");
  fleet.is("w0", { state: "unreachable", why: "no answer" });
  expect(formatPlan(planFleet(fleet.input()))).toMatch(/\nPlan: 0 to add, 0 to change, 0 to destroy\n$/);
});

describe("a file that is no plan is refused", () => {
  const good = formatPlanJson(planned());
  test.each([
    ["it is no JSON", "clusters:", "ICH7050", "the file is not JSON"],
    ["it is another file", '{"a": 1}', "ICH7050", "a is not known in plans"],
    ["it is a list", "[]", "ICH7050", "the file is not an object"],
    ["it is of another version", good.replace('"1.0"', '"2.0"'), "ICH7051", '"2.0"'],
    ["an action is unknown", good.replace('"do": "install"', '"do": "wipe"'), "ICH7050", "actions[0].do"],
    ["a step is no number", good.replace('"wave": 0', '"wave": -1'), "ICH7050", "wave is not a count"],
    ["something is missing", good.replace(/"seen": "[0-9a-f]+",?/, ""), "ICH7050", "seen is not a text"],
  ])("%s", (_, text, code, message) => {
    const { value, diagnostics } = readPlan(text.replace(/,(\s*[}\]])/g, "$1"), "plan.json");
    expect(value).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code, at: { file: "plan.json" } }]);
    expect(diagnostics[0]?.message).toContain(message);
  });
});
