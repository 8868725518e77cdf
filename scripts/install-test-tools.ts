import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** The real programs that tests hand generated files to, and the Debian packages that have them. */
const TOOLS: readonly { readonly program: string; readonly package: string; readonly for: string }[] = [
  { program: "git", package: "git", for: "reading commits" },
  { program: "vtysh", package: "frr", for: "reading every frr.conf" },
];

/**
 * Installs what is missing of the programs that the tests need, with apt-get where this is Debian or Ubuntu and
 * the user is root. Nothing happens where all are there.
 *
 * @throws Error that names the command to run where it cannot install: no test is skipped for a missing program
 */
export function installTestTools(): void {
  const missing = TOOLS.filter(({ program }) => !isInstalled(program));
  if (missing.length === 0) return;
  const packages = missing.map((tool) => tool.package);
  const command = `apt-get update && apt-get install --yes --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !isInstalled("apt-get")) {
    const wanted = missing.map((tool) => `${tool.program} (${tool.for})`).join(", ");
    throw new Error(`The tests need ${wanted}. Install it as root: ${command}`);
  }
  process.stderr.write(`tests: installing ${packages.join(", ")} with apt-get, once\n`);
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  const still = missing.filter(({ program }) => !isInstalled(program));
  if (status === 0 && still.length === 0) return;
  throw new Error(`Installing ${packages.join(", ")} failed; run: ${command}\n${stdout}${stderr}`);
}

/** Whether a program is on PATH, or in the folders of root's programs, which a user's PATH may lack. */
function isInstalled(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => folder !== "" && existsSync(join(folder, program)));
}
