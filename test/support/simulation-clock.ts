import type { LabClock } from "../../src/lab/clock.ts";

/** Time in which nothing happens but what was scheduled, one thing after another. */
export interface StepClock extends LabClock {
  /** Lets the next thing happen; false where there is none. */
  readonly next: () => boolean;
  readonly delay: (milliseconds: number) => Promise<void>;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  action: (() => void) | undefined;
}

export function createStepClock(start: number): StepClock {
  let now = start;
  let order = 0;
  const queue: Entry[] = [];
  const isBefore = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order);
  const schedule = (delay: number, action: () => void) => {
    const entry: Entry = { at: now + Math.max(0, delay), order: order++, action };
    let [low, high] = [0, queue.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = queue[middle];
      if (other !== undefined && isBefore(entry, other)) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, entry);
    return () => {
      entry.action = undefined;
    };
  };
  const unused = () => {
    throw new Error("this clock goes step by step");
  };
  return {
    now: () => now,
    schedule,
    next: () => {
      for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
        if (entry.action === undefined) continue;
        now = entry.at;
        entry.action();
        return true;
      }
      return false;
    },
    delay: (milliseconds) => new Promise((resolve) => void schedule(milliseconds, resolve)),
    advance: unused,
    run: unused,
    stop: () => {
      queue.length = 0;
    },
  };
}
