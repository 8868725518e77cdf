import { describe, expect, test } from "vitest";
import { type Ipv4, type Ipv4Prefix, parseIpv4, parseIpv4Prefix } from "../../../core/ip.ts";
import { createFrr, type HostFrr } from "./frr.ts";

const address = (text: string): Ipv4 => parseIpv4(text) ?? Number.NaN;
const prefix = (text: string): Ipv4Prefix => parseIpv4Prefix(text) ?? { address: Number.NaN, length: 0 };

const worker: HostFrr = {
  hostname: "hel1-r017-u01",
  asn: 4200101701,
  loopback: address("10.101.4.65"),
  vip: undefined,
  uplinks: [
    { name: "eno1", description: "hel1-r017-leaf-a:Ethernet0" },
    { name: "eno2", description: "hel1-r017-leaf-b:Ethernet0" },
  ],
  fabric: [prefix("10.101.0.0/16"), prefix("10.110.0.1/32")],
  lb: undefined,
  podPrefixes: [],
};

function check(input: HostFrr): string {
  const { frrConf } = createFrr()(input);
  expect(undefinedNames(frrConf)).toEqual([]);
  return frrConf;
}

/** Names that are used before they are defined, which no grammar check of FRR finds. */
function undefinedNames(conf: string): string[] {
  const rules: [use: RegExp, definition: (name: string) => string][] = [
    [/ prefix-list (\S+)$/gm, (name) => `ip prefix-list ${name} seq`],
    [/ match as-path (\S+)$/gm, (name) => `bgp as-path access-list ${name} seq`],
    [/ route-map (\S+)(?: in| out|)$/gm, (name) => `\nroute-map ${name} `],
    [/ bfd profile (\S+)$/gm, (name) => `\n profile ${name}`],
    [/ peer-group (\S+)$/gm, (name) => `neighbor ${name} peer-group`],
    [/ import vrf (\S+)$/gm, (name) => `\nvrf ${name}`],
  ];
  return rules.flatMap(([use, definition]) =>
    [...conf.matchAll(use)].flatMap(({ 1: name = "", index }) => {
      const at = conf.indexOf(definition(name));
      return at >= 0 && at < index ? [] : [name];
    }),
  );
}

describe("frr.conf of a host", () => {
  test("a worker announces its loopback and nothing else", () => {
    const conf = check(worker);
    expect(conf.match(/^ {2}network .*/gm)).toEqual(["  network 10.101.4.65/32"]);
    expect(conf.match(/^ip prefix-list .*/gm)).toEqual([
      "ip prefix-list OWN seq 10 permit 10.101.4.65/32",
      "ip prefix-list FABRIC seq 10 permit 10.101.0.0/16 ge 32",
      "ip prefix-list FABRIC seq 20 permit 10.110.0.1/32",
      "ip prefix-list FABRIC seq 30 permit 0.0.0.0/0",
    ]);
    expect(conf).not.toContain("workload");
  });

  test("a control plane may announce the API's address as well", () => {
    const conf = check({ ...worker, vip: address("10.101.250.16") });
    expect(conf.match(/^ {2}network .*/gm)).toEqual([
      "  network 10.101.4.65/32",
      "  network 10.101.250.16/32",
    ]);
    expect(conf).toContain("ip prefix-list OWN seq 20 permit 10.101.250.16/32\n");
  });

  test("what the load balancer announces is bound to its range and to its AS", () => {
    const conf = check({ ...worker, lb: prefix("10.101.251.0/26") });
    expect(conf).toContain("ip prefix-list SERVICES seq 10 permit 10.101.251.0/26 ge 32\n");
    expect(conf).toContain(
      "route-map FABRIC-OUT permit 20\n match ip address prefix-list SERVICES\n match as-path WORKLOAD\n",
    );
    expect(conf).toContain("neighbor 192.168.250.255 peer-group WORKLOAD");
  });

  test("routed pods come from the fabric and from the host's own speaker", () => {
    const conf = check({ ...worker, podPrefixes: ["100.64.0.0/14"] });
    expect(conf).toContain("ip prefix-list PODS seq 10 permit 100.64.0.0/14 le 28\n");
    expect(conf).toContain("route-map FABRIC-IN permit 20\n match ip address prefix-list PODS\n");
    expect(conf).toContain("route-map WORKLOAD-IN permit 20\n match ip address prefix-list PODS\n");
    expect(conf).not.toContain("SERVICES");
  });

  test("all policy stands before the first router, and every session has policy both ways", () => {
    const conf = check({ ...worker, lb: prefix("10.101.251.0/26"), podPrefixes: ["100.64.0.0/14"] });
    const router = conf.indexOf("\nrouter bgp ");
    expect(Math.max(conf.lastIndexOf("\nip prefix-list"), conf.lastIndexOf("\nroute-map"))).toBeLessThan(
      router,
    );
    for (const group of ["FABRIC", "WORKLOAD"]) {
      expect(conf).toMatch(
        new RegExp(`neighbor ${group} route-map \\S+ in\n +neighbor ${group} route-map \\S+ out`),
      );
    }
    expect(conf).not.toContain("graceful-restart-disable");
  });

  test("every uplink is an IPv6 peer, whatever addresses it has", () => {
    expect(check(worker).match(/neighbor \S+ interface.*/g)).toEqual([
      "neighbor eno1 interface v6only peer-group FABRIC",
      "neighbor eno2 interface v6only peer-group FABRIC",
    ]);
  });

  test("zebra takes namespaces for VRFs only where there is one", () => {
    const render = createFrr();
    expect(render(worker).daemons).not.toContain("-n ");
    expect(render({ ...worker, lb: prefix("10.101.251.0/26") }).daemons).toContain('zebra_options="-n ');
  });
});
