import { describe, expect, it } from "vitest";
import { expectFound as check } from "../../../test/support/found.ts";
import { aFleet } from "../../../test/support/inventory.ts";
import { runChecks } from "./checks.ts";

const OTHER_SITE = {
  index: 2,
  loopbacks: "10.102.0.0/16",
  bootstrap: "10.204.0.0/15",
  hub: "hel1-mgmt",
  dns: ["10.102.255.53"],
  ntp: ["ntp.example"],
  management: ["10.50.0.0/24"],
  provisioning: { addressing: "kea", boot: "ipxe", url: "http://boot.sto1.example" },
  spines: { "sto1-spine1": { model: "sonic-spine-32", loopback: "10.102.254.1" } },
} as const;

describe("a name that nothing has", () => {
  it("is reported where it stands", () => {
    check((fleet) => fleet.set("Site", "hel1", { hub: "hel1-mgnt" }), ["ICH3001 spec.hub"]);
    check(
      (fleet) => fleet.set("Site", "hel1", { spines: { "hel1-spine1": { model: "x" } } }),
      ["ICH3001 spec.spines.hel1-spine1.model"],
    );
    check(
      (fleet) => fleet.set("ServerPool", "p", { selector: { site: "x", model: ["dell-r640", "y"] } }),
      ["ICH3001 spec.selector.model[1]", "ICH3001 spec.selector.site"],
    );
    check(
      (fleet) => fleet.set("MachineClass", "c", { selector: { site: "x" } }),
      ["ICH3001 spec.selector.site"],
    );
    check(
      (fleet) => fleet.set("AddressPool", "p", { site: "x", prefix: "10.9.0.0/24", use: "lb" }),
      ["ICH3001 spec.site"],
    );
    check(
      (fleet) => fleet.set("Channel", "stable", { addons: { metalb: "1" } }),
      ["ICH3001 spec.addons.metalb"],
    );
    check(
      (fleet) => fleet.server("hel1-r001-u01", { model: "dell-r64O" }),
      ["ICH3001 spec.servers.hel1-r001-u01.model"],
    );
    check(
      (fleet) => fleet.set("Rack", "hel1-r001", { defaults: { model: "x" } }),
      ["ICH3001 spec.defaults.model"],
    );
  });

  it("is reported in a cluster for channel, pools, classes, add-ons and pins", () => {
    check(
      (fleet) =>
        fleet.set("Cluster", "hel1-mgmt", {
          channel: "stabel",
          addons: ["metalb", { name: "nothing" }],
          controlPlane: { pool: "x", pins: { "0": "hel1-r001-u99" } },
          workers: [{ name: "w", replicas: 0, class: "y" }],
          network: { vipPool: "v", lbPool: "l" },
        }),
      [
        "ICH3001 spec.channel",
        "ICH3001 spec.addons[0]",
        "ICH3001 spec.addons[1].name",
        "ICH3001 spec.controlPlane.pool",
        "ICH3001 spec.controlPlane.pins.0",
        "ICH3001 spec.workers[0].class",
        "ICH3001 spec.network.vipPool",
        "ICH3001 spec.network.lbPool",
      ],
    );
  });

  it("is not reported while what has it does not fit its schema", () => {
    check((fleet) => fleet.invalid("ServerPool", "hel1-general").invalid("AddressPool", "hel1-vips"), []);
    check((fleet) => fleet.invalid("Channel", "stable"), []);
  });

  it("is not concluded of a server or switch while some rack or site cannot be read", () => {
    check(
      (fleet) =>
        fleet
          .set("Cluster", "hel1-mgmt", { controlPlane: { pins: { "0": "hel1-r002-u01" } } })
          .invalid("Rack", "hel1-r002"),
      [],
    );
    check(
      (fleet) =>
        fleet
          .server("hel1-r001-u01", { nics: { eno2: { port: "hel1-r002-leaf/Ethernet0" } } })
          .invalid("Rack", "hel1-r002"),
      [],
    );
  });

  it("comes with the name that was meant", () => {
    const [found] = runChecks(
      aFleet()
        .set("Cluster", "hel1-mgmt", { controlPlane: { pool: "hel1-genral" } })
        .build(),
    );
    expect(found?.message).toBe('no server pool named "hel1-genral" (did you mean "hel1-general"?)');
  });
});

