import { describe, it } from "vitest";
import { expectFound as check } from "../../../test/support/found.ts";
import type { InventoryBuilder } from "../../../test/support/inventory.ts";

const U1 = "spec.servers.hel1-r001-u01";

/** A second site whose numbers are apart from those of the first. */
function withSto1(fleet: InventoryBuilder, index = 2): InventoryBuilder {
  return fleet.set("Site", "sto1", {
    index,
    loopbacks: "10.102.0.0/16",
    bootstrap: "10.204.0.0/15",
    hub: "hel1-mgmt",
    dns: ["10.102.255.53"],
    ntp: ["ntp.example"],
    management: ["10.50.0.0/24"],
    provisioning: { addressing: "kea", boot: "ipxe", url: "http://boot.sto1.example" },
    spines: { "sto1-spine1": { model: "sonic-spine-32", loopback: "10.102.254.1" } },
  });
}

/** A second cluster of the first site. */
function withSecond(fleet: InventoryBuilder, network: object): InventoryBuilder {
  const usual = {
    cni: "cilium",
    routing: "frr",
    podCIDRs: ["100.64.0.0/14"],
    serviceCIDRs: ["100.72.0.0/16"],
  };
  return fleet
    .set("Cluster", "hel1-two", {
      role: "customer",
      site: "hel1",
      channel: "stable",
      contract: "v1.13",
      controlPlane: { replicas: 1, pool: "hel1-general" },
      network: { ...usual, vipPool: "hel1-vips", ...network } as never,
    })
    .file("secrets", "clusters/hel1/hel1-two/secrets.sops.yaml");
}

describe("an address that is written down", () => {
  it("has four numbers up to 255 without leading zeros", () => {
    check((fleet) => fleet.set("Site", "hel1", { dns: ["10.101.255.256"] }), ["ICH3201 spec.dns[0]"]);
    check(
      (fleet) => fleet.set("Site", "hel1", { ntp: ["time.example", "10.0.0.01"] }),
      ["ICH3201 spec.ntp[1]"],
    );
    check(
      (fleet) => fleet.set("Site", "hel1", { spines: { "hel1-spine1": { loopback: "10.101.254.999" } } }),
      ["ICH3201 spec.spines.hel1-spine1.loopback"],
    );
    check((fleet) => fleet.server("hel1-r001-u01", { loopback: "10.300.0.1" }), [`ICH3201 ${U1}.loopback`]);
    check(
      (fleet) => fleet.server("hel1-r001-u01", { bmc: { address: "192.168.1.999" } }),
      [`ICH3201 ${U1}.bmc.address`],
    );
    check(
      (fleet) =>
        fleet.set("Rack", "hel1-r001", { switches: { "hel1-r001-leaf-a": { loopback: "300.1.1.1" } } }),
      ["ICH3201 spec.switches.hel1-r001-leaf-a.loopback"],
    );
    check(
      (fleet) => fleet.set("Cluster", "hel1-mgmt", { network: { vipPool: null, vip: "256.1.1.1" } }),
      ["ICH3201 spec.network.vip"],
    );
  });

  it("stands in a prefix with a length that exists", () => {
    check((fleet) => fleet.set("Site", "hel1", { loopbacks: "10.101.0.0/33" }), ["ICH3202 spec.loopbacks"]);
    check(
      (fleet) => fleet.set("Site", "hel1", { management: ["10.50.0.0/24", "10.50.256.0/24"] }),
      ["ICH3202 spec.management[1]"],
    );
    check(
      (fleet) => fleet.set("Site", "hel1", { bootstrap6: "2001:db8::g/48" }),
      ["ICH3202 spec.bootstrap6"],
    );
    check(
      (fleet) => fleet.set("AddressPool", "hel1-lb", { prefix: "10.101.251.0/08" }),
      ["ICH3202 spec.prefix"],
    );
  });

  it("is the first of its prefix", () => {
    check(
      (fleet) => fleet.set("AddressPool", "hel1-lb", { prefix: "10.101.251.1/24" }),
      ["ICH3203 spec.prefix"],
    );
    check((fleet) => fleet.set("Site", "hel1", { bootstrap: "10.203.0.0/15" }), ["ICH3203 spec.bootstrap"]);
    check(
      (fleet) => fleet.set("Site", "hel1", { bootstrap6: "2001:db8::1/48" }),
      ["ICH3203 spec.bootstrap6"],
    );
    check(
      (fleet) => fleet.set("Cluster", "hel1-mgmt", { network: { podCIDRs: ["100.65.0.0/14"] } }),
      ["ICH3203 spec.network.podCIDRs[0]"],
    );
  });
});

