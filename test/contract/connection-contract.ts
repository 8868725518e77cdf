import { describe, expect, test } from "vitest";
import { createCluster } from "./cluster.ts";
import { connect, type Differences, open, refusalOf, type Start } from "./machine-under-test.ts";

/** Who speaks to whom, and what becomes of a connection that ends. */
export function connectionContract(start: Start, differences: Differences): void {
  describe("know each other", () => {
    test("by the cluster's authority on both sides", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      expect(await admin.version()).toEqual({ tag: machine.facts.talos, arch: "amd64" });
    });

    test("and the machine takes nobody whom another authority vouches for", async () => {
      const machine = await open(start);
      const [own, stranger] = [machine.cluster, await createCluster()];
      const credentials = {
        ...(await stranger.credentials("os:admin")),
        authorities: own.authority.certificate,
      };
      const api = machine.driver.connect({ machine: "m1", address: machine.address, credentials });
      const code = differences.cutsStrangers === undefined ? "untrusted" : "unavailable";
      expect(await refusalOf(api.version())).toMatchObject({ code, machine: "m1" });
      api.close();
    });

    test("and we take no machine that another authority vouches for", async () => {
      const machine = await open(start);
      const stranger = await createCluster();
      const credentials = {
        ...(await machine.cluster.credentials("os:admin")),
        authorities: stranger.authority.certificate,
      };
      const api = machine.driver.connect({ machine: "m1", address: machine.address, credentials });
      expect(await refusalOf(api.version())).toMatchObject({ code: "untrusted", machine: "m1" });
      api.close();
    });

    test("and we take no machine whose certificate is for another address", async () => {
      const machine = await open(start);
      const credentials = await machine.cluster.credentials("os:admin");
      const api = machine.driver.connect({
        machine: "m2",
        address: "127.77.77.77",
        credentials,
      });
      expect(["untrusted", "unavailable"]).toContain((await refusalOf(api.version())).code);
      api.close();
    });

    test("and a cluster's machine is none in maintenance mode", async () => {
      const machine = await open(start);
      const contact = machine.driver.connectMaintenance({ machine: "m1", address: machine.address });
      expect(await refusalOf(contact)).toMatchObject({ code: "untrusted", machine: "m1" });
    });
  });

  describe("a connection", () => {
    test("that was cut is made again for the next call", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      await admin.version();
      await machine.cut();
      expect((await admin.version()).tag).toBe(machine.facts.talos);
    });

    test("that is cut ends a watch with an error, so that nobody waits for ever", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const status = { namespace: "runtime", type: "MachineStatuses.runtime.talos.dev" };
      const watch = admin.watchResources(status, new AbortController().signal)[Symbol.asyncIterator]();
      await watch.next();
      await watch.next();
      await machine.cut();
      expect(await refusalOf(watch.next())).toMatchObject({ code: "unavailable" });
    });

    test("that we closed makes no further call", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      admin.close();
      expect(await refusalOf(admin.version())).toMatchObject({ code: "cancelled" });
    });
  });
}
