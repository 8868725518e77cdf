import { describe, it } from "vitest";
import { expectFound as check } from "../../../test/support/found.ts";

const U1 = "spec.servers.hel1-r001-u01";
const U2 = "spec.servers.hel1-r001-u02";

describe("no two machines have the same", () => {
  it("UUID, in whatever case", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u02", { uuid: "4C4C4544-0000-4000-8000-000000000041" }),
      [`ICH3101 ${U2}.uuid`],
    );
  });

  it("serial, switches among them", () => {
    check((fleet) => fleet.server("hel1-r001-u02", { serial: "S1-1" }), [`ICH3102 ${U2}.serial`]);
    check(
      (fleet) => fleet.server("hel1-r001-u02", { serial: "L1a" }),
      ["ICH3102 spec.switches.hel1-r001-leaf-a.serial"],
    );
  });

  it("MAC address, BMCs among them, in whatever case", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u02", { bmc: { mac: "02:00:00:01:01:01" } }),
      [`ICH3103 ${U2}.bmc.mac`],
    );
    check(
      (fleet) => fleet.server("hel1-r001-u10", { ...TENTH, bmc: { ...TENTH.bmc, mac: "02:00:00:01:0A:01" } }),
      ["ICH3103 spec.servers.hel1-r001-u10.bmc.mac"],
    );
    check(
      (fleet) => fleet.server("hel1-r001-u01", { nics: { eno2: { mac: "02:00:00:01:01:01" } } }),
      [`ICH3103 ${U1}.nics.eno2.mac`],
    );
  });

  it("BMC address", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u02", { bmc: { address: "192.168.1.1" } }),
      [`ICH3104 ${U2}.bmc.address`],
    );
  });

  it("ASN, computed or written, those of spines among them", () => {
    check((fleet) => fleet.server("hel1-r001-u02", { asn: 4200100101 }), [`ICH3105 ${U2}.asn`]);
    check((fleet) => fleet.server("hel1-r001-u02", { asn: 4200100147 }), [`ICH3105 ${U2}.asn`]);
    check((fleet) => fleet.server("hel1-r001-u02", { asn: 4200100001 }), [`ICH3105 ${U2}.asn`]);
  });

  it("loopback, computed or written, those of spines among them", () => {
    check((fleet) => fleet.server("hel1-r001-u02", { loopback: "10.101.0.65" }), [`ICH3106 ${U2}.loopback`]);
    check((fleet) => fleet.server("hel1-r001-u02", { loopback: "10.101.254.1" }), [`ICH3106 ${U2}.loopback`]);
    check(
      (fleet) =>
        fleet.set("Rack", "hel1-r001", { switches: { "hel1-r001-leaf-b": { loopback: "10.101.0.111" } } }),
      ["ICH3106 spec.switches.hel1-r001-leaf-b.loopback"],
    );
  });

  it("index, for racks within their site, and nothing is said of the numbers that follow", () => {
    check((fleet) => fleet.rack(2, 3).set("Rack", "hel1-r002", { index: 1 }), ["ICH3108 spec.index"]);
  });
});

const TENTH = {
  u: 10,
  serial: "S1-10",
  uuid: "4c4c4544-0000-4000-8000-00000000004a",
  bmc: { address: "192.168.1.10", mac: "02:00:00:01:0a:00" },
  nics: {
    eno1: { mac: "02:00:00:01:0a:01", port: "hel1-r001-leaf-a/Ethernet9", boot: true },
    eno2: { mac: "02:00:00:01:0a:02", port: "hel1-r001-leaf-b/Ethernet9" },
  },
};

describe("in a rack", () => {
  it("a slot belongs to one server or leaf", () => {
    check((fleet) => fleet.server("hel1-r001-u02", { slot: 3 }), ["ICH3109 spec.servers.hel1-r001-u03.u"]);
    check((fleet) => fleet.server("hel1-r001-u02", { slot: 47 }), [`ICH3109 ${U2}.slot`]);
  });

  it("a unit is taken once, by the height of the model", () => {
    check(
      (fleet) =>
        fleet
          .server("hel1-r001-u10", TENTH)
          .set("ServerModel", "tall", TALL)
          .server("hel1-r001-u02", { model: "tall", u: 9 }),
      ["ICH3110 spec.servers.hel1-r001-u10.u"],
    );
    check((fleet) => fleet.server("hel1-r001-u02", { u: 47, slot: 2 }), [`ICH3110 ${U2}.u`]);
  });

  it("one mistake is reported once where two servers stand in one unit without a slot", () => {
    check((fleet) => fleet.server("hel1-r001-u02", { u: 1 }), [`ICH3110 ${U2}.u`]);
  });

  it("narrow servers may share a unit, with slots to tell them apart", () => {
    check((fleet) => fleet.server("hel1-r001-u02", { u: 1, slot: 2 }), []);
    check(
      (fleet) => fleet.server("hel1-r001-u02", { u: 1, slot: 2 }).server("hel1-r001-u03", { u: 1, slot: 3 }),
      [],
    );
  });

  it("machines stand below its top, which is unit 48 unless it says otherwise", () => {
    check((fleet) => fleet.server("hel1-r001-u02", { u: 49, slot: 2 }), [`ICH3111 ${U2}.u`]);
    check(
      (fleet) => fleet.set("Rack", "hel1-r001", { height: 52 }).server("hel1-r001-u02", { u: 49, slot: 2 }),
      [],
    );
    check(
      (fleet) => fleet.set("Rack", "hel1-r001", { height: 47 }),
      ["ICH3111 spec.switches.hel1-r001-leaf-b.u"],
    );
  });

  it("a port of a switch takes one cable", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u02", { nics: { eno1: { port: "hel1-r001-leaf-a/Ethernet0" } } }),
      [`ICH3112 ${U2}.nics.eno1.port`],
    );
    check(
      (fleet) => fleet.server("hel1-r001-u02", { nics: { eno1: { port: "hel1-r001-leaf-a/Ethernet48" } } }),
      [`ICH3112 ${U2}.nics.eno1.port`],
    );
    check(
      (fleet) =>
        fleet.set("Rack", "hel1-r001", {
          switches: { "hel1-r001-leaf-b": { uplinks: { Ethernet48: "hel1-spine1/Ethernet2" } } },
        }),
      ["ICH3112 spec.switches.hel1-r001-leaf-b.uplinks.Ethernet48"],
    );
  });
});

const TALL = {
  arch: "amd64",
  height: 2,
  nics: { eno1: { speed: "25G" }, eno2: { speed: "25G" } },
  installDisk: "system_disk",
  bmc: { driver: "redfish", vendor: "dell" },
} as const;

describe("workers of a cluster", () => {
  const group = (name: string) => ({ name, replicas: 0, pool: "hel1-general" });

  it("have names of their own", () => {
    check(
      (fleet) => fleet.set("Cluster", "hel1-mgmt", { workers: [group("a"), group("b"), group("a")] }),
      ["ICH3113 spec.workers[2].name"],
    );
  });

  it("are not called like the control planes", () => {
    check(
      (fleet) => fleet.set("Cluster", "hel1-mgmt", { workers: [group("control-plane")] }),
      ["ICH3114 spec.workers[0].name"],
    );
  });
});
