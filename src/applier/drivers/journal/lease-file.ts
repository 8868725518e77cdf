import { link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isMapping } from "../../../core/mapping.ts";
import { formatTime } from "../../../core/time.ts";
import type { Acquired, Lease, LeaseDriver, LeaseHolder } from "../../execute/lease.ts";

export interface LeaseFileOptions {
  readonly directory: string;
  readonly run: string;
  readonly host: string;
  readonly pid: number;
  /** How long a lease lasts without being renewed, in milliseconds. */
  readonly lasts: number;
  readonly now: () => Date;
}

/**
 * Leases as files that all appliers see: `<cluster>.<number>.json`, of which the greatest number counts. Taking over
 * means making the next number, which the file system allows once; so of two that find a lease over, one gets it. The
 * clocks of the hosts must agree to well within `lasts`.
 */
export function createLeaseFiles(options: LeaseFileOptions): LeaseDriver {
  return {
    acquire: async (cluster) => {
      await mkdir(options.directory, { recursive: true, mode: 0o700 });
      const newest = Math.max(0, ...(await numbersOf(options.directory, cluster)));
      if (newest > 0) {
        const holder = await readHolder(options, cluster, newest);
        if (Date.parse(holder.expires) > options.now().getTime()) return { heldBy: holder };
      }
      return claim(options, cluster, newest + 1);
    },
  };
}

async function claim(options: LeaseFileOptions, cluster: string, number: number): Promise<Acquired> {
  const { directory } = options;
  const path = pathOf(directory, cluster, number);
  const draft = `${path}.${options.run}.${options.pid}.draft`;
  const expires = await writeHolder(options, draft);
  try {
    // With its content at once and only where there is no such file.
    await link(draft, path);
  } catch (caught) {
    if (!hasCode(caught, "EEXIST")) throw caught;
    return { heldBy: await readHolder(options, cluster, number) };
  } finally {
    await rm(draft, { force: true });
  }
  const numbers = await numbersOf(directory, cluster);
  const newest = Math.max(number, ...numbers);
  if (newest > number) {
    // The folder was listed while others made and removed files: a greater number counts.
    await rm(path, { force: true });
    return { heldBy: await readHolder(options, cluster, newest) };
  }
  // The one before is left for those that are listing just now.
  for (const old of numbers) if (old < number - 1) await rm(pathOf(directory, cluster, old), { force: true });
  return { lease: leaseOf(options, cluster, number, expires) };
}

function leaseOf(options: LeaseFileOptions, cluster: string, number: number, first: number): Lease {
  const path = pathOf(options.directory, cluster, number);
  let expires = first;
  let isLost = false;
  const isNewest = async () => (await numbersOf(options.directory, cluster)).every((one) => one <= number);
  const holds = async (): Promise<boolean> => {
    const now = options.now().getTime();
    if (isLost || now >= expires) {
      isLost = true;
      return false;
    }
    if (expires - now > (options.lasts * 2) / 3) return true;
    const draft = `${path}.${options.run}.${options.pid}.draft`;
    const renewed = await writeHolder(options, draft);
    await rename(draft, path);
    // Whoever took it over before the renewal was there has the greater number.
    if (!(await isNewest()) || options.now().getTime() >= expires) isLost = true;
    else expires = renewed;
    return !isLost;
  };
  let last: Promise<boolean> = Promise.resolve(true);
  return {
    holds: () => {
      last = last.catch(() => true).then(holds);
      return last;
    },
    release: async () => {
      await last.catch(() => true);
      if (isLost || !(await isNewest())) return;
      isLost = true;
      // The file stays, so that numbers only grow; its time is over.
      const draft = `${path}.${options.run}.${options.pid}.draft`;
      await writeHolder(options, draft, 0);
      await rename(draft, path);
    },
  };
}

/** Writes a file that is on the disk when this resolves; gives when the lease ends. */
async function writeHolder(
  options: LeaseFileOptions,
  path: string,
  lasts: number = options.lasts,
): Promise<number> {
  const expires = lasts === 0 ? 0 : options.now().getTime() + lasts;
  const { run, host, pid } = options;
  const holder: LeaseHolder = { run, host, pid, expires: formatTime(new Date(expires)) };
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(holder)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return Date.parse(holder.expires);
}

async function readHolder(
  { directory, now, lasts }: LeaseFileOptions,
  cluster: string,
  number: number,
): Promise<LeaseHolder> {
  const path = pathOf(directory, cluster, number);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (caught) {
    if (!(caught instanceof SyntaxError) && !hasCode(caught, "ENOENT")) throw caught;
  }
  if (isHolder(value)) return value;
  // What cannot be read holds: a person has to look and remove it.
  return { run: "unknown", host: "unknown", pid: 0, expires: formatTime(new Date(now().getTime() + lasts)) };
}

function isHolder(value: unknown): value is LeaseHolder {
  if (!isMapping(value) || typeof value["pid"] !== "number") return false;
  const { run, host, expires } = value;
  return (
    [run, host, expires].every((one) => typeof one === "string") && !Number.isNaN(Date.parse(String(expires)))
  );
}

async function numbersOf(directory: string, cluster: string): Promise<number[]> {
  const names = await readdir(directory);
  return names.flatMap((name) => {
    const match = /^(.+)\.(\d{1,15})\.json$/.exec(name);
    return match?.[1] === cluster ? [Number(match[2])] : [];
  });
}

function pathOf(directory: string, cluster: string, number: number): string {
  return join(directory, `${cluster}.${number}.json`);
}

function hasCode(caught: unknown, code: string): boolean {
  return caught instanceof Error && "code" in caught && caught.code === code;
}
