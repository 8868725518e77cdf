import { describe, expect, test } from "vitest";
import { createFleet } from "../../../test/support/executor-fleet.ts";
import type { RunningMachine } from "../live.ts";
import { etcdProblem, isWithoutEtcd, type Seen } from "./etcd.ts";

type Change = (live: RunningMachine) => RunningMachine;
type Etcd = NonNullable<RunningMachine["etcd"]>;

/** Three healthy members, some of them changed. */
function seen(changes: Readonly<Record<string, Change>> = {}): readonly Seen[] {
  const fleet = createFleet([{ name: "a", controlPlanes: 3, workers: 0 }]);
  fleet.bringUp("a");
  return (fleet.desired().clusters.get("a")?.machines ?? []).map((machine) => {
    const live = fleet.live(machine);
    const change = changes[machine.name];
    return { machine, live: live.state === "running" && change !== undefined ? change(live) : live };
  });
}

const etcd =
  (change: (old: Etcd) => Etcd): Change =>
  (live) => ({ ...live, etcd: live.etcd && change(live.etcd) });
const status = (change: Partial<NonNullable<Etcd["status"]>>): Change =>
  etcd((old) => ({ ...old, status: old.status && { ...old.status, ...change } }));

describe("a control plane may be touched", () => {
  test("while all members are healthy", () => {
    for (const purpose of ["change", "reboot", "after"] as const) {
      expect(etcdProblem(seen(), "a-cp0", purpose)).toBeUndefined();
    }
  });

  test("when it is the one that is not healthy itself", () => {
    const sick = seen({ "a-cp0": status({ errors: ["no space"] }) });
    expect(etcdProblem(sick, "a-cp0", "reboot")).toBeUndefined();
    expect(etcdProblem(sick, "a-cp0", "after")).toContain("no space");
  });

  test.each<[string, Change, string]>([
    ["learns", status({ isLearner: true }), "is still learning"],
    ["has errors", status({ errors: ["corrupt"] }), "has errors: corrupt"],
    ["has no leader", status({ leader: "0" }), "has no leader"],
    ["follows another leader", status({ leader: "77" }), "do not agree on a leader"],
    ["shows no state", etcd((old) => ({ ...old, status: undefined })), "does not show its state"],
    [
      "has other members",
      etcd((old) => ({ ...old, members: old.members.slice(1) })),
      "has other members than",
    ],
    ["shows nothing", (live) => ({ ...live, etcd: undefined }), "does not show its state"],
  ])("but not while another one %s", (_, change, why) => {
    expect(etcdProblem(seen({ "a-cp1": change }), "a-cp0", "reboot")).toContain(why);
  });

  test("but not while etcd has a member that is no control plane of the cluster", () => {
    const stranger = { id: "9", hostname: "elsewhere", peerUrls: [], isLearner: false };
    const add = etcd((old) => ({ ...old, members: [...old.members, stranger] }));
    const all = seen({ "a-cp0": add, "a-cp1": add, "a-cp2": add });
    expect(etcdProblem(all, "a-cp0", "change")).toContain('"elsewhere" is no control plane');
  });

  test("but not while it has an etcd of which no machine shows the members: git may not name them all any more", () => {
    const silent = etcd(() => undefined as never);
    const others: Change = (live) => ({
      ...live,
      etcd: undefined,
      services: [{ id: "etcd", state: "Preparing", healthy: false, unknown: true, message: "" }],
    });
    const all = seen({ "a-cp0": silent, "a-cp1": others, "a-cp2": others });
    for (const purpose of ["change", "reboot"] as const)
      expect(etcdProblem(all, "a-cp0", purpose)).toBe('"a-cp0" does not show its members');
    expect(etcdProblem(all.slice(0, 1), "a-cp0", "reboot")).toBeUndefined();
  });

  test("and is done with only when all members list it", () => {
    const leave = etcd((old) => ({
      ...old,
      members: old.members.filter(({ hostname }) => hostname !== "a-cp0"),
    }));
    const all = seen({ "a-cp0": (live) => ({ ...live, etcd: undefined }), "a-cp1": leave, "a-cp2": leave });
    expect(etcdProblem(all, "a-cp0", "join")).toBeUndefined();
    expect(etcdProblem(all, "a-cp0", "after")).toBe('"a-cp0" is no member yet');
  });
});

test.each([
  ["Preparing", true],
  ["Waiting", true],
  ["Running", false],
  ["Failed", false],
  ["Stopping", false],
])("a service etcd in state %s is proof that there is no etcd: %s", (state, isProof) => {
  const [first] = seen({
    "a-cp0": (live) => ({
      ...live,
      etcd: undefined,
      services: [{ id: "etcd", state, healthy: false, unknown: true, message: "" }],
    }),
  });
  expect(first && isWithoutEtcd(first.live)).toBe(isProof);
});

test("silence is no proof that there is no etcd", () => {
  expect(isWithoutEtcd({ state: "unreachable", why: "" })).toBe(false);
  expect(isWithoutEtcd({ state: "foreign", why: "" })).toBe(false);
});
