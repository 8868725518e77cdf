import { describe, expect, test } from "vitest";
import { createClock } from "../../../test/support/executor-fleet.ts";
import type { Eviction, KubernetesApi, KubernetesNode, KubernetesPod } from "../kubernetes-api.ts";
import { cordonNode, type Drained, drainPods, uncordonNode } from "./drain-node.ts";

const MARK = "ichor.dev/cordoned-by";

function pod(name: string, changes: Partial<KubernetesPod> = {}): KubernetesPod {
  return {
    namespace: "shop",
    name,
    uid: `uid of ${name}`,
    node: "w0",
    phase: "Running",
    ready: true,
    terminating: false,
    controller: { kind: "ReplicaSet", name: "web" },
    mirror: false,
    labels: {},
    ...changes,
  };
}

function unused(): never {
  throw new Error("not of this test");
}

function apiOf(parts: Partial<KubernetesApi>): KubernetesApi {
  const none = { nodes: unused, node: unused, setUnschedulable: unused, pods: unused, evict: unused };
  return { ...none, close: () => undefined, ...parts };
}

describe("cordonNode", () => {
  const OURS = { [MARK]: "run-1" };
  async function cordon(node: Partial<KubernetesNode> | undefined, mark: string | undefined) {
    const set: unknown[] = [];
    const whole = node && ({ name: "w0", unschedulable: false, annotations: {}, ...node } as KubernetesNode);
    const api = apiOf({
      node: async () => whole,
      setUnschedulable: async (...all) => void set.push(all),
    });
    return { cordon: await cordonNode(api, "w0", mark), set };
  }

  test.each<[string, Partial<KubernetesNode> | undefined, string | undefined, string | undefined, unknown[]]>(
    [
      ["a run marks it", {}, "run-2", "ours", [["w0", true, "run-2"]]],
      ["a run goes on with what one left", { unschedulable: true, annotations: OURS }, "run-2", "ours", []],
      ["a run leaves a person's", { unschedulable: true }, "run-2", "others", []],
      [
        "a run marks one whose old mark was left",
        { annotations: OURS },
        "run-2",
        "ours",
        [["w0", true, "run-2"]],
      ],
      ["a person's has no mark", {}, undefined, "others", [["w0", true, undefined]]],
      [
        "a person takes over a run's",
        { unschedulable: true, annotations: OURS },
        undefined,
        "others",
        [["w0", true, undefined]],
      ],
      ["a person's twice is one", { unschedulable: true }, undefined, "others", []],
      ["there is none", undefined, "run-2", undefined, []],
    ],
  )("%s", async (_, node, mark, said, set) => {
    expect(await cordon(node, mark)).toEqual({ cordon: said, set });
  });
});

test("uncordonNode takes the mark off with the cordon, and leaves what has none", async () => {
  const set: unknown[] = [];
  const node = { name: "w0", unschedulable: true, annotations: {} } as unknown as KubernetesNode;
  const of = (one: KubernetesNode) =>
    apiOf({ node: async () => one, setUnschedulable: async (...all) => void set.push(all) });
  await uncordonNode(of(node), "w0");
  expect(set).toEqual([]);
  await uncordonNode(of({ ...node, annotations: { [MARK]: "run-1" } }), "w0");
  expect(set).toEqual([["w0", false, undefined]]);
});

describe("drainPods", () => {
  /** Drains with what each look shows, the last one again and again, and what becomes of evictions. */
  async function drain(
    looks: readonly (readonly KubernetesPod[])[],
    evict: (one: KubernetesPod) => Eviction = () => ({ state: "accepted" }),
  ) {
    const clock = createClock();
    const asked: string[] = [];
    const waits: string[] = [];
    let look = 0;
    const api = apiOf({
      pods: async () => looks[Math.min(look++, looks.length - 1)] ?? [],
      evict: async (one) => {
        asked.push(one.uid);
        return evict(one);
      },
    });
    const drained: Drained = await clock.run(
      drainPods({
        api,
        node: "w0",
        limit: 60_000,
        poll: 10_000,
        attempts: 3,
        now: clock.now,
        wait: clock.wait,
        signal: new AbortController().signal,
        onWait: (what) => waits.push(what),
      }),
    );
    return { drained, asked, waits, looks: look };
  }

  test("goes by UID: a pod of the same name, and all that come later, are left alone", async () => {
    const again = pod("db-0", { uid: "another" });
    const { drained, asked } = await drain([[pod("db-0")], [again, pod("late")]]);
    expect(drained).toEqual({ state: "drained" });
    expect(asked).toEqual(["uid of db-0"]);
  });

  test("looks once more when the time is over, and names what is left", async () => {
    const pods = Array.from({ length: 8 }, (_, place) => pod(`web-${place}`, { terminating: true }));
    const { drained, asked, waits, looks } = await drain([pods]);
    expect(drained).toEqual({
      state: "held",
      why: "8 pods: shop/web-0, shop/web-1, shop/web-2, shop/web-3, shop/web-4, shop/web-5 and 2 more",
    });
    expect([asked, waits, looks]).toEqual([[], ["8 pods"], 7]);
  });

  test("says once how many each budget holds, and in which namespace", async () => {
    const pods = [pod("web-0"), pod("web-1"), pod("db-0", { namespace: "data" }), pod("free")];
    const { waits } = await drain([pods], ({ name, namespace }) =>
      name === "free" ? { state: "gone" } : { state: "blocked", why: `budget of ${namespace}` },
    );
    expect(waits).toEqual([
      "4 pods, 1 held in namespace data: budget of data, 2 held in namespace shop: budget of shop",
    ]);
  });

  test("has so many evictions under way at a time", async () => {
    let now = 0;
    let most = 0;
    const clock = createClock();
    const pods = Array.from({ length: 40 }, (_, place) => pod(`web-${place}`));
    let left = pods;
    const api = apiOf({
      pods: async () => left,
      evict: async () => {
        most = Math.max(most, ++now);
        await clock.wait(10);
        now--;
        left = [];
        return { state: "accepted" };
      },
    });
    const { wait } = clock;
    const request = { api, node: "w0", limit: 60_000, poll: 1000, attempts: 3, now: clock.now, wait };
    const signal = new AbortController().signal;
    await clock.run(drainPods({ ...request, signal, onWait: () => undefined }));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThan(10);
  });
});
