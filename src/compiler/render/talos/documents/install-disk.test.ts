import { expect, test } from "vitest";
import { toDiskSelector } from "./install-disk.ts";

test.each([
  ['disk.transport == "nvme"', { diskSelector: { type: "nvme" } }],
  ['disk.transport == "nvme" && disk.size > 400u * GB', { diskSelector: { type: "nvme", size: "> 400GB" } }],
  ["disk.size >= 1u * TiB && !disk.rotational", { diskSelector: { size: ">= 1TiB", type: "ssd" } }],
  ['disk.model == "A && B"', { diskSelector: { model: "A && B" } }],
  [
    'glob("SAMSUNG*", disk.model) && disk.serial == "X1"',
    { diskSelector: { model: "SAMSUNG*", serial: "X1" } },
  ],
  ['disk.bus_path == "/pci0000:00/*"', { diskSelector: { busPath: "/pci0000:00/*" } }],
  ['disk.dev_path == "/dev/sda"', { disk: "/dev/sda" }],
])("%s can be said in the contracts before v1.14", (expression, selector) => {
  expect(toDiskSelector(expression)).toEqual(selector);
});

test.each([
  ['disk.transport == "nvme" || disk.transport == "sata"', "an alternative"],
  ["disk.size > 100u * GB && disk.size < 900u * GB", "two bounds of one field"],
  ['disk.transport == "sata"', "a transport without a disk type"],
  ['disk.dev_path == "/dev/sda" && disk.size > 1u * GB', "a device together with a selector"],
  ["system_disk", "another variable"],
  ['disk.serial == ""', "an empty text, which the selector ignores"],
])("%s is refused: %s", (expression) => {
  expect(toDiskSelector(expression)).toBeUndefined();
});
