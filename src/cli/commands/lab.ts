import { readCount } from "../apply/options.ts";
import type { RegisterCommand } from "../command.ts";

/** `ichor lab up`: the whole fleet, simulated, to plan and apply against. */
export const labCommand: RegisterCommand = (registration) => {
  const { program, finish } = registration;
  const group = program.command("lab").description("simulated machines, to try plan and apply without any");
  group
    .command("up")
    .description("bring up every machine of the repository in this process, until it is ended")
    .option("--speed <n>", "times as fast as real machines", "60")
    .option("--seed <text>", "the same seed gives the same identifiers and elections", "ichor")
    .option("--port <n>", "of the control server; one that is free by default")
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const { labUp } = await import("../apply/lab.ts");
      const request = {
        speed: readCount("--speed", flags["speed"]) ?? 60,
        seed: String(flags["seed"]),
        port: readCount("--port", flags["port"]) ?? 0,
      };
      finish(await labUp(registration, request));
    });
};