describe("the ranges of sites", () => {
  it("are apart", () => {
    check((fleet) => withSto1(fleet), []);
    check(
      (fleet) => withSto1(fleet).set("Site", "sto1", { bootstrap: "10.101.252.0/23" }),
      ["ICH3204 spec.bootstrap"],
    );
    check((fleet) => fleet.set("Site", "hel1", { bootstrap: "10.100.0.0/15" }), ["ICH3204 spec.loopbacks"]);
  });

  it("hold no pool of another site", () => {
    check(
      (fleet) =>
        withSto1(fleet).set("AddressPool", "sto1-lb", { site: "sto1", prefix: "10.101.252.0/24", use: "lb" }),
      ["ICH3204 spec.prefix"],
    );
  });

  it("hold no pool in the bootstrap range, and no pool in another", () => {
    check(
      (fleet) => fleet.set("AddressPool", "p", { site: "hel1", prefix: "10.202.0.0/24", use: "lb" }),
      ["ICH3204 spec.prefix"],
    );
    check(
      (fleet) => fleet.set("AddressPool", "p", { site: "hel1", prefix: "10.101.251.0/25", use: "lb" }),
      ["ICH3204 spec.prefix"],
    );
  });

  it("hold a pool where no rack can reach", () => {
    const pool = (prefix: string) => ({ site: "hel1", prefix, use: "lb" as const });
    check((fleet) => fleet.set("AddressPool", "p", pool("10.101.0.0/26")), []);
    check((fleet) => fleet.set("AddressPool", "p", pool("10.101.0.64/26")), ["ICH3205 spec.prefix"]);
    check((fleet) => fleet.set("AddressPool", "p", pool("10.101.0.63/32")), []);
    check((fleet) => fleet.set("AddressPool", "p", pool("10.101.0.64/32")), ["ICH3205 spec.prefix"]);
    check((fleet) => fleet.set("AddressPool", "p", pool("10.101.249.0/24")), ["ICH3205 spec.prefix"]);
    check((fleet) => fleet.set("AddressPool", "p", pool("10.101.252.0/24")), []);
  });

  it("have indexes of their own", () => {
    check((fleet) => withSto1(fleet, 1), ["ICH3107 spec.index"]);
  });

  it("are large enough for the racks", () => {
    check(
      (fleet) =>
        fleet.set("Site", "hel1", {
          loopbacks: "10.101.0.0/25",
          spines: { "hel1-spine1": { loopback: "10.101.0.1" } },
        }),
      [],
    );
    check(
      (fleet) =>
        fleet.rack(2, 1).set("Site", "hel1", {
          loopbacks: "10.101.0.0/25",
          spines: { "hel1-spine1": { loopback: "10.101.0.1" } },
        }),
      ["ICH3213 spec.index"],
    );
    check((fleet) => fleet.set("Site", "hel1", { bootstrap: "10.202.0.0/25" }), ["ICH3214 spec.index"]);
    check((fleet) => fleet.set("Site", "hel1", { bootstrap: "10.202.0.0/24" }), []);
  });

  it("need no room for machines that have numbers already, but for those that boot", () => {
    const written = (n: number) => ({ loopback: `10.99.0.${n}` });
    check(
      (fleet) =>
        fleet
          .set("Site", "hel1", {
            loopbacks: "10.101.0.0/26",
            spines: { "hel1-spine1": { loopback: "10.101.0.1" } },
          })
          .set("Rack", "hel1-r001", {
            switches: { "hel1-r001-leaf-a": written(47), "hel1-r001-leaf-b": written(48) },
            servers: {
              "hel1-r001-u01": written(1),
              "hel1-r001-u02": written(2),
              "hel1-r001-u03": written(3),
            },
          }),
      [],
    );
  });
});

