import { setTimeout } from "node:timers/promises";
import { readSecretYaml } from "../../compiler/load/read-secret-yaml.ts";
import { readFolder } from "../../compiler/write/read-sources.ts";
import { serveControl } from "../../lab/control-server.ts";
import { createLab, type Lab } from "../../lab/lab.ts";
import { colorOf, type Registration, rootOf } from "../command.ts";
import { compileTree } from "../compile-here.ts";
import { count } from "../count.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { formatText } from "../format-diagnostics.ts";
import { requireRepository } from "../repository.ts";
import { desiredOf } from "./desired.ts";

/** A lab that answers, and the URL that plan and apply take for it. */
export interface RunningLab {
  readonly lab: Lab;
  readonly url: string;
  readonly machines: number;
  readonly stop: () => Promise<void>;
}

export interface LabRequest {
  /** Times as fast as real machines. */
  readonly speed: number;
  readonly seed: string;
  /** Of the control server; 0: any that is free. */
  readonly port: number;
}

/**
 * Brings up a simulated machine for every server that the repository gives to a cluster, powered on and booted from the
 * network, as racks are when they have been cabled. Undefined where the repository has errors, which were printed.
 */
export async function startLab(
  registration: Registration,
  { speed, seed, port }: LabRequest,
): Promise<RunningLab | undefined> {
  const root = requireRepository(rootOf(registration));
  const { value, diagnostics } = compileTree(readFolder(root));
  if (value === undefined) {
    registration.terminal.stderr(formatText(diagnostics, { color: colorOf(registration) }));
    return undefined;
  }
  const { clusters } = desiredOf(value, () => true, undefined);
  const machines = [...clusters.values()].flatMap(({ talos, machines: own }) =>
    own.map((machine) => ({ ...machine, talos })),
  );
  const lab = createLab({
    machines,
    speed,
    seed,
    talos: "v1.14.1",
    readYaml: (text) => {
      const { value: documents, diagnostics: found } = readSecretYaml("configuration", text);
      return found.length > 0 ? { error: "the text is no YAML" } : { documents };
    },
    onError: (machine, error) => {
      registration.terminal.stderr(
        `lab: ${machine}: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    },
  });
  await lab.start();
  const control = await serveControl(lab, port);
  const powers = machines.map((machine) => lab.power.of(machine)).filter((power) => power !== undefined);
  await Promise.all(powers.map((power) => power.networkBoot()));
  const stop = async () => {
    await control.close();
    await lab.stop();
  };
  return { lab, url: control.url, machines: machines.length, stop };
}

/** `ichor lab up`: a simulated fleet until somebody ends it. */
export async function labUp(registration: Registration, request: LabRequest): Promise<ExitCode> {
  const { terminal } = registration;
  const signal = terminal.interruption();
  const running = await startLab(registration, request);
  if (running === undefined) return EXIT.error;
  terminal.stderr(
    `${count(running.machines, "simulated machine")} on 127.0.0.0/8, ${request.speed} times as fast as real ones; Ctrl-C ends them\n`,
  );
  terminal.stdout(`export ICHOR_LAB=${running.url}\n`);
  while (!signal.aborted) await setTimeout(1_000_000, undefined, { signal }).catch(() => undefined);
  await running.stop();
  return EXIT.ok;
}
