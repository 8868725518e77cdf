import { describe, expect, test } from "vitest";
import {
  connect,
  type Differences,
  type MachineUnderTest,
  open,
  refusalOf,
  type Start,
} from "./machine-under-test.ts";

const IMAGE =
  "factory.example/metal-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";

/** Services of a control plane that Talos checks. */
const CHECKED = ["apid", "containerd", "cri", "etcd", "kubelet", "machined", "trustd", "udevd"];

/** Services, upgrades, reboots and resets. */
export function operationsContract(start: Start, differences: Differences): void {
  describe("see services", () => {
    test("that are checked", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const healthy = (await admin.services()).filter((service) => service.healthy);
      expect(healthy.map(({ id }) => id)).toEqual(expect.arrayContaining(CHECKED));
      for (const service of healthy)
        expect(service).toEqual({
          id: service.id,
          state: "Running",
          healthy: true,
          unknown: false,
          message: "",
        });
    });

    test("of extensions, whose health nobody knows", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const extension = (await admin.services()).find(({ id }) => id === "ext-frr");
      expect(extension).toMatchObject({ state: "Running", healthy: false, unknown: true });
    });
  });

  describe("upgrade", () => {
    test("by pulling the image, then installing what was pulled", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      const heard: string[] = [];
      await admin.upgrade({ image: `${IMAGE}:v1.14.2`, onProgress: (line) => heard.push(line) });
      expect(heard.length).toBeGreaterThan(0);
      const calls = await callsOf(machine, ["Pull", "Upgrade"]);
      const containerd = { namespace: "NS_SYSTEM" };
      if (calls !== undefined)
        expect(calls).toEqual([
          { method: "/machine.ImageService/Pull", request: { containerd, imageRef: `${IMAGE}:v1.14.2` } },
          {
            method: "/machine.LifecycleService/Upgrade",
            request: {
              containerd,
              source: { imageName: expect.stringMatching(new RegExp(`^${IMAGE}@sha256:`)) },
            },
          },
        ]);
    });

    test("failed where the installer says so by its exit code", async () => {
      const machine = await open(start, { installer: { exitCode: 1 } });
      const admin = await connect(machine, "os:admin");
      const refusal = await refusalOf(admin.upgrade({ image: `${IMAGE}:v1.14.2` }));
      expect(refusal).toMatchObject({ code: "internal", machine: "m1" });
      expect(refusal.details).toContain("exit code 1");
    });

    test("failed where no registry has the image", async () => {
      const machine = await open(start, { installer: { missing: true } });
      const admin = await connect(machine, "os:admin");
      const upgrade = admin.upgrade({ image: `${IMAGE}:v9.9.9` });
      if (differences.hasEveryImage !== undefined) {
        await expect(upgrade).resolves.toBeUndefined();
        return;
      }
      expect(await refusalOf(upgrade)).toMatchObject({
        code: "not-found",
        details: expect.stringContaining("error pulling image"),
      });
      expect(await callsOf(machine, ["Upgrade"])).toEqual(machine.calls === undefined ? undefined : []);
    });
  });

  describe("reboot and reset", () => {
    test.each([
      ["default", {}],
      ["powercycle", { mode: "POWERCYCLE" }],
      ["force", { mode: "FORCE" }],
    ] as const)("reboot by %s", async (mode, request) => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      await admin.reboot(mode);
      const calls = await callsOf(machine, ["Reboot"]);
      if (calls !== undefined) expect(calls).toEqual([{ method: "/machine.MachineService/Reboot", request }]);
    });

    test("reset the system disk and nothing else", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      await admin.reset({ graceful: true, reboot: true, partitions: [] });
      const calls = await callsOf(machine, ["Reset"]);
      if (calls !== undefined)
        expect(calls).toEqual([
          {
            method: "/machine.MachineService/Reset",
            request: { graceful: true, reboot: true, mode: "SYSTEM_DISK" },
          },
        ]);
    });

    test("reset the partitions that were named and no others", async () => {
      const machine = await open(start);
      const admin = await connect(machine, "os:admin");
      await admin.reset({ graceful: false, reboot: true, partitions: ["STATE", "EPHEMERAL"] });
      const calls = await callsOf(machine, ["Reset"]);
      if (calls !== undefined)
        expect(calls).toMatchObject([
          {
            request: {
              reboot: true,
              systemPartitionsToWipe: [
                { label: "STATE", wipe: true },
                { label: "EPHEMERAL", wipe: true },
              ],
            },
          },
        ]);
    });
  });
}

/** Calls of some methods, where they are counted. */
async function callsOf(machine: MachineUnderTest, methods: readonly string[]) {
  const calls = await machine.calls?.();
  return calls?.filter(({ method }) => methods.includes(method.slice(method.lastIndexOf("/") + 1)));
}