describe("pools of a cluster", () => {
  it("have the use that they are named for", () => {
    check(
      (fleet) => fleet.set("Cluster", "hel1-mgmt", { network: { vipPool: "hel1-lb", lbPool: "hel1-vips" } }),
      ["ICH3002 spec.network.vipPool", "ICH3002 spec.network.lbPool"],
    );
  });

  it("belong to its site", () => {
    check(
      (fleet) =>
        fleet
          .set("Site", "sto1", OTHER_SITE)
          .set("AddressPool", "sto1-vips", { site: "sto1", prefix: "10.102.250.0/24", use: "vip" })
          .set("ServerPool", "sto1-general", { selector: { site: "sto1" } })
          .set("MachineClass", "sto1-class", { selector: { site: "sto1" } })
          .set("Cluster", "hel1-mgmt", {
            network: { vipPool: "sto1-vips" },
            controlPlane: { pool: "sto1-general", class: "sto1-class" },
          }),
      ["ICH3003 spec.network.vipPool", "ICH3003 spec.controlPlane.pool", "ICH3003 spec.controlPlane.class"],
    );
  });
});

describe("a hub", () => {
  it("is a management cluster", () => {
    check((fleet) => fleet.set("Cluster", "hel1-mgmt", { role: "customer" }), ["ICH3004 spec.hub"]);
  });

  it("may serve several sites", () => {
    check((fleet) => fleet.set("Site", "sto1", OTHER_SITE), []);
  });

  it("is every management cluster, but one that is being deleted", () => {
    const idle = { hub: "hel1-mgmt" };
    const second = (state: "active" | "deleting") => ({
      role: "management" as const,
      site: "hel1",
      channel: "stable",
      contract: "v1.13" as const,
      state,
      protect: false,
      controlPlane: { replicas: 1, pool: "hel1-general" },
      network: {
        cni: "cilium",
        routing: "frr",
        podCIDRs: ["100.64.0.0/14"],
        serviceCIDRs: ["100.72.0.0/16"],
        vipPool: "hel1-vips",
      } as const,
    });
    const file = "clusters/hel1/m2/secrets.sops.yaml";
    check(
      (fleet) => fleet.set("Site", "hel1", idle).set("Cluster", "m2", second("active")).file("secrets", file),
      ["ICH3005 spec.role"],
    );
    check(
      (fleet) =>
        fleet.set("Site", "hel1", idle).set("Cluster", "m2", second("deleting")).file("secrets", file),
      [],
    );
  });
});

describe("a cable", () => {
  const eno2 = "spec.servers.hel1-r001-u01.nics.eno2.port";
  const uplink = "spec.switches.hel1-r001-leaf-a.uplinks.Ethernet48";
  const cabled = (port: string) => ({ nics: { eno2: { port } } });
  const uplinked = (port: string) => ({
    switches: { "hel1-r001-leaf-a": { uplinks: { Ethernet48: port } } },
  });

  it("leads from a server to a leaf", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u01", cabled("hel1-r001-leaf-x/Ethernet0")),
      [`ICH3001 ${eno2}`],
    );
    check((fleet) => fleet.server("hel1-r001-u01", cabled("hel1-spine1/Ethernet9")), [`ICH3006 ${eno2}`]);
  });

  it("leads from a leaf to a spine", () => {
    check(
      (fleet) => fleet.set("Rack", "hel1-r001", uplinked("hel1-spine9/Ethernet2")),
      [`ICH3001 ${uplink}`],
    );
    check(
      (fleet) => fleet.set("Rack", "hel1-r001", uplinked("hel1-r001-leaf-b/Ethernet50")),
      [`ICH3006 ${uplink}`],
    );
  });

  it("stays in the site", () => {
    check(
      (fleet) =>
        fleet.set("Site", "sto1", OTHER_SITE).set("Rack", "hel1-r001", uplinked("sto1-spine1/Ethernet2")),
      [`ICH3007 ${uplink}`],
    );
  });

  it("ends at ports that the switch models have", () => {
    check(
      (fleet) => fleet.server("hel1-r001-u01", cabled("hel1-r001-leaf-b/Ethernet56")),
      [`ICH3008 ${eno2}`],
    );
    check(
      (fleet) => fleet.set("Rack", "hel1-r001", uplinked("hel1-spine1/Ethernet2048")),
      [`ICH3008 ${uplink}`],
    );
    check(
      (fleet) =>
        fleet.set("Rack", "hel1-r001", {
          switches: { "hel1-r001-leaf-a": { uplinks: { Ethernet99: "hel1-spine1/Ethernet900" } } },
        }),
      ["ICH3008 spec.switches.hel1-r001-leaf-a.uplinks.Ethernet99"],
    );
  });

  it("needs a range of ports that runs upwards", () => {
    check(
      (fleet) =>
        fleet.set("SwitchModel", "spare", { os: "frr", height: 1, ports: { "swp{8..1}": { speed: "1G" } } }),
      ['ICH3009 spec.ports["swp{8..1}"]'],
    );
  });
});

