import { integer, oneOf, type Schema, string } from "./schema.ts";

/** Schemas of the values that several kinds use. */

interface Said {
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** RFC 1123 label: what hosts, clusters and racks are called. */
export function name(said: Said = {}): Schema<string> {
  return string({
    pattern: "^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$",
    form: "lower-case letters, digits, - and ., at most 63, starting and ending with a letter or digit",
    ...said,
  });
}

/** A Kubernetes label key. */
export function labelKey(said: Said = {}): Schema<string> {
  return string({
    pattern: "^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$",
    form: "a Kubernetes label key, such as row or example.com/row",
    ...said,
  });
}

/** A Kubernetes label value. */
export function labelValue(said: Said = {}): Schema<string> {
  return string({
    pattern: "^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$",
    form: "at most 63 letters, digits, -, _ and .",
    ...said,
  });
}

export function ipv4(said: Said = {}): Schema<string> {
  return string({ pattern: "^\\d{1,3}(\\.\\d{1,3}){3}$", form: "an IPv4 address such as 10.0.0.1", ...said });
}

export function ipv4Prefix(said: Said = {}): Schema<string> {
  return string({
    pattern: "^\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}$",
    form: "an IPv4 prefix such as 10.0.0.0/24",
    ...said,
  });
}

export function ipv6Prefix(said: Said = {}): Schema<string> {
  return string({
    pattern: "^[0-9a-fA-F:]+/\\d{1,3}$",
    form: "an IPv6 prefix such as 2001:db8::/48",
    ...said,
  });
}

export function macAddress(said: Said = {}): Schema<string> {
  return string({
    pattern: "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$",
    form: "six bytes in hexadecimal with colons, such as d0:94:66:aa:11:01",
    ...said,
  });
}

export function uuid(said: Said = {}): Schema<string> {
  return string({
    pattern: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    form: "a UUID such as 4c4c4544-0058-4b10-8032-b7c04f4d3133",
    ...said,
  });
}

/** A length of time as Kubernetes people write it: `30s`, `10m`, `24h`, `7d`. */
export function duration(said: Said = {}): Schema<string> {
  return string({ pattern: "^[1-9]\\d*(s|m|h|d)$", form: "a number and s, m, h or d, such as 30m", ...said });
}

/** A count or a share: `3` or `10%`. */
export function countOrPercent(said: Said = {}): Schema<number | string> {
  return {
    anyOf: [
      integer({ minimum: 0 }),
      string({ pattern: "^(100|[1-9]?\\d)%$", form: "a whole number or a percentage such as 10%" }),
    ],
    ...said,
  };
}

/** A size on disk: `400GiB`, `2TB`. */
export function size(said: Said = {}): Schema<string> {
  return string({
    pattern: "^[1-9]\\d*(MB|GB|TB|MiB|GiB|TiB)$",
    form: "a number and MiB, GiB, TiB, MB, GB or TB",
    ...said,
  });
}

/** A whole version with its v, as the projects' tags are. */
export function version(said: Said = {}): Schema<string> {
  return string({
    pattern: "^v\\d+\\.\\d+\\.\\d+(-[0-9a-z.]+)?$",
    form: "a whole version such as v1.14.1",
    ...said,
  });
}

export function url(said: Said = {}): Schema<string> {
  return string({
    pattern: "^[a-z][a-z0-9+.-]*://[^\\s/?#]\\S*$",
    form: "a URL such as https://example.org/x",
    ...said,
  });
}

export function asn(said: Said = {}): Schema<number> {
  return integer({ minimum: 1, maximum: 4294967294, ...said });
}

/** A calendar date of ISO 8601. */
export function date(said: Said = {}): Schema<string> {
  return string({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", form: "a date such as 2026-11-28", ...said });
}

/** A Kubernetes taint: `key=value:NoSchedule`, the value may be missing. */
export function taint(said: Said = {}): Schema<string> {
  return string({
    pattern: "^[A-Za-z0-9][A-Za-z0-9_./-]*(=[A-Za-z0-9_.-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$",
    form: "key=value:Effect, the effect being NoSchedule, PreferNoSchedule or NoExecute",
    ...said,
  });
}

export const arch = (said: Said = {}) => oneOf(["amd64", "arm64"], said);
