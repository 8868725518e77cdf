import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { type RegisterCommand, rootOf } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

/** One thing that ichor needs, and whether it is there. */
interface Finding {
  readonly ok: boolean;
  readonly what: string;
  /** What to do where it is not. */
  readonly remedy?: string;
}

/** `ichor doctor`: whether this machine and this folder have what ichor needs. */
export const doctor: RegisterCommand = (registration) => {
  const { program, terminal, finish } = registration;
  program
    .command("doctor")
    .description("check that this machine and this folder have what ichor needs")
    .action(() => {
      const findings = [node(), ...git(rootOf(registration)), ...repository(rootOf(registration))];
      for (const { ok, what, remedy } of findings) {
        terminal.stdout(
          `${ok ? "ok     " : "missing"}  ${what}${ok || remedy === undefined ? "" : `\n         ${remedy}`}\n`,
        );
      }
      finish(findings.every((finding) => finding.ok) ? EXIT.ok : EXIT.error);
    });
};

function node(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  return { ok: major >= 24, what: `Node ${process.versions.node}`, remedy: "install Node 24 or newer" };
}

function git(root: string): Finding[] {
  const version = spawnSync("git", ["--version"], { encoding: "utf8" });
  if (version.status !== 0)
    return [{ ok: false, what: "git", remedy: "install git: ichor diff reads commits with it" }];
  const inside = spawnSync("git", ["-C", root, "rev-parse", "--is-inside-work-tree"], { encoding: "utf8" });
  return [
    { ok: true, what: version.stdout.trim() },
    {
      ok: inside.status === 0,
      what: `${root} is in a git repository`,
      remedy: "run git init: a change request is a pull request",
    },
  ];
}

function repository(root: string): Finding[] {
  return [
    {
      ok: existsSync(join(root, "inventory", "fleet.yaml")),
      what: "inventory/fleet.yaml",
      remedy: 'go to the root of a fleet repository, name it with -C, or make one with "ichor init"',
    },
  ];
}
