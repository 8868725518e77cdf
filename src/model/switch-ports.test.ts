import { expect, it } from "vitest";
import { portRanges } from "./switch-ports.ts";

function check(written: string, port: string, has: boolean): void {
  const ranges = portRanges({ os: "sonic", height: 1, ports: { [written]: { speed: "25G" } } });
  expect(ranges.some((range) => range.has(port))).toBe(has);
}

it("a port is what is written", () => {
  check("swp1", "swp1", true);
  check("swp1", "swp10", false);
});

it("a range holds its ends and what is between them", () => {
  check("Ethernet{0..47}", "Ethernet0", true);
  check("Ethernet{0..47}", "Ethernet47", true);
  check("Ethernet{0..47}", "Ethernet48", false);
  check("Ethernet{4..47}", "Ethernet3", false);
});

it("a range holds numbers as they are written, without zeros before them", () => {
  check("Ethernet{0..47}", "Ethernet01", false);
  check("Ethernet{0..47}", "Ethernet", false);
  check("Ethernet{0..47}", "Eth1", false);
  check("Ethernet{0..47}", "Ethernet1/1", false);
});

it("a huge range costs nothing", () => {
  check("e{0..99999999999}", "e5", true);
});
