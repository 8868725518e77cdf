import { planFleet } from "../../applier/plan/plan-fleet.ts";
import { carryOut } from "../apply/carry-out.ts";
import type { ExecuteOptions, RunOptions } from "../apply/options.ts";
import { observeSession, planInput } from "../apply/session.ts";
import type { Registration } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { openNodes } from "./choose-nodes.ts";
import type { ServerRequest } from "./choose-servers.ts";

export interface RebootRequest extends ServerRequest, RunOptions, ExecuteOptions {
  /** Workers of a cluster at a time; the narrower of this and git counts. */
  readonly maxParallel: number | undefined;
}

/** `ichor node reboot`: reboots machines by a plan, under every rule that holds for `ichor apply`. */
export async function rebootNodes(registration: Registration, request: RebootRequest): Promise<ExitCode> {
  const signal = registration.terminal.interruption();
  const opened = await openNodes(registration, request);
  if (opened === undefined) return EXIT.error;
  const { session, names } = opened;
  try {
    const live = await observeSession(session, { parallel: request.parallel, signal });
    const { maxParallel, drain: drains } = request;
    const input = planInput(session, live, {
      mode: "auto",
      limits: maxParallel === undefined ? {} : { maxParallel },
      drains,
      reboot: { names: new Set(names), reason: "somebody asked for it with `ichor node reboot`" },
    });
    return await carryOut(registration, session, { plan: planFleet(input), request, signal });
  } finally {
    session.close();
  }
}
