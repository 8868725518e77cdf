import { isMapping } from "../../../core/mapping.ts";
import { type Power, type PowerDriver, PowerError } from "../../power.ts";

/** Longer than any of the lab's BMCs takes where time passes at all. */
const TIMEOUT_MS = 30_000;

/** The BMCs of a lab that runs in another process. @param url of its control server: `http://127.0.0.1:8900` */
export function createLabPower(url: string): PowerDriver {
  return { of: ({ name, serial }) => powerOf({ url, name, serial }) };
}

interface Target {
  readonly url: string;
  readonly name: string;
  readonly serial: string;
}

function powerOf(target: Target): Power {
  const press = async (action: string) => {
    await ask(target, action, `/power/${action}`, "POST");
  };
  return {
    status: async () => {
      const { power, bmc } = await ask(target, "status", "", "GET");
      if (bmc !== "up") throw new PowerError(placeOf(target, "status"), "the BMC does not answer");
      return power === "on" ? "on" : "off";
    },
    networkBoot: () => press("network-boot"),
    powerCycle: () => press("cycle"),
    powerOff: () => press("off"),
    powerOn: () => press("on"),
  };
}

async function ask(
  target: Target,
  operation: string,
  path: string,
  method: "GET" | "POST",
): Promise<Readonly<Record<string, unknown>>> {
  const at = placeOf(target, operation);
  try {
    const response = await fetch(`${target.url}/machines/${encodeURIComponent(target.serial)}${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    if (response.ok && isMapping(body)) return body;
    const why = isMapping(body) ? body["error"] : undefined;
    throw new PowerError(at, typeof why === "string" ? why : `the lab answered ${response.status}`);
  } catch (error) {
    if (error instanceof PowerError) throw error;
    throw new PowerError(at, error instanceof Error ? error.message : "the lab does not answer");
  }
}

function placeOf(
  { name }: Target,
  operation: string,
): { readonly machine: string; readonly operation: string } {
  return { machine: name, operation };
}