describe("a patch", () => {
  it("exists where its path leads, from the file that names it", () => {
    const named = { patches: ["patches/a.yaml", { machine: {} }] };
    check((fleet) => fleet.set("Fleet", "nesc", named), ["ICH3010 spec.patches[0]"]);
    check((fleet) => fleet.set("Fleet", "nesc", named).file("patch", "patches/a.yaml"), []);
  });

  it("is looked for on every layer", () => {
    const named = { patches: ["a.yaml"] };
    check(
      (fleet) =>
        fleet
          .set("Site", "hel1", named)
          .set("Rack", "hel1-r001", named)
          .set("ServerModel", "dell-r640", named)
          .set("MachineClass", "plain", named)
          .set("Cluster", "hel1-mgmt", { ...named, controlPlane: named })
          .server("hel1-r001-u01", named),
      [
        ...Array.from({ length: 5 }, () => "ICH3010 spec.patches[0]"),
        "ICH3010 spec.controlPlane.patches[0]",
        "ICH3010 spec.servers.hel1-r001-u01.patches[0]",
      ],
    );
  });

  it("does not lie outside the repository", () => {
    check((fleet) => fleet.set("Fleet", "nesc", { patches: ["../a.yaml"] }), ["ICH3011 spec.patches[0]"]);
  });
});

describe("an approval", () => {
  type Actions = Parameters<typeof approve>[0];
  const approve = (
    actions: readonly {
      readonly do: "wipe" | "reinstall" | "delete-cluster";
      readonly serial?: string;
      readonly cluster?: string;
      readonly group?: string;
      readonly pool?: string;
      readonly max?: number;
    }[],
  ) => ({ reason: "test", expires: "2026-11-28", actions });
  const checkActions = (actions: Actions, found: readonly string[]) =>
    check((fleet) => fleet.set("Approval", "2026-11-21-test", approve(actions)), found);

  it("names what its action needs", () => {
    checkActions(
      [
        { do: "wipe", serial: "S1-1" },
        { do: "delete-cluster", cluster: "hel1-mgmt" },
      ],
      [],
    );
    checkActions([{ do: "reinstall", pool: "hel1-general", max: 3 }], []);
    checkActions([{ do: "wipe", cluster: "hel1-mgmt" }], ["ICH3012 spec.actions[0].do"]);
    checkActions([{ do: "delete-cluster", serial: "S1-1" }], ["ICH3012 spec.actions[0].do"]);
    checkActions([{ do: "reinstall" }], ["ICH3012 spec.actions[0].do"]);
    checkActions([{ do: "reinstall", cluster: "hel1-mgmt" }], ["ICH3012 spec.actions[0].do"]);
    checkActions([{ do: "wipe", serial: "S1-1", group: "w" }], ["ICH3012 spec.actions[0].do"]);
  });

  it("may outlive what it named, with a warning", () => {
    checkActions(
      [
        { do: "wipe", serial: "S9-9" },
        { do: "delete-cluster", cluster: "x" },
        { do: "reinstall", pool: "y", max: 1 },
        { do: "reinstall", cluster: "hel1-mgmt", group: "z", max: 1 },
      ],
      [
        "ICH3013 spec.actions[0].serial",
        "ICH3013 spec.actions[1].cluster",
        "ICH3013 spec.actions[2].pool",
        "ICH3013 spec.actions[3].group",
      ],
    );
  });
});
