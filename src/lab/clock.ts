/** Undoes what was scheduled; without effect once it has happened. */
export type Cancel = () => void;

/** The time of the simulated world, in milliseconds since 1970, and what is to happen later in it. */
export interface Clock {
  readonly now: () => number;
  readonly schedule: (delay: number, action: () => void) => Cancel;
}

/** A clock whose world can be driven. */
export interface LabClock extends Clock {
  /** Lets so much time pass at once; everything due happens in its order before this returns. */
  readonly advance: (milliseconds: number) => void;
  /** Lets time pass by itself, so many times as fast as outside; 0: by {@link advance} alone. */
  readonly run: (speed: number) => void;
  /** Nothing happens any more. */
  readonly stop: () => void;
}

/** The world outside: a clock that only goes forward, and its timers. */
export interface RealTime {
  readonly now: () => number;
  readonly setTimer: (delay: number, action: () => void) => Cancel;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  action: (() => void) | undefined;
}

/** Events that one call of {@link LabClock.advance} may cause: more is a loop without a pause. */
const MAX_EVENTS = 10_000_000;

/** @param start what the clock shows first, in milliseconds since 1970 */
export function createClock(start: number, real: RealTime): LabClock {
  const queue = createQueue();
  let base = start;
  let realBase = real.now();
  let speed = 0;
  let order = 0;
  let cancelTimer: Cancel = () => undefined;
  let timerAt = Number.POSITIVE_INFINITY;

  const target = () => base + (speed === 0 ? 0 : (real.now() - realBase) * speed);
  /** While something happens, the clock shows when it was due. */
  let current: number | undefined;
  const now = () => current ?? target();

  const rebase = (value: number) => {
    base = value;
    realBase = real.now();
  };
  const arm = () => {
    const next = queue.peek();
    if (speed === 0 || next === undefined || next.at >= timerAt) return;
    cancelTimer();
    timerAt = next.at;
    cancelTimer = real.setTimer(Math.max(0, (next.at - target()) / speed), () => {
      timerAt = Number.POSITIVE_INFINITY;
      runDue();
      arm();
    });
  };
  const runDue = () => {
    const end = target();
    for (let count = 0; count < MAX_EVENTS; count += 1) {
      const next = queue.peek();
      if (next === undefined || next.at > end) break;
      queue.pop();
      if (next.action === undefined) continue;
      current = next.at;
      try {
        next.action();
      } finally {
        current = undefined;
      }
    }
  };
  return {
    now,
    schedule: (delay, action) => {
      const entry: Entry = { at: now() + Math.max(0, delay), order: order++, action };
      queue.push(entry);
      if (current === undefined) arm();
      return () => {
        entry.action = undefined;
      };
    },
    advance: (milliseconds) => {
      rebase(target() + milliseconds);
      runDue();
      timerAt = Number.POSITIVE_INFINITY;
      arm();
    },
    run: (value) => {
      rebase(target());
      speed = value;
      cancelTimer();
      timerAt = Number.POSITIVE_INFINITY;
      arm();
    },
    stop: () => {
      rebase(target());
      speed = 0;
      cancelTimer();
      queue.clear();
    },
  };
}

interface Queue {
  readonly push: (entry: Entry) => void;
  readonly peek: () => Entry | undefined;
  readonly pop: () => void;
  readonly clear: () => void;
}

/** A binary heap: the entry that is due first is at its top, of two at one time the one that came first. */
function createQueue(): Queue {
  let heap: Entry[] = [];
  const isBefore = (a: Entry | undefined, b: Entry | undefined) =>
    a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
  const swap = (i: number, j: number) => {
    const [a, b] = [heap[i], heap[j]];
    if (a === undefined || b === undefined) return;
    heap[i] = b;
    heap[j] = a;
  };
  return {
    push: (entry) => {
      heap.push(entry);
      let at = heap.length - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!isBefore(heap[at], heap[parent])) break;
        swap(at, parent);
        at = parent;
      }
    },
    peek: () => heap[0],
    pop: () => {
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return;
      heap[0] = last;
      let at = 0;
      for (;;) {
        const [left, right] = [at * 2 + 1, at * 2 + 2];
        const least = isBefore(heap[right], heap[left]) ? right : left;
        if (!isBefore(heap[least], heap[at])) break;
        swap(at, least);
        at = least;
      }
    },
    clear: () => {
      heap = [];
    },
  };
}
