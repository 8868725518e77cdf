import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { goCommand } from "../go.ts";
import { combine, type VersionTable } from "./combine.ts";

/** Minor versions of Talos of which there is a Go module beside this file. */
const MINORS = [12, 13, 14];

/** Where the table stands that the compiler reads. */
export const FIELDS_FILE = fileURLToPath(
  new URL("../../../src/compiler/render/talos/talos-fields.data.json", import.meta.url),
);

/** Runs the Go programs against Talos' own types and returns the text that {@link FIELDS_FILE} must have. */
export async function talosFieldsText(): Promise<string> {
  const tables = new Map<number, VersionTable>();
  for (const minor of MINORS) tables.set(minor, await versionTable(minor));
  return combine(tables);
}

async function versionTable(minor: number): Promise<VersionTable> {
  const cwd = fileURLToPath(new URL(`v1.${minor}`, import.meta.url));
  const env = { ...process.env, GOTOOLCHAIN: "local", GOWORK: "off", CGO_ENABLED: "0" };
  const { stdout } = await promisify(execFile)(goCommand(), ["run", "."], { cwd, env, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as VersionTable;
}
