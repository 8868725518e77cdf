import { connect } from "node:net";
import { expect, test } from "vitest";
import { labCluster, labMachines } from "../../test/contract/fixtures/lab-cluster.ts";
import { votersOf } from "./etcd.ts";
import { createLab } from "./lab.ts";
import { loopbackOf } from "./server.ts";

/** A part of 127.0.0.0/8 that no other test of the lab uses. */
const RACK = 91;

test.each(["v1.13", "v1.14"] as const)(
  "machines of %s run their configuration from the start",
  async (form) => {
    const talos = `${form}.1`;
    const machines = labMachines(5, RACK, talos);
    const cluster = await labCluster("running", form);
    const texts = new Map(
      machines.slice(0, 4).map((machine, index) => {
        return [machine.name, cluster.config(machine, index < 3 ? "controlplane" : "worker")];
      }),
    );
    const lab = createLab({ machines, speed: 0, seed: "s", talos, running: ({ name }) => texts.get(name) });
    for (const [name, text] of texts) {
      const machine = lab.fleet.find(name);
      expect(machine).toMatchObject({
        stage: "running",
        power: "on",
        active: { text },
        persistent: { text },
      });
      expect(machine?.running?.talos).toBe(machine?.disk?.next.talos);
    }
    expect(lab.fleet.find("m4")).toMatchObject({ power: "off", api: "closed" });
    const etcd = lab.fleet.find("m2")?.etcd?.cluster;
    expect(
      etcd &&
        votersOf(etcd)
          .map(({ name }) => name)
          .toSorted(),
    ).toEqual(["m0", "m1", "m2"]);
    await lab.start();
    await Promise.all(machines.slice(0, 4).map(({ loopback }) => answers(loopbackOf(loopback))));
    await lab.stop();
  },
);

test("a text that is no whole configuration cannot run", () => {
  const options = { machines: labMachines(1, RACK), speed: 0, seed: "s", talos: "v1.13.9" };
  for (const text of ["kind: HostnameConfig", "a: [", ""]) {
    expect(() => createLab({ ...options, running: () => text })).toThrow(/configuration is not whole/);
  }
});

function answers(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 50_000 }, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