describe("the ranges of a cluster", () => {
  it("are apart from each other", () => {
    check(
      (fleet) => fleet.set("Cluster", "hel1-mgmt", { network: { serviceCIDRs: ["100.65.0.0/16"] } }),
      ["ICH3206 spec.network.serviceCIDRs[0]"],
    );
  });

  it("are apart from those of all sites", () => {
    check(
      (fleet) => fleet.set("Cluster", "hel1-mgmt", { network: { podCIDRs: ["10.0.0.0/8"] } }),
      ["ICH3207 spec.network.podCIDRs[0]"],
    );
    check(
      (fleet) =>
        withSto1(fleet).set("Cluster", "hel1-mgmt", { network: { serviceCIDRs: ["10.205.0.0/16"] } }),
      ["ICH3207 spec.network.serviceCIDRs[0]"],
    );
  });

  it("may repeat between clusters, but for routed pods", () => {
    const routed = { pods: "routed", loadBalancer: "none", lbPool: null, lbSize: null } as const;
    const first = (fleet: InventoryBuilder) => fleet.set("Cluster", "hel1-mgmt", { network: routed });
    check((fleet) => withSecond(fleet, {}), []);
    check((fleet) => withSecond(fleet, { pods: "routed" }), []);
    check(
      (fleet) => withSecond(first(fleet), { pods: "routed", podCIDRs: ["100.66.0.0/16"] }),
      ["ICH3208 spec.network.podCIDRs[0]"],
    );
    check((fleet) => withSecond(first(fleet), { pods: "routed", podCIDRs: ["100.68.0.0/16"] }), []);
  });
});

describe("a virtual IP that is written down", () => {
  const vip = (address: string) => (fleet: InventoryBuilder) =>
    fleet.set("Cluster", "hel1-mgmt", { network: { vipPool: null, vip: address } });

  it("is one that people may pin, or one outside all ranges", () => {
    check(vip("10.101.250.15"), []);
    check(vip("10.99.0.1"), []);
    check(vip("10.101.253.1"), []);
  });

  it.each([
    ["handed out by a pool", "10.101.250.16"],
    ["of a pool for load balancers", "10.101.251.1"],
    ["among the loopbacks of servers", "10.101.0.64"],
    ["of the bootstrap range", "10.202.0.1"],
    ["the loopback of a spine", "10.101.254.1"],
    ["of the cluster's own pods", "100.64.0.1"],
  ])("is not one %s", (_, address) => {
    check(vip(address), ["ICH3210 spec.network.vip"]);
  });

  it("is not of another site", () => {
    check((fleet) => vip("10.102.255.1")(withSto1(fleet)), ["ICH3210 spec.network.vip"]);
  });

  it("belongs to one cluster", () => {
    check(
      (fleet) => withSecond(vip("10.101.250.7")(fleet), { vipPool: undefined, vip: "10.101.250.7" }),
      ["ICH3209 spec.network.vip"],
    );
  });
});

