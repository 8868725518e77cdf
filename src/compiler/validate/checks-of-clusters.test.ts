import { describe, it } from "vitest";
import { expectFound as check } from "../../../test/support/found.ts";
import type { Change, InventoryBuilder } from "../../../test/support/inventory.ts";
import type { ClusterSpec } from "../../model/kinds/cluster.ts";

const CP = "spec.controlPlane";
const cluster = (spec: Change<ClusterSpec>) => (fleet: InventoryBuilder) =>
  fleet.set("Cluster", "hel1-mgmt", spec);
const network = (change: Change<ClusterSpec["network"]>) => cluster({ network: change });
const channel = (talos: string, kubernetes: string) => (fleet: InventoryBuilder) =>
  fleet.set("Channel", "stable", { talos, kubernetes });

describe("control planes", () => {
  it("are an odd number", () => {
    check(cluster({ controlPlane: { replicas: 1 } }), []);
    check(cluster({ controlPlane: { replicas: 2 } }), [`ICH3401 ${CP}.replicas`]);
    check(cluster({ controlPlane: { replicas: 4 } }), [`ICH3401 ${CP}.replicas`]);
    check(cluster({ controlPlane: { replicas: 5 } }), []);
  });
});

describe("a spread", () => {
  it("leaves room in the racks of the site", () => {
    check(cluster({ controlPlane: { spread: { rack: 3 } } }), []);
    check(cluster({ controlPlane: { spread: { rack: 2 } } }), [`ICH3402 ${CP}.spread.rack`]);
    check((fleet) => cluster({ controlPlane: { spread: { rack: 2 } } })(fleet.rack(2, 1)), []);
    check(
      (fleet) => cluster({ controlPlane: { spread: { rack: 2 } } })(fleet.rack(2, 0)),
      [`ICH3402 ${CP}.spread.rack`],
    );
  });

  it("leaves room among the values of a label", () => {
    const powered = (fleet: InventoryBuilder) =>
      fleet.rack(2, 3).label("Rack", "hel1-r001", { power: "a" }).label("Rack", "hel1-r002", { power: "b" });
    const workers = [{ name: "w", replicas: 5, pool: "hel1-general", spread: { power: 2 } }];
    check((fleet) => cluster({ controlPlane: { spread: { power: 2 } } })(powered(fleet)), []);
    check((fleet) => cluster({ workers })(powered(fleet)), ["ICH3402 spec.workers[0].spread.power"]);
  });

  it("is over a label that some server has", () => {
    check(cluster({ controlPlane: { spread: { pover: 1 } } }), [`ICH3403 ${CP}.spread.pover`]);
  });

  it("is not judged while some rack cannot be read", () => {
    check(
      (fleet) => cluster({ controlPlane: { spread: { rack: 1 } } })(fleet.invalid("Rack", "hel1-r009")),
      [],
    );
  });
});

describe("a pin", () => {
  const pins = (change: Readonly<Record<string, string>>) => cluster({ controlPlane: { pins: change } });

  it("chooses a server of the pool for a wanted place", () => {
    check(pins({ "0": "hel1-r001-u01", "2": "hel1-r001-u02" }), []);
    check(pins({ "3": "hel1-r001-u01" }), [`ICH3404 ${CP}.pins.3`]);
  });

  it("chooses a server that no other pin chooses", () => {
    check(pins({ "0": "hel1-r001-u01", "1": "hel1-r001-u01" }), [`ICH3405 ${CP}.pins.1`]);
  });

  it("chooses a server of the site", () => {
    check(
      (fleet) =>
        pins({ "0": "hel1-r001-u01" })(fleet)
          .set("Site", "sto1", {
            index: 2,
            loopbacks: "10.102.0.0/16",
            bootstrap: "10.204.0.0/15",
            hub: "hel1-mgmt",
            dns: ["10.102.255.53"],
            ntp: ["ntp.example"],
            management: ["10.50.0.0/24"],
            provisioning: { addressing: "kea", boot: "ipxe", url: "http://boot.sto1.example" },
            spines: {},
          })
          .set("AddressPool", "sto1-vips", { site: "sto1", prefix: "10.102.250.0/24", use: "vip" })
          .set("ServerPool", "sto1-general", { selector: { site: "sto1" } })
          .set("AddressPool", "sto1-lb", { site: "sto1", prefix: "10.102.251.0/24", use: "lb" })
          .set("Cluster", "hel1-mgmt", {
            site: "sto1",
            controlPlane: { pool: "sto1-general" },
            network: { vipPool: "sto1-vips", lbPool: "sto1-lb" },
          })
          .file("secrets", "clusters/sto1/hel1-mgmt/secrets.sops.yaml"),
      [`ICH3406 ${CP}.pins.0`],
    );
  });

  it("chooses a server of the pool and of the class", () => {
    const none = { selector: { labels: { gpu: "a100" } } };
    check(
      (fleet) => pins({ "0": "hel1-r001-u01" })(fleet.set("ServerPool", "hel1-general", none)),
      [`ICH3407 ${CP}.pins.0`],
    );
    check(
      (fleet) =>
        cluster({ controlPlane: { class: "plain", pins: { "0": "hel1-r001-u01" } } })(
          fleet.set("MachineClass", "plain", none),
        ),
      [`ICH3407 ${CP}.pins.0`],
    );
    check(
      (fleet) =>
        pins({ "0": "hel1-r001-u01" })(
          fleet.set("ServerPool", "hel1-general", none).label("Rack", "hel1-r001", { gpu: "a100" }),
        ),
      [],
    );
  });
});

