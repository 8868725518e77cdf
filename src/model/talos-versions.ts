/** What one minor version of Talos supports. */
export interface TalosMinor {
  /** The oldest and newest minor version of Kubernetes that it runs, both inclusive: 32 for Kubernetes 1.32. */
  readonly kubernetes: { readonly min: number; readonly max: number };
  /** The Kubernetes version that this Talos installs when nothing else is said. */
  readonly defaultKubernetes: string;
  /** The tag of the etcd image that this Talos runs when nothing else is said, as Talos writes it. */
  readonly defaultEtcd: string;
  /** The oldest minor version of Talos that can be upgraded to this one in one step. */
  readonly upgradeFrom: number;
}

/**
 * The minor versions of Talos 1 that ichor makes configurations for, by number.
 *
 * Source: Talos' machinery module, `compatibility/talos1NN/talos1NN.go` for the ranges and
 * `constants/constants.go` for the defaults, at v1.12.7, v1.13.9 and v1.14.1.
 */
export const TALOS_MINORS: ReadonlyMap<number, TalosMinor> = new Map([
  [
    12,
    {
      kubernetes: { min: 30, max: 35 },
      defaultKubernetes: "v1.35.4",
      defaultEtcd: "v3.6.9",
      upgradeFrom: 10,
    },
  ],
  [
    13,
    {
      kubernetes: { min: 31, max: 36 },
      defaultKubernetes: "v1.36.3",
      defaultEtcd: "v3.6.12",
      upgradeFrom: 11,
    },
  ],
  [
    14,
    {
      kubernetes: { min: 32, max: 37 },
      defaultKubernetes: "v1.37.0",
      defaultEtcd: "3.7.1",
      upgradeFrom: 12,
    },
  ],
]);

/**
 * The minor number of a version of major version 1, with or without patch level: 14 of `v1.14.1` and `v1.14`.
 *
 * @returns undefined for any other major version and for what is no version
 */
export function minorOf(version: string): number | undefined {
  const digits = /^v?1\.(\d+)(?:\.|-|$)/.exec(version)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** What the Talos version `v1.14.1` supports, or undefined where ichor does not know its minor version. */
export function talosMinor(version: string): TalosMinor | undefined {
  const minor = minorOf(version);
  return minor === undefined ? undefined : TALOS_MINORS.get(minor);
}

/** Whether this Talos version runs this Kubernetes version; patch levels and pre-releases do not count. */
export function runsKubernetes(talos: string, kubernetes: string): boolean {
  const range = talosMinor(talos)?.kubernetes;
  const minor = minorOf(kubernetes);
  return range !== undefined && minor !== undefined && minor >= range.min && minor <= range.max;
}