describe("an address that no range may give out", () => {
  it("is that of a BMC", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u01", { bmc: { address: "10.101.9.9" } }),
      [`ICH3211 ${U1}.bmc.address`],
    );
    check(
      (fleet) => fleet.server("hel1-r001-u01", { bmc: { address: "10.203.255.255" } }),
      [`ICH3211 ${U1}.bmc.address`],
    );
    check((fleet) => fleet.server("hel1-r001-u01", { bmc: { address: "10.204.0.0" } }), []);
  });

  it("is a written loopback, but for the site's own loopbacks", () => {
    check((fleet) => fleet.server("hel1-r001-u01", { loopback: "10.101.250.9" }), [`ICH3212 ${U1}.loopback`]);
    check((fleet) => fleet.server("hel1-r001-u01", { loopback: "10.202.0.9" }), [`ICH3212 ${U1}.loopback`]);
    check((fleet) => fleet.server("hel1-r001-u01", { loopback: "10.101.99.9" }), []);
    check(
      (fleet) => fleet.set("Site", "hel1", { spines: { "hel1-spine1": { loopback: "10.101.250.1" } } }),
      ["ICH3212 spec.spines.hel1-spine1.loopback"],
    );
  });
});

describe("the loopback of a spine", () => {
  const spine = (loopback: string) => (fleet: InventoryBuilder) =>
    fleet.set("Site", "hel1", { spines: { "hel1-spine1": { loopback } } });

  it("is one that no rack can have", () => {
    check(spine("10.101.0.63"), []);
    check(spine("10.101.0.64"), ["ICH3215 spec.spines.hel1-spine1.loopback"]);
    check(spine("10.101.249.255"), ["ICH3215 spec.spines.hel1-spine1.loopback"]);
    check(spine("10.101.255.1"), []);
    check(spine("10.99.0.1"), ["ICH3215 spec.spines.hel1-spine1.loopback"]);
  });
});

describe("SLAAC", () => {
  it("needs a prefix", () => {
    check(
      (fleet) => fleet.set("Site", "hel1", { provisioning: { addressing: "slaac" } }),
      ["ICH3216 spec.provisioning.addressing"],
    );
    check(
      (fleet) =>
        fleet.set("Site", "hel1", { provisioning: { addressing: "slaac" }, bootstrap6: "2001:db8:1::/48" }),
      [],
    );
  });

  it("needs a network of 64 bits for every boot port", () => {
    check((fleet) => fleet.set("Site", "hel1", { bootstrap6: "2001:db8:1::/57" }), []);
    check(
      (fleet) => fleet.set("Site", "hel1", { bootstrap6: "2001:db8:1::/58" }),
      ["ICH3217 spec.bootstrap6"],
    );
    check(
      (fleet) => fleet.rack(2, 1).set("Site", "hel1", { bootstrap6: "2001:db8:1::/57" }),
      ["ICH3217 spec.bootstrap6"],
    );
    check(
      (fleet) => fleet.set("Site", "hel1", { bootstrap6: "2001:db8:1::/65" }),
      ["ICH3217 spec.bootstrap6"],
    );
  });
});

describe("an ASN", () => {
  it("is not above the last one", () => {
    check((fleet) => fleet.set("Fleet", "nesc", { asn: { base: 4294967000 } }), ["ICH3218 spec.asn.base"]);
  });

  it("is none of the two inside every server", () => {
    check((fleet) => fleet.server("hel1-r001-u01", { asn: 4200099998 }), [`ICH3219 ${U1}.asn`]);
    check((fleet) => fleet.server("hel1-r001-u01", { asn: 4200099999 }), [`ICH3219 ${U1}.asn`]);
  });
});

describe("an address pool", () => {
  it("has more addresses than it keeps back", () => {
    check((fleet) => fleet.set("AddressPool", "hel1-vips", { reserve: 255 }), []);
    check((fleet) => fleet.set("AddressPool", "hel1-vips", { reserve: 256 }), ["ICH3220 spec.reserve"]);
  });

  it("holds the range of a cluster", () => {
    check((fleet) => fleet.set("Cluster", "hel1-mgmt", { network: { lbSize: "/24" } }), []);
    check(
      (fleet) => fleet.set("Cluster", "hel1-mgmt", { network: { lbSize: "/23" } }),
      ["ICH3221 spec.network.lbSize"],
    );
  });
});