describe("a platform", () => {
  it("is metal as long as no other is built", () => {
    check(cluster({ platform: "openstack", controlPlane: { pool: null, flavor: "m1.large" } }), [
      "ICH3408 spec.platform",
    ]);
    check(cluster({ platform: "metal" }), []);
  });

  it("of metal takes servers from a pool or a class", () => {
    check(cluster({ controlPlane: { pool: null } }), ["ICH3409 spec.controlPlane"]);
    check(cluster({ controlPlane: { pool: null, class: "plain" } }), []);
    check(cluster({ workers: [{ name: "w", replicas: 1 }] }), ["ICH3409 spec.workers[0]"]);
  });

  it("of metal has no flavors", () => {
    check(cluster({ controlPlane: { flavor: "m1.large" } }), [`ICH3410 ${CP}.flavor`]);
  });
});

describe("the network of a cluster", () => {
  it("has one address for its API", () => {
    check(network({ vipPool: null }), ["ICH3411 spec.network"]);
    check(network({ vip: "10.101.250.7" }), ["ICH3412 spec.network.vipPool"]);
    check(network({ vipPool: null, vip: "10.101.250.7" }), []);
  });

  it("has a load balancer with a pool and a size, or none of the three", () => {
    check(network({ loadBalancer: null, lbPool: null, lbSize: null }), []);
    check(network({ loadBalancer: "none" }), ["ICH3413 spec.network.lbPool", "ICH3413 spec.network.lbSize"]);
    check(network({ lbPool: null }), ["ICH3413 spec.network.loadBalancer"]);
    check(network({ lbSize: null }), ["ICH3413 spec.network.loadBalancer"]);
  });

  it("has Cilium's load balancer only with Cilium", () => {
    check(network({ loadBalancer: "cilium" }), []);
    check(network({ loadBalancer: "cilium", cni: "flannel" }), ["ICH3414 spec.network.loadBalancer"]);
  });
});

describe("routed pods", () => {
  const none = { loadBalancer: "none", lbPool: null, lbSize: null } as const;

  it("are announced by Cilium, which MetalLB leaves no session to", () => {
    check(network({ pods: "routed" }), ["ICH3424 spec.network.pods"]);
    check(network({ pods: "routed", loadBalancer: "cilium" }), []);
    check(network({ pods: "routed", ...none }), []);
    check(network({ pods: "routed", ...none, cni: "flannel" }), ["ICH3424 spec.network.pods"]);
  });
});

describe("the deletion of a cluster", () => {
  it("needs protection to be taken away first", () => {
    check(cluster({ state: "deleting" }), ["ICH3415 spec.state"]);
    check(cluster({ state: "deleting", protect: true }), ["ICH3415 spec.state"]);
    check(cluster({ state: "deleting", protect: false }), []);
    check(cluster({ protect: true }), []);
  });
});

describe("a rollout window", () => {
  const at = "spec.rollout.window";
  it.each([
    "Sat 01:00-05:00 Europe/Helsinki",
    "22:00-04:00 UTC",
    "Fri-Mon 00:00-23:59 America/Argentina/Ushuaia",
  ])("may be %s", (window) => {
    check(cluster({ rollout: { window } }), []);
  });
  it.each(["Sat 24:00-05:00 UTC", "01:00-01:60 UTC", "01:00-01:00 UTC"])("has no length as %s", (window) => {
    check(cluster({ rollout: { window } }), [`ICH3416 ${at}`]);
  });
  it.each([
    "01:00-02:00 Helsinki",
    "01:00-02:00 Europ/Helsinki",
    "01:00-02:00 Europe",
    "01:00-02:00 Europe/helsinki",
  ])("has no time zone as %s", (window) => {
    check(cluster({ rollout: { window } }), [`ICH3417 ${at}`]);
  });
});

