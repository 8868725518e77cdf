import { describe } from "vitest";
import { applyContract } from "./apply-contract.ts";
import { connectionContract } from "./connection-contract.ts";
import { etcdContract } from "./etcd-contract.ts";
import { inspectContract } from "./inspect-contract.ts";
import type { Differences, Start } from "./machine-under-test.ts";
import { maintenanceContract } from "./maintenance-contract.ts";
import { operationsContract } from "./operations-contract.ts";
import { resourcesContract } from "./resources-contract.ts";
import { rolesContract } from "./roles-contract.ts";

/**
 * What a machine and our driver have to agree on, as tests that run equally against Talos' own code and against the
 * simulated machine.
 *
 * @param differences what this kind of machine does otherwise, and why that is well
 */
export function talosContract(name: string, start: Start, differences: Differences): void {
  describe(`the driver and ${name}`, () => {
    connectionContract(start, differences);
    maintenanceContract(start);
    rolesContract(start);
    applyContract(start, differences);
    resourcesContract(start, differences);
    etcdContract(start);
    operationsContract(start, differences);
    inspectContract(start);
  });
}
