import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EXTENSION_PATTERN,
  factoryAssets,
  isPublic,
  KERNEL_ARG_PATTERN,
  metalCmdline,
  type Schematic,
  schematicId,
  schematicYaml,
} from "./schematic.ts";

const tools = ["siderolabs/intel-ucode", "siderolabs/iscsi-tools", "siderolabs/util-linux-tools"];

function schematic(extensions: readonly string[], kernelArgs: readonly string[] = []): Schematic {
  return { extensions, kernelArgs };
}

describe("the ID of a schematic is the Image Factory's", () => {
  test.each([
    ["without anything", schematic([]), "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"],
    [
      "with microcode",
      schematic(["siderolabs/intel-ucode"]),
      "2d61dd07b20062062ea671b4d01873506103b67c0f7a4c3fb6cf4ee85585dcb8",
    ],
    [
      "with three extensions",
      schematic(tools),
      "36cd6536eaec8ba802be2d38974108359069cedba8857302f69792b26b87c010",
    ],
    [
      "with the same in another order, twice",
      schematic([...tools.toReversed(), ...tools]),
      "36cd6536eaec8ba802be2d38974108359069cedba8857302f69792b26b87c010",
    ],
    [
      "with kernel arguments",
      schematic([], ["noapic", "nolapic"]),
      "9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c",
    ],
  ])("%s", (_title, given, id) => {
    expect(schematicId(given)).toBe(id);
  });

  test("kernel arguments keep their order, extensions do not matter in theirs", () => {
    expect(schematicYaml(schematic(tools.toReversed(), ["b", "a=1", "b"]))).toBe(
      [
        "customization:",
        "    extraKernelArgs:",
        "        - b",
        "        - a=1",
        "    systemExtensions:",
        "        officialExtensions:",
        "            - siderolabs/intel-ucode",
        "            - siderolabs/iscsi-tools",
        "            - siderolabs/util-linux-tools",
        "",
      ].join("\n"),
    );
  });

  test("any order of extensions gives one ID", () => {
    const names = fc.array(fc.stringMatching(new RegExp(EXTENSION_PATTERN)));
    fc.assert(
      fc.property(
        names,
        (some) => schematicId(schematic(some)) === schematicId(schematic(some.toReversed())),
      ),
    );
  });
});

describe("a kernel argument", () => {
  const form = new RegExp(KERNEL_ARG_PATTERN, "u");

  test.each([
    "console=ttyS0,115200n8",
    "-console",
    "net.ifnames=0",
    "8250.nr_uarts=4",
    "iommu=off",
    "ip=10.0.0.2::10.0.0.1:255.255.255.0:node1:eth0:off",
    "talos.config=http://boot/config?uuid=$" + "{uuid}",
    "nosmt",
    "yesno",
  ])("may be %s", (value) => {
    expect(form.test(value)).toBe(true);
  });

  test.each([
    "",
    "on",
    "NO",
    "true",
    "null",
    "1",
    "-1",
    "0x1f",
    "1_000",
    "1.5e3",
    ".5",
    "-.inf",
    "2026-11-21",
    "2026-11-21T10:00:00Z",
    "12:30:45",
    "a:",
    "-",
    "-_45",
    "---",
    "...x",
    "a b",
    "#x",
    "'x'",
    "*x",
  ])("may not be %j, which YAML has to quote", (value) => {
    expect(form.test(value)).toBe(false);
  });
});

test("only extensions of the public catalogue can come from the public factory", () => {
  expect(isPublic(schematic(tools))).toBe(true);
  expect(isPublic(schematic([...tools, "ichor/frr"]))).toBe(false);
});

test("assets are named by schematic, version and architecture", () => {
  expect(
    factoryAssets({ url: "https://factory.example:8443/", id: "abc", version: "v1.14.1", arch: "arm64" }),
  ).toEqual({
    installer: "factory.example:8443/metal-installer/abc:v1.14.1",
    kernel: "https://factory.example:8443/image/abc/v1.14.1/kernel-arm64",
    initramfs: "https://factory.example:8443/image/abc/v1.14.1/initramfs-arm64.xz",
  });
});

describe("the kernel command line", () => {
  test("says that the machine is metal and hardens the kernel", () => {
    expect(metalCmdline(schematic([]))).toEqual(
      expect.arrayContaining(["talos.platform=metal", "slab_nomerge", "pti=on"]),
    );
  });

  test("an own console replaces the default one, other arguments are added", () => {
    const cmdline = metalCmdline(schematic([], ["console=ttyS0", "console=ttyS1", "nosmt"]));
    expect(cmdline.filter((value) => value.startsWith("console="))).toEqual([
      "console=ttyS0",
      "console=ttyS1",
    ]);
    expect(cmdline.at(-1)).toBe("nosmt");
  });

  test("a dash takes a default away", () => {
    const cmdline = metalCmdline(schematic([], ["-selinux", "-console=tty0"]));
    expect(cmdline.join(" ")).not.toMatch(/selinux|tty0/);
  });
});
