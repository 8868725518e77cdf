import { describe, expect, it } from "vitest";
import { expectFound } from "../../../test/support/found.ts";
import { judgeDiskSelector } from "./disk-selector.ts";

function check(selector: string, found: readonly string[]): void {
  expect(judgeDiskSelector(selector).map(({ code }) => code)).toEqual(found);
}

describe("a disk selector", () => {
  it.each([
    'disk.transport == "nvme" && disk.size > 400u * GB',
    "system_disk",
    "!system_disk && !disk.rotational && (disk.size >= 1u * TiB || disk.size > 2000u * GB)",
    "glob('nvme*', disk.dev_path)",
    'disk.symlinks.exists(s, s.startsWith("/dev/disk/by-id/x"))',
    "'/dev/disk/by-id/x' in disk.symlinks",
    'disk.model.matches("^SAMSUNG.*\\\\.") && disk.serial in ["a", "b"]',
    "disk.size == 480103981056u",
    'disk.wwid == "a (b) && c"',
    "disk.size > 0x1000u // a comment",
    "dyn(disk.size) > 4",
    "size(disk.symlinks) > 2",
    "disk.size > uint(400) * GB",
  ])("may be %s", (selector) => {
    check(selector, []);
  });

  it.each([
    "",
    'disk.transport = "nvme"',
    "disk.rotational & system_disk",
    'disk.transport == "nvme',
    "(disk.rotational",
    "disk.rotational)",
    "(disk.rotational]",
    "disk.size > 4u * GB; true",
  ])("cannot be read as %s", (selector) => {
    check(selector, ["ICH3421"]);
  });

  it.each([
    "disk.transprt == 'nvme'",
    "disks.rotational",
    "disk.rotational and system_disk",
    "disk.size > 4u * Gb",
  ])("knows not every name of %s", (selector) => {
    check(selector, ["ICH3422"]);
  });

  it.each([
    "disk.size > 400 * GB",
    "disk.size > GB * 400",
    "disk.size >= 400000",
    "disk.sector_size == 4096",
  ])("counts in unsigned numbers, not as %s", (selector) => {
    check(selector, ["ICH3423"]);
  });

  it("is looked for in models, classes, volumes and servers", () => {
    const bad = "disk.";
    const wrong = "(";
    expect(judgeDiskSelector(bad)).toEqual([]);
    expectFound(
      (fleet) =>
        fleet
          .set("ServerModel", "dell-r640", { installDisk: wrong, volumes: { data: { disk: wrong } } })
          .set("MachineClass", "plain", { installDisk: wrong, volumes: { EPHEMERAL: { minSize: "1GB" } } })
          .server("hel1-r001-u01", { installDisk: wrong }),
      [
        "ICH3421 spec.installDisk",
        "ICH3421 spec.installDisk",
        "ICH3421 spec.volumes.data.disk",
        "ICH3421 spec.servers.hel1-r001-u01.installDisk",
      ],
    );
  });
});
