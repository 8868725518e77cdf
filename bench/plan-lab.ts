import { writeFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { serveControl } from "../src/lab/control-server.ts";
import { clientRequest, labOf } from "./plan-machines.ts";
import { openPlace } from "./plan-session.ts";

/**
 * The lab in a process of its own: `node bench/plan-lab.ts ROOT REQUEST`, the age identity on the first line of stdin.
 * Writes what the Go client needs to the file REQUEST. Answers every further line with what it has used so far, and ends
 * with its stdin.
 */
const [root = "", request = ""] = process.argv.slice(2);
const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
const { value: key } = await lines.next();
const { lab, url } = await start(String(key));
say({ url });
for (let line = await lines.next(); line.done !== true; line = await lines.next()) say(usage());
await lab.stop();
process.exit();

/** In a function of its own: what it knows of the fleet is no part of the lab's memory. */
async function start(identity: string) {
  const session = await openPlace({ root, key: identity, lab: undefined });
  writeFileSync(request, JSON.stringify(clientRequest(session)), { mode: 0o600 });
  const made = labOf(session);
  await made.start();
  const control = await serveControl(made, 0);
  return { lab: made, url: control.url };
}

function usage() {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const { rss } = process.memoryUsage();
  return { cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMiB: maxRSS / 1024, nowMiB: rss / 2 ** 20 };
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
