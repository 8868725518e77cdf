import { InternalError } from "../../core/invariant.ts";
import { formatTime } from "../../core/time.ts";
import type { LiveMachine, RunningMachine } from "../live.ts";
import type { Action, MachinePlan, Refusal } from "../plan/plan.ts";
import { bootstrap, recordBootstrap } from "./bootstrap.ts";
import { configure } from "./configure.ts";
import { identityProblem, wrongMachine } from "./connection.ts";
import type { ClusterRun, MachineRun } from "./context.ts";
import { uncordon } from "./drain.ts";
import type { MachineResult, Outcome, Problem } from "./events.ts";
import { failureOf, problem, StepFailure } from "./failure.ts";
import { install } from "./install.ts";
import { reboot } from "./reboot.ts";
import { step } from "./step.ts";

/** Does what the plan says of one machine. Everything but a bug becomes its result. */
export async function executeMachine(cluster: ClusterRun, plan: MachinePlan): Promise<MachineResult> {
  const { context } = cluster;
  const at = { cluster: cluster.desired.name, machine: plan.machine };
  const actions = plan.actions.map(({ do: what }) => what);
  context.onEvent({ event: "machine-started", at: formatTime(context.now()), ...at, actions });
  const result: MachineResult = { ...at, ...(await outcomeOf(cluster, plan)) };
  context.onEvent({ event: "machine-done", at: formatTime(context.now()), ...result });
  return result;
}

async function outcomeOf(
  cluster: ClusterRun,
  plan: MachinePlan,
): Promise<Pick<MachineResult, "outcome" | "reasons">> {
  try {
    const machine = cluster.desired.machines.find(({ name }) => name === plan.machine);
    if (machine === undefined || machine.type !== plan.type) {
      const message = `cluster "${cluster.desired.name}" has no ${plan.type} "${plan.machine}"`;
      throw new StepFailure("refused", problem("ICH8015", message), { stops: beginsEtcd(plan) });
    }
    const run: MachineRun = { cluster, context: cluster.context, machine, plan };
    const live = await admit(run);
    for (const action of plan.actions) await act(run, action, live);
    return { outcome: "done", reasons: [] };
  } catch (caught) {
    if (caught instanceof InternalError) {
      cluster.stopped ??= problem("ICH8013", `"${plan.machine}" met a bug`);
      throw caught;
    }
    const failure = failureOf(caught, cluster.context.redact);
    if (failure.stops) {
      const message = `"${plan.machine}" did not succeed: ${failure.problem.code}`;
      cluster.stopped ??= problem("ICH8013", message);
    }
    return { outcome: failure.outcome, reasons: [failure.problem] };
  }
}

/** Whether the machine may be touched at all: nobody holds it back, and it is as it was when it was planned. */
async function admit(run: MachineRun): Promise<LiveMachine> {
  const { context, machine, plan } = run;
  const held = await context.hold(machine);
  if (held !== undefined)
    throw new StepFailure(outcomeOfRefusal(held), withoutKind(held), { stops: beginsEtcd(plan) });
  return step(run, "look", async () => {
    let live = await context.observe(machine);
    let seen = await context.seenOf(machine, live);
    // One lost answer makes a machine look different; it gets a few looks before the plan counts as stale.
    for (let look = 1; look < context.limits.attempts && seen !== plan.seen; look++) {
      await context.wait(context.limits.poll);
      live = await context.observe(machine);
      seen = await context.seenOf(machine, live);
    }
    if (live.state === "running" && live.hardware.uuid !== "") {
      const wrong = identityProblem(machine, live.hardware, { macs: false });
      if (wrong !== undefined) throw wrongMachine(machine, wrong);
    }
    if (seen === plan.seen) return live;
    const message = `"${machine.name}" is not as it was when the plan was made: it is ${describe(live)} now`;
    throw new StepFailure("refused", problem("ICH8003", message, "plan again"), { stops: beginsEtcd(plan) });
  });
}

/** Whether the others of its cluster have nothing to join where this machine is left out. */
function beginsEtcd({ actions }: MachinePlan): boolean {
  return actions.some((action) => action.do === "bootstrap" || action.do === "record-bootstrap");
}

function describe(live: LiveMachine): string {
  switch (live.state) {
    case "running":
      return live.stage === "running" ? "running" : `running in stage "${live.stage}"`;
    case "maintenance":
      return "in maintenance mode";
    case "unreachable":
    case "foreign":
      return live.state;
  }
}

function act(run: MachineRun, action: Action, live: LiveMachine): Promise<void> {
  switch (action.do) {
    case "install":
      return install(run, action, live);
    case "configure":
      return configure(run, action, running(run, live));
    case "reboot":
      return reboot(run, running(run, live));
    case "bootstrap":
      return bootstrap(run);
    case "record-bootstrap":
      return recordBootstrap(run);
    case "uncordon":
      return uncordon(run);
  }
}

function running({ machine, plan }: MachineRun, live: LiveMachine): RunningMachine {
  if (live.state === "running") return live;
  const what = plan.actions.map(({ do: one }) => one).join(", ");
  throw new StepFailure(
    "refused",
    problem("ICH8015", `"${machine.name}" is ${describe(live)}, and the plan says \`${what}\``),
  );
}

/** What a refusal makes of a machine. */
export function outcomeOfRefusal({ kind }: Refusal): Outcome {
  return kind === "wait" ? "waiting" : kind === "refused" ? "refused" : "not-started";
}

export function withoutKind({ code, message, hint }: Refusal): Problem {
  return hint === undefined ? { code, message } : { code, message, hint };
}
