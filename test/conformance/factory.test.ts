import { expect, test } from "vitest";
import { runGo } from "./go.ts";

/** Schematics and the IDs that the Image Factory gives them. */
const vectors: readonly (readonly [schematic: unknown, id: string])[] = [
  [{ customization: {} }, "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"],
  [extensions("intel-ucode"), "2d61dd07b20062062ea671b4d01873506103b67c0f7a4c3fb6cf4ee85585dcb8"],
  [
    extensions("intel-ucode", "iscsi-tools", "util-linux-tools"),
    "36cd6536eaec8ba802be2d38974108359069cedba8857302f69792b26b87c010",
  ],
  [
    extensions("util-linux-tools", "iscsi-tools", "intel-ucode"),
    "c6f8cded2365fa77d77a37fe85e38a2557f8446822297d6075d5f34ff1f415cc",
  ],
  [
    { customization: { extraKernelArgs: ["noapic", "nolapic"] } },
    "9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c",
  ],
  [
    { customization: { secureboot: { includeWellKnownCertificates: true, enrollKeys: "force" } } },
    "51e6baa0e88e8c3517231638007ba433f3fdde58a21c303221928f4cd7796036",
  ],
  [
    { customization: { bootloader: "sd-boot" } },
    "9ed5fecdacb36b5c5427b87d409f1065cfb2df69b0f71c58b868d9d466d8dab3",
  ],
];

test("the factory's package gives the IDs that the factory is known to give", () => {
  const answers = runGo(
    "factory",
    "schematic",
    vectors.map(([schematic]) => JSON.stringify(schematic)),
  );
  expect(answers).toMatchObject(vectors.map(([, id]) => ({ id })));
});

test("the factory's package refuses a field that it does not know", () => {
  const [answer] = runGo("factory", "schematic", ["customization: {colour: red}\n"]) as readonly unknown[];
  expect(answer).toMatchObject({ id: "", error: expect.stringContaining("colour") });
});

function extensions(...names: readonly string[]): unknown {
  return {
    customization: { systemExtensions: { officialExtensions: names.map((name) => `siderolabs/${name}`) } },
  };
}
