import { describe, expect, test } from "vitest";
import { connect, connectMaintenance, open, refusalOf, type Start, until } from "./machine-under-test.ts";

const HARDWARE = {
  namespace: "hardware",
  type: "SystemInformations.hardware.talos.dev",
  id: "systeminformation",
};

/** A machine without a configuration: it asks nobody who they are, and nobody knows its certificate. */
export function maintenanceContract(start: Start): void {
  describe("in maintenance mode", () => {
    test("speak without a client's certificate, and the key is the one that the machine shows", async () => {
      const machine = await open(start, { mode: "maintenance" });
      const api = await connectMaintenance(machine);
      expect(api.fingerprint).toMatch(/^[A-Za-z0-9+/]{43}=$/);
      const shown = machine.facts.fingerprint();
      if (shown !== undefined) expect(api.fingerprint).toBe(shown);
      expect((await api.version()).tag).toBe(machine.facts.talos);
    });

    test("hardware, interfaces and stage can be read", async () => {
      const machine = await open(start, { mode: "maintenance" });
      const api = await connectMaintenance(machine);
      const hardware = await api.getResource(HARDWARE);
      expect(hardware?.yaml).toContain(`uuid: ${machine.facts.uuid}`);
      expect(hardware?.yaml).toContain(`serialnumber: ${machine.facts.serial}`);
      const links = await api.listResources({ namespace: "network", type: "LinkStatuses.net.talos.dev" });
      expect(links.map(({ yaml }) => yaml).join("\n")).toContain(machine.facts.mac);
    });

    test("a machine with another key at the same address is told nothing", async () => {
      const machine = await open(start, { mode: "maintenance" });
      const api = await connectMaintenance(machine);
      await api.version();
      const before = await machine.calls?.();
      await machine.restart();
      const apply = { text: machine.cluster.config(), mode: "auto", dryRun: false } as const;
      const refused = async () => (await refusalOf(api.applyConfiguration(apply))).code;
      // The first call may still find the old connection, and find it gone.
      await until(async () => (await refused()) !== "unavailable");
      expect(await refused()).toBe("untrusted");
      expect(await machine.calls?.()).toEqual(before);
    });

    test("a cluster's certificate is of no use: the machine's own is from nobody we know", async () => {
      const machine = await open(start, { mode: "maintenance" });
      const admin = await connect(machine, "os:admin");
      expect(await refusalOf(admin.version())).toMatchObject({ code: "untrusted" });
    });

    test("a configuration is tried, refused with the machine's words, and taken", async () => {
      const machine = await open(start, { mode: "maintenance" });
      const api = await connectMaintenance(machine);
      const text = machine.cluster.config();
      const dry = await api.applyConfiguration({ text, mode: "auto", dryRun: true });
      expect(dry).toMatchObject({ mode: "no-reboot" });
      const twice = { apiVersion: "v1alpha1", kind: "HostnameConfig", hostname: "m9" };
      const bad = machine.cluster.config({ documents: [twice] });
      const refusal = await refusalOf(api.applyConfiguration({ text: bad, mode: "auto", dryRun: false }));
      expect(refusal).toMatchObject({
        code: "invalid-argument",
        details: expect.stringContaining("HostnameConfig"),
      });
      expect(await api.applyConfiguration({ text, mode: "auto", dryRun: false })).toMatchObject({
        mode: "no-reboot",
      });
    });

    test.each([
      ["reboot", (api) => api.reboot("default")],
      ["reset", (api) => api.reset({ graceful: false, reboot: true, partitions: [] })],
      ["bootstrap", (api) => api.bootstrap()],
      ["remove a member of etcd", (api) => api.removeEtcdMember("1")],
    ] as const satisfies readonly (readonly [
      string,
      (api: Awaited<ReturnType<typeof connectMaintenance>>) => Promise<void>,
    ])[])("nobody can %s", async (_, call) => {
      const machine = await open(start, { mode: "maintenance" });
      const api = await connectMaintenance(machine);
      expect(await refusalOf(call(api))).toMatchObject({
        code: "permission-denied",
        details: expect.stringContaining("not authorized"),
      });
    });

    test("secrets cannot be read", async () => {
      const machine = await open(start, { mode: "maintenance" });
      const api = await connectMaintenance(machine);
      const config = { namespace: "config", type: "MachineConfigs.config.talos.dev", id: "v1alpha1" };
      expect(await refusalOf(api.getResource(config))).toMatchObject({ code: "permission-denied" });
    });
  });
}
