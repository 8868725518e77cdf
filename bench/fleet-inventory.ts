import type { RackShape, ServerShape, SiteShape } from "./fleet-shape.ts";
import { createRandom, type Random } from "./random.ts";

/** inventory/sites: the sites with their pools and racks, as an import tool would write them. */
export function* inventoryFiles(
  sites: readonly SiteShape[],
  seed: number,
): Generator<readonly [path: string, text: string]> {
  const random = createRandom(seed);
  for (const site of sites) {
    const folder = `inventory/sites/${site.name}`;
    yield [`${folder}/site.yaml`, siteText(site)];
    yield [`${folder}/pools.yaml`, poolsText(site)];
    for (const rack of site.racks) yield [`${folder}/racks/${rack.name}.yaml`, rackText(site, rack, random)];
  }
}

const SPINES = [1, 2, 3, 4];

function siteText({ name, index }: SiteShape): string {
  const spines = SPINES.map(
    (spine) =>
      `    ${name}-spine${spine}: { model: sonic-spine, loopback: 10.${index}.254.${spine}, serial: MT2230S${index}${spine} }\n`,
  );
  return `# yaml-language-server: $schema=../../../schemas/site.json
# Addresses in use:
#   10.${index}.0.0/16      loopbacks; from 10.${index}.250.0 up: virtual IPs, spines, services
#   10.${50 + index}.0.0/16     load balancers
#   10.${100 + 2 * index}.0.0/15    boot ports
#   10.${190 + index}.0.0/16    BMCs
apiVersion: ichor/v1alpha1
kind: Site
metadata: { name: ${name}, labels: { region: eu } }
spec:
  index: ${index}
  loopbacks: 10.${index}.0.0/16
  bootstrap: 10.${100 + 2 * index}.0.0/15
  hub: ${name}-mgmt
  dns: [10.${index}.255.53]
  ntp: [10.${index}.255.123, ntp.fleet.example]
  domain: ${name}.fleet.example
  management: [10.240.${index}.0/24]
  provisioning:
    addressing: kea
    boot: ipxe
    url: http://boot.${name}.fleet.example
  spines:
${spines.join("")}  registries:
    docker.io:
      endpoints: ["https://cache.${name}.fleet.example/v2/docker.io"]
      overridePath: true
  patches:
    # Images are pulled even while DNS is down.
    - apiVersion: v1alpha1
      kind: StaticHostConfig
      name: 10.${index}.255.80
      hostnames: [cache.${name}.fleet.example]
`;
}

function poolsText({ name, index }: SiteShape): string {
  return `# yaml-language-server: $schema=../../../schemas/pools.json
apiVersion: ichor/v1alpha1
kind: ServerPool
metadata: { name: ${name}-general }
spec:
  selector:
    site: ${name}
    model: [dell-r640, hpe-dl360, lenovo-sr630, supermicro-1029]
  reserve: 1%
  quarantine: { minAge: 24h }
---
apiVersion: ichor/v1alpha1
kind: ServerPool
metadata: { name: ${name}-gpu }
spec:
  selector: { site: ${name}, labels: { gpu: a100 } }
  reserve: 1
---
apiVersion: ichor/v1alpha1
kind: AddressPool
metadata: { name: ${name}-vips }
spec:
  site: ${name}
  prefix: 10.${index}.250.0/24 # from offset 64000 of the loopbacks, where no rack reaches
  use: vip
  reserve: 16
---
apiVersion: ichor/v1alpha1
kind: AddressPool
metadata: { name: ${name}-lb }
spec:
  site: ${name}
  prefix: 10.${50 + index}.0.0/16
  use: lb
  reserve: 64
`;
}

function rackText(site: SiteShape, rack: RackShape, random: Random): string {
  const leaves = ["a", "b"].map((side, number) => {
    const uplinks = SPINES.map(
      (spine) =>
        `        Ethernet${47 + spine}: ${site.name}-spine${spine}/Ethernet${2 * (rack.index - 1) + number}\n`,
    );
    return `    ${rack.name}-leaf-${side}:
      model: sonic-leaf-48
      u: ${47 + number}
      serial: MT2231X${String(site.index * 10_000 + rack.index * 10 + number)}
      uplinks:
${uplinks.join("")}`;
  });
  return `# yaml-language-server: $schema=../../../../schemas/rack.json
apiVersion: ichor/v1alpha1
kind: Rack
metadata: { name: ${rack.name}, labels: { row: ${rack.row}, power: ${rack.power} } }
spec:
  site: ${site.name}
  index: ${rack.index}
  switches:
${leaves.join("")}  defaults:
    model: ${rack.model}
    bmc: { driver: redfish, credentials: bmc/default }
  servers:
${rack.servers.map((server) => serverText(site, rack, { server, random })).join("\n")}`;
}

/** Network ports by model; the first one boots. */
const NICS = {
  "dell-r640": ["eno1", "eno2"],
  "hpe-dl360": ["ens10f0np0", "ens10f1np1"],
  "lenovo-sr630": ["ens3f0np0", "ens3f1np1"],
  "supermicro-1029": ["eno1", "eno2"],
  "nokia-airframe-gpu": ["ens1f0np0", "ens1f1np1"],
} as const;

function serverText(
  site: SiteShape,
  rack: RackShape,
  { server, random }: { readonly server: ServerShape; readonly random: Random },
): string {
  const [boot, other] = NICS[server.model];
  const port = `Ethernet${server.position}`;
  const model = server.model === rack.model ? "" : `      model: ${server.model}\n`;
  return `    ${server.name}:
      u: ${server.u}
${model}      serial: ${serial(server)}
      uuid: ${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-8${random.hex(3)}-${hex(server.number, 12)}
      bmc: { address: 10.${190 + site.index}.${rack.index % 250}.${64 * Math.floor(rack.index / 250) + server.position + 1}, mac: "${mac("d0:94:66", server.number)}" }
      nics:
        ${boot}: { mac: "${mac("b8:ce:f6", 2 * server.number)}", port: ${rack.name}-leaf-a/${port}, boot: true }
        ${other}: { mac: "${mac("b8:ce:f6", 2 * server.number + 1)}", port: ${rack.name}-leaf-b/${port} }
${stateText(server, random)}`;
}

/** About one server in 140 is out of use; none of the few with GPUs, of which clusters want nearly all. */
function stateText(server: ServerShape, random: Random): string {
  if (server.model === "nokia-airframe-gpu") return "";
  const draw = random.below(1000);
  if (draw < 4)
    return `      state: broken\n      reason: "DIMM ${random.pick(["A1", "A3", "B2"])}, ticket OPS-${server.number}"\n`;
  if (draw < 6) return `      state: maintenance\n      reason: "firmware, ticket OPS-${server.number}"\n`;
  if (draw < 7) return `      state: retired\n      reason: "main board, not worth a repair"\n`;
  return "";
}

function serial({ number }: ServerShape): string {
  return `S${(36 ** 5 + number * 7).toString(36).toUpperCase()}`;
}

function mac(vendor: string, number: number): string {
  return [vendor, ...(hex(number, 6).match(/../g) ?? [])].join(":");
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}
