import type { Machine } from "./machine.ts";

/** A mounted filesystem as Talos' API shows it; numbers of bytes as texts. */
export interface MountStat {
  readonly filesystem: string;
  readonly mountedOn: string;
  readonly size: string;
  readonly available: string;
}

const MIB = 1024 * 1024;

/** What stands before the data partition of a system disk, with what XFS keeps of it. */
const OVERHEAD = 2304 * MIB;

/** A machine's root and memory filesystems, and the partitions of its disk once it runs from there. */
export function mountsOf({ spec, disk, active }: Machine): readonly MountStat[] {
  const [system] = spec.disks;
  const memory = mount("tmpfs", "/run", Math.floor(spec.memory / 2), 0.99);
  const root = mount("/dev/loop0", "/", 90 * MIB, 0);
  if (disk === undefined || active === undefined || system === undefined) return [root, memory];
  const partition = (number: number) =>
    /\d$/.test(system.id) ? `/dev/${system.id}p${number}` : `/dev/${system.id}${number}`;
  return [
    root,
    memory,
    mount(partition(3), "/system/state", 92 * MIB, 0.9),
    mount(partition(4), "/var", Math.max(0, system.size - OVERHEAD), 0.95),
  ];
}

/** @param free what part of it nobody uses */
function mount(filesystem: string, mountedOn: string, size: number, free: number): MountStat {
  return { filesystem, mountedOn, size: String(size), available: String(Math.floor(size * free)) };
}
