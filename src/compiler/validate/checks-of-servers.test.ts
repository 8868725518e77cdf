import { describe, it } from "vitest";
import { expectFound as check } from "../../../test/support/found.ts";

const U1 = "spec.servers.hel1-r001-u01";

describe("the nics of a server", () => {
  it("are those of its model", () => {
    const eno3 = { mac: "02:00:00:01:01:03" };
    check((fleet) => fleet.server("hel1-r001-u01", { nics: { eno3 } }), [`ICH3301 ${U1}.nics.eno3`]);
  });

  it("have an uplink among them", () => {
    check(
      (fleet) =>
        fleet.server("hel1-r001-u01", { nics: { eno1: { port: null, boot: null }, eno2: { port: null } } }),
      [`ICH3302 ${U1}.nics`],
    );
  });

  it("have exactly one among them to boot from", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u01", { nics: { eno1: { boot: false } } }),
      [`ICH3303 ${U1}.nics`],
    );
    check(
      (fleet) => fleet.server("hel1-r001-u01", { nics: { eno2: { boot: true } } }),
      [`ICH3304 ${U1}.nics.eno2.boot`],
    );
  });

  it("boot from an uplink", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u01", { nics: { eno1: { port: null } } }),
      [`ICH3305 ${U1}.nics.eno1.boot`],
    );
  });

  it("had better go to different leaves", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u01", { nics: { eno2: { port: "hel1-r001-leaf-a/Ethernet30" } } }),
      [`ICH3306 ${U1}.nics.eno2.port`],
    );
  });

  it("may be unplugged once the server is retired", () => {
    const nics = { eno1: { port: null, boot: null }, eno2: { port: null } };
    check((fleet) => fleet.server("hel1-r001-u01", { nics, state: "retired", reason: "sold" }), []);
  });
});

describe("a server", () => {
  it("has a model, its own or that of its rack", () => {
    const rackModel = { defaults: { model: null } };
    check(
      (fleet) => fleet.set("Rack", "hel1-r001", rackModel),
      [
        "ICH3307 spec.servers.hel1-r001-u01",
        "ICH3307 spec.servers.hel1-r001-u02",
        "ICH3307 spec.servers.hel1-r001-u03",
      ],
    );
  });

  it("says why it is out of use", () => {
    check((fleet) => fleet.server("hel1-r001-u01", { state: "broken" }), [`ICH3308 ${U1}.state`]);
    check((fleet) => fleet.server("hel1-r001-u01", { state: "broken", reason: "DIMM" }), []);
  });

  it("is retired only when it holds no place and is wiped", () => {
    const place = { cluster: "hel1-mgmt", group: "control-plane", index: 0 };
    const retired = { state: "retired", reason: "sold" } as const;
    const until = "2026-11-22T03:00Z";
    check(
      (fleet) =>
        fleet.server("hel1-r001-u01", retired).claim("hel1-r001-u01", { phase: "held", place, wipe: 1 }),
      [`ICH3309 ${U1}.state`],
    );
    check(
      (fleet) =>
        fleet.server("hel1-r001-u01", retired).claim("hel1-r001-u01", { phase: "releasing", place, wipe: 1 }),
      [`ICH3309 ${U1}.state`],
    );
    check(
      (fleet) =>
        fleet
          .server("hel1-r001-u01", retired)
          .claim("hel1-r001-u01", { phase: "quarantine", place, wipe: 1, until }),
      [],
    );
    check(
      (fleet) => fleet.server("hel1-r001-u01", retired).claim("hel1-r001-u01", { phase: "free", wipe: 1 }),
      [],
    );
    check((fleet) => fleet.claim("hel1-r001-u01", { phase: "held", place, wipe: 1 }), []);
  });
});
