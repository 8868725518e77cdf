import type { SwitchModelSpec } from "./kinds/models.ts";

/** The ports that one key of `SwitchModel.spec.ports` means. */
export interface PortRange {
  readonly speed: string;
  /** Whether the port is one of them. */
  readonly has: (port: string) => boolean;
}

/** The parts of `Ethernet{0..47}`; `from` and `to` are undefined for a single port, whose name is `prefix`. */
export function parsePortRange(written: string): {
  readonly prefix: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
} {
  const [, prefix = written, from, to] = /^(.*)\{(\d+)\.\.(\d+)\}$/.exec(written) ?? [];
  return {
    prefix,
    from: from === undefined ? undefined : Number(from),
    to: to === undefined ? undefined : Number(to),
  };
}

/** The ports of a switch model. Ranges are not written out, so that a mistyped one costs nothing. */
export function portRanges(model: SwitchModelSpec): PortRange[] {
  return Object.entries(model.ports).map(([written, { speed }]) => {
    const { prefix, from, to } = parsePortRange(written);
    if (from === undefined || to === undefined) return { speed, has: (port) => port === written };
    return {
      speed,
      has: (port) => {
        if (!port.startsWith(prefix)) return false;
        const digits = port.slice(prefix.length);
        const number = /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : -1;
        return number >= from && number <= to;
      },
    };
  });
}