describe("a date", () => {
  const freeze = (from: string, until: string) => ({
    policy: { freeze: [{ from, until, reason: "holidays" }] },
  });

  it("exists in the calendar", () => {
    check(
      (fleet) => fleet.set("Fleet", "nesc", freeze("2026-02-30", "2026-13-01")),
      ["ICH3418 spec.policy.freeze[0].from", "ICH3418 spec.policy.freeze[0].until"],
    );
    check(
      (fleet) => fleet.set("Site", "hel1", freeze("2027-02-29", "2028-02-29")),
      ["ICH3418 spec.policy.freeze[0].from"],
    );
    check(
      (fleet) => fleet.set("Fleet", "nesc", freeze("2000-02-29", "2100-02-29")),
      ["ICH3418 spec.policy.freeze[0].until"],
    );
    check(
      (fleet) =>
        fleet.set("Approval", "a", {
          reason: "r",
          expires: "2026-04-31",
          actions: [{ do: "wipe", serial: "S1-1" }],
        }),
      ["ICH3418 spec.expires"],
    );
  });

  it("does not end a freeze before it begins", () => {
    check((fleet) => fleet.set("Fleet", "nesc", freeze("2026-12-20", "2027-01-07")), []);
    check((fleet) => fleet.set("Fleet", "nesc", freeze("2026-12-20", "2026-12-20")), []);
    check(
      (fleet) => fleet.set("Fleet", "nesc", freeze("2027-01-07", "2026-12-20")),
      ["ICH3419 spec.policy.freeze[0].until"],
    );
  });
});

describe("the secrets bundle of a cluster", () => {
  it("is missed with a warning", () => {
    check(
      (fleet) =>
        fleet.set("Cluster", "hel1-new", {
          role: "customer",
          site: "hel1",
          channel: "stable",
          contract: "v1.13",
          controlPlane: { replicas: 1, pool: "hel1-general" },
          network: {
            cni: "none",
            routing: "frr",
            podCIDRs: ["100.64.0.0/14"],
            serviceCIDRs: ["100.72.0.0/16"],
            vipPool: "hel1-vips",
          },
        }),
      ["ICH3420 metadata.name"],
    );
  });
});

describe("versions", () => {
  it("of Talos are those that ichor makes documents for", () => {
    check(channel("v1.12.0", "v1.30.0"), ["ICH3503 spec.contract"]);
    check(channel("v1.14.1", "v1.37.0"), []);
    check(channel("v1.11.6", "v1.34.1"), ["ICH3501 spec.talos"]);
    check(channel("v1.15.0", "v1.37.0"), ["ICH3501 spec.talos"]);
    check(channel("v2.14.0", "v1.37.0"), ["ICH3501 spec.talos"]);
  });

  it("of Kubernetes are those that the Talos version runs", () => {
    check(channel("v1.13.9", "v1.31.0"), []);
    check(channel("v1.13.9", "v1.30.9"), ["ICH3502 spec.kubernetes"]);
    check(channel("v1.13.9", "v1.37.0"), ["ICH3502 spec.kubernetes"]);
  });

  it("of the contract are not above the running Talos", () => {
    check(cluster({ contract: "v1.14" }), ["ICH3503 spec.contract"]);
    check(cluster({ contract: "v1.12" }), []);
  });

  it("leave routing to Talos from 1.14 on, with discovery", () => {
    const discovery = { discovery: { endpoint: "https://discovery.example" } };
    const native = { contract: "v1.14", network: { routing: "talos" } } as const;
    check(
      (fleet) => cluster(native)(channel("v1.14.1", "v1.37.0")(fleet.set("Fleet", "nesc", discovery))),
      [],
    );
    check((fleet) => cluster(native)(channel("v1.14.1", "v1.37.0")(fleet)), ["ICH3505 spec.network.routing"]);
    check(
      (fleet) =>
        cluster({ ...native, contract: "v1.13" })(
          channel("v1.14.1", "v1.37.0")(fleet.set("Fleet", "nesc", discovery)),
        ),
      ["ICH3504 spec.network.routing"],
    );
    check(
      (fleet) => cluster(native)(fleet.set("Fleet", "nesc", discovery)),
      ["ICH3503 spec.contract", "ICH3504 spec.network.routing"],
    );
  });
});
