import type { Command } from "commander";
import {
  readCount,
  readExecuteOptions,
  readRunOptions,
  withExecuteOptions,
  withLabOption,
  withRunOptions,
} from "../apply/options.ts";
import type { RegisterCommand, Registration } from "../command.ts";
import { secondsOf } from "../duration.ts";
import { readSelector, withSelectors } from "../selector.ts";

type Flags = Readonly<Record<string, unknown>>;

/** `ichor node …`: what people do to single machines. */
export const nodeCommand: RegisterCommand = (registration) => {
  const group = registration.program
    .command("node")
    .description("lock, unlock, reboot, drain and uncordon single machines");
  registerLocks(group, registration);
  registerReboot(group, registration);
  registerDrain(group, registration);
};

const NAMES = "<names...>";

function registerLocks(group: Command, registration: Registration): void {
  const { finish } = registration;
  withSelectors(group.command(`lock ${NAMES}`))
    .description(
      "keep ichor's hands off machines: writes locks/NAME.yaml, to be committed; needs no network and no keys",
    )
    .requiredOption("--reason <text>", "what everybody reads who meets the lock")
    .option("--until <date>", "the last day on which it holds, as in 2026-11-28, by the calendar of UTC")
    .action(async (names: readonly string[], flags: Flags) => {
      const { lockNodes } = await import("../node/lock.ts");
      const { reason, until } = flags;
      const request = {
        names,
        selector: readSelector(flags),
        reason: String(reason),
        until: typeof until === "string" ? until : undefined,
      };
      finish(lockNodes(registration, request));
    });
  withSelectors(group.command(`unlock ${NAMES}`))
    .description("remove the locks of machines")
    .action(async (names: readonly string[], flags: Flags) => {
      const { unlockNodes } = await import("../node/lock.ts");
      finish(unlockNodes(registration, { names, selector: readSelector(flags) }));
    });
}

function registerReboot(group: Command, registration: Registration): void {
  const { finish } = registration;
  withExecuteOptions(withRunOptions(withSelectors(group.command(`reboot ${NAMES}`))))
    .description("reboot machines and change nothing else, in the order and under the rules of ichor apply")
    .option("--outside-window", "also clusters whose window is closed: for a repair that cannot wait")
    .option("--max-parallel <n>", "workers of a cluster at a time; the narrower of this and git counts")
    .action(async (names: readonly string[], flags: Flags) => {
      const { rebootNodes } = await import("../node/reboot.ts");
      const request = {
        ...readRunOptions(flags),
        ...readExecuteOptions(flags),
        names,
        selector: readSelector(flags),
        maxParallel: readCount("--max-parallel", flags["maxParallel"]),
      };
      finish(await rebootNodes(registration, request));
    });
}

function registerDrain(group: Command, registration: Registration): void {
  const { finish } = registration;
  withLabOption(withSelectors(group.command(`drain ${NAMES}`)))
    .description(
      "keep new pods from nodes and evict those that are there, as kubectl drain --ignore-daemonsets --delete-emptydir-data",
    )
    .option("--timeout <time>", "for each node, as in 90s, 5m or 1h", "5m")
    .action(async (names: readonly string[], flags: Flags) => {
      const { drainNodes } = await import("../node/drain.ts");
      const request = {
        ...readRunOptions(flags),
        names,
        selector: readSelector(flags),
        timeout: secondsOf(String(flags["timeout"])),
      };
      finish(await drainNodes(registration, request));
    });
  withLabOption(withSelectors(group.command(`uncordon ${NAMES}`)))
    .description("let pods onto nodes again, whoever kept them away")
    .action(async (names: readonly string[], flags: Flags) => {
      const { uncordonNodes } = await import("../node/drain.ts");
      const request = { ...readRunOptions(flags), names, selector: readSelector(flags) };
      finish(await uncordonNodes(registration, request));
    });
}
