import { describe, expect, test } from "vitest";
import { sampleBlueprint } from "../../../../test/support/sample-blueprint.ts";
import { ipxe } from "./ipxe.ts";
import { lintIpxe } from "./lint.ts";

const scripts = new Map([...ipxe.generate(sampleBlueprint())].map(({ path, text }) => [path, text]));
const folder = "generated/sites/hel1/boot";

describe("the iPXE scripts of a site", () => {
  test("there is one for each server that is not retired, named after the MAC of its boot port", () => {
    expect([...scripts.keys()]).toEqual([
      `${folder}/boot.ipxe`,
      `${folder}/mac/d0-94-66-aa-01-01.ipxe`,
      `${folder}/mac/d0-94-66-aa-02-01.ipxe`,
    ]);
  });

  test.each([...scripts.keys()])("%s is sound", (path) => {
    expect(lintIpxe(scripts.get(path) ?? "")).toEqual([]);
  });

  test("a machine is looked up by MAC, then by UUID, and goes on to its disk when it is unknown", () => {
    const lines = (scripts.get(`${folder}/boot.ipxe`) ?? "")
      .split("\n")
      .filter((line) => !line.startsWith("echo"));
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
      "chain --replace --autofree mac/$" + "{netX/mac:hexhyp}.ipxe || goto by-uuid",
      ":by-uuid",
      "chain --replace --autofree uuid/$" + "{uuid}.ipxe || goto unknown",
      ":unknown",
      "sleep 30",
      "exit 1",
    ]);
  });

  test("a server boots its own kernel with its own arguments", () => {
    expect(scripts.get(`${folder}/mac/d0-94-66-aa-01-01.ipxe`)).toContain(
      [
        "kernel http://boot.hel1.example/kernel-amd64 initrd=initramfs.xz talos.platform=metal console=ttyS0 || goto failed",
        "initrd --name initramfs.xz http://boot.hel1.example/initramfs-amd64.xz || goto failed",
        "boot || goto failed",
      ].join("\n"),
    );
  });
});
