import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import type { DesiredMachine } from "../../applier/desired.ts";
import { createLeaseFiles } from "../../applier/drivers/journal/lease-file.ts";
import { DEFAULT_LIMITS, type ExecuteContext, type Limits } from "../../applier/execute/context.ts";
import { observeMachine, readHardware } from "../../applier/observe/observe.ts";
import { isSameConfiguration } from "../../applier/plan/documents.ts";
import type { Refusal } from "../../applier/plan/plan.ts";
import { checkLock } from "../../applier/plan/safety/machine.ts";
import { checkFreeze, checkPaused, checkWindow } from "../../applier/plan/safety/policy.ts";
import { seenOf } from "../../applier/plan/seen.ts";
import { positionOf } from "../../compiler/load/locate.ts";
import { invariant, mustGet } from "../../core/invariant.ts";
import { emitYamlDocuments } from "../../core/yaml-emit.ts";
import { readLock, todayOf } from "../node/lock-file.ts";
import type { Terminal } from "../terminal.ts";
import { localTime } from "./local-time.ts";
import { recordBootstrapped } from "./record.ts";
import type { Session } from "./session.ts";

/** What one run has beside its session. */
export interface RunParts extends Pick<ExecuteContext, "run" | "journal" | "onEvent" | "signal"> {
  /** Where journal and leases are. */
  readonly folder: string;
  /** URL of a lab's control server; undefined for real machines. */
  readonly lab: string | undefined;
  /** Whether nodes are drained before reboots. */
  readonly drain: boolean;
}

/** How long a lease lasts without being renewed: longer than any call, shorter than a coffee. */
const LEASE_MS = 120_000;

/** In the lab hours are minutes: it is asked more often. */
const LAB_LIMITS: Limits = { ...DEFAULT_LIMITS, poll: 100 };

/** A new name for a run: it begins with its time, so that names sort by it. */
export function nameRun(now: Date): string {
  return `${now.toISOString().replaceAll(/[-:]|\.\d+/g, "")}-${randomBytes(3).toString("hex")}`;
}

/** What the executor needs of the world, made of a session. */
export function contextOf({ now }: Terminal, session: Session, parts: RunParts): ExecuteContext {
  const { desired, resolved, secrets, observer, talos, power, workspace } = session;
  const { run } = parts;
  const wanted = (machine: DesiredMachine) => mustGet(resolved, machine.name);
  const lease = {
    directory: join(parts.folder, "leases"),
    run,
    host: hostname(),
    pid: process.pid,
    lasts: LEASE_MS,
  };
  return {
    run,
    desired,
    configuration: (machine) => Promise.resolve(emitYamlDocuments(wanted(machine))),
    talos,
    power,
    kubernetes: parts.drain ? session.kubernetes : () => undefined,
    credentials: (cluster) => mustGet(secrets.credentials, cluster),
    observe: (machine) => observeMachine(observer, machine),
    hardware: (api, machine) => readHardware(api, machine, observer.parseYaml),
    seenOf: (machine, live) => Promise.resolve(seenOf(live, resolved.get(machine.name))),
    inSync: (machine, live, which) => Promise.resolve(isSameConfiguration(wanted(machine), live[which])),
    record: {
      bootstrapped: (cluster, server) => {
        const site = desired.clusters.get(cluster)?.site;
        invariant(site !== undefined, `the run has no cluster ${cluster}`);
        recordBootstrapped(workspace.root, { site, cluster, server });
        return Promise.resolve();
      },
    },
    leases: createLeaseFiles({ ...lease, now }),
    journal: parts.journal,
    hold: (machine) => Promise.resolve(heldBack(session, machine, now())),
    locate: (at) => positionOf(new Map([[at.file, readFileSync(join(workspace.root, at.file), "utf8")]]), at),
    redact: (text) =>
      workspace.guard.check(text) === undefined ? text : "(withheld: it would have held a secret)",
    now,
    wait: (milliseconds) => setTimeout(milliseconds),
    signal: parts.signal,
    limits: parts.lab === undefined ? DEFAULT_LIMITS : LAB_LIMITS,
    onEvent: parts.onEvent,
  };
}

/** A lock may be written, a freeze begin and a window end while a run goes on. */
function heldBack({ desired, workspace }: Session, machine: DesiredMachine, now: Date): Refusal | undefined {
  const cluster = mustGet(desired.clusters, machine.cluster);
  const policies = desired.policies.get(cluster.site) ?? [];
  return (
    checkPaused(cluster.site, policies) ??
    checkFreeze(cluster.site, policies, now) ??
    checkWindow(cluster, { now, localTime }) ??
    checkLock(machine, readLock(workspace.root, machine.name, todayOf(now)))
  );
}
