import { isAtLeast } from "../../model/talos-impact.ts";
import type { DesiredCluster } from "../desired.ts";
import type { LiveMachine } from "../live.ts";
import { type Draft, does, impactOf } from "./draft.ts";

/** How many workers may go at a time. */
export interface Width {
  readonly maxParallel: number;
  /** Of machines that run now and would be away. */
  readonly maxDisturbed: number;
}

/** Whether a worker may be away for a while: something on it is restarted, or its routes change. */
function isDisturbed(draft: Draft): boolean {
  return draft.isFabric || isAtLeast(impactOf(draft.actions), "service-restart");
}

/** Whether a machine serves now; one that waits for its installation was never there to miss. */
export function isAway(live: LiveMachine): boolean {
  if (live.state === "running") return live.stage !== "running" || !live.ready;
  return live.state !== "maintenance";
}

export function widthOf(
  { maxParallel, maxUnavailable }: DesiredCluster,
  workers: readonly Draft[],
  limit: number | undefined,
): Width {
  const away = workers.filter(({ live }) => isAway(live)).length;
  return {
    maxParallel: Math.max(1, Math.min(maxParallel, limit ?? maxParallel)),
    maxDisturbed: maxUnavailable - away,
  };
}

/**
 * The steps of a cluster, one after another. First the control planes, one at a time: the one on which etcd is
 * bootstrapped, those that join, the others, etcd's leader last. Then the workers: as many at a time as may be, of as
 * many racks as there are, and those whose routes change alone, after the others.
 */
export function wavesOf(drafts: readonly Draft[], width: Width): Draft[][] {
  const busy = drafts.filter(({ actions }) => actions.length > 0);
  const [controlPlanes, workers] = [
    busy.filter(isControlPlane),
    busy.filter((draft) => !isControlPlane(draft)),
  ];
  return [
    ...inTurn(controlPlanes).map((draft) => [draft]),
    ...workerWaves(
      workers.filter(({ isFabric }) => !isFabric),
      width,
    ),
    ...workers.filter(({ isFabric }) => isFabric).map((draft) => [draft]),
  ];
}

/** The order in which machines of a cluster are reached, as far as budgets care. */
export function inTurn(drafts: readonly Draft[]): Draft[] {
  return drafts.toSorted((a, b) => turnOf(a) - turnOf(b));
}

function turnOf(draft: Draft): number {
  if (!isControlPlane(draft)) return draft.isFabric ? 6 : 5;
  if (does(draft, "bootstrap") || does(draft, "record-bootstrap")) return 0;
  if (does(draft, "install")) return 1;
  return isLeader(draft.live) ? 3 : 2;
}

export function isControlPlane({ machine }: Draft): boolean {
  return machine.type === "controlplane";
}

function isLeader(live: LiveMachine): boolean {
  const status = live.state === "running" ? live.etcd?.status : undefined;
  return status !== undefined && status.leader === status.memberId;
}

function workerWaves(workers: readonly Draft[], width: Width): Draft[][] {
  const waves: Draft[][] = [];
  let left = [...workers];
  while (left.length > 0) {
    const wave = nextWave(left, width);
    waves.push(wave);
    left = left.filter((draft) => !wave.includes(draft));
  }
  return waves;
}

/** Takes, while there is room, the next machine of the rack that has the fewest in the wave. */
function nextWave(left: readonly Draft[], { maxParallel, maxDisturbed }: Width): Draft[] {
  const wave: Draft[] = [];
  const racks = Map.groupBy(left, ({ machine }) => machine.rack);
  const taken = new Map<string, number>();
  let disturbed = 0;
  // The first one always goes: where there is no room for a disturbed one, it was withheld before.
  const fits = (draft: Draft) =>
    wave.length === 0 || !addsDisturbed(draft) || disturbed < Math.max(1, maxDisturbed);
  while (wave.length < maxParallel) {
    const next = [...racks]
      .map(([rack, drafts]) => ({ rack, draft: drafts.find((one) => !wave.includes(one) && fits(one)) }))
      .filter((one): one is { rack: string; draft: Draft } => one.draft !== undefined)
      .toSorted((a, b) => (taken.get(a.rack) ?? 0) - (taken.get(b.rack) ?? 0))[0];
    if (next === undefined) break;
    wave.push(next.draft);
    taken.set(next.rack, (taken.get(next.rack) ?? 0) + 1);
    if (addsDisturbed(next.draft)) disturbed += 1;
  }
  return wave;
}

/** A machine that is away already is missed no more when it reboots. */
export function addsDisturbed(draft: Draft): boolean {
  return isDisturbed(draft) && !isAway(draft.live);
}
