/** The files of a new fleet repository: one rack, three servers, one cluster; every line to be replaced by real ones. */
export const INIT_FILES: Readonly<Record<string, string>> = {
  "inventory/fleet.yaml": `# yaml-language-server: $schema=../schemas/fleet.json
apiVersion: ichor/v1alpha1
kind: Fleet
metadata: { name: my-fleet }
spec:
  repository: { url: "https://git.example/platform/fleet.git", revision: refs/heads/main }
  asn: { base: 4200000000 } # private 4-byte ASNs; every machine's is computed from its place
  factory: { url: "https://factory.talos.dev" }
  discovery: { endpoint: public } # Talos' own BGP needs it; an own service's URL is possible
`,
  "inventory/models/server-a.yaml": `# yaml-language-server: $schema=../../schemas/server-model.json
apiVersion: ichor/v1alpha1
kind: ServerModel
metadata: { name: server-a }
spec:
  arch: amd64
  height: 1
  nics: { eno1: { speed: 25G }, eno2: { speed: 25G } }
  installDisk: disk.transport == "nvme" && disk.size > 200u * GB
  bmc: { driver: redfish, vendor: generic }
`,
  "inventory/models/leaf-48.yaml": `# yaml-language-server: $schema=../../schemas/switch-model.json
apiVersion: ichor/v1alpha1
kind: SwitchModel
metadata: { name: leaf-48 }
spec:
  os: sonic
  height: 1
  relay: vlan
  ports: { "Ethernet{0..47}": { speed: 25G }, "Ethernet{48..55}": { speed: 100G } }
`,
  "inventory/models/spine-32.yaml": `# yaml-language-server: $schema=../../schemas/switch-model.json
apiVersion: ichor/v1alpha1
kind: SwitchModel
metadata: { name: spine-32 }
spec:
  os: sonic
  height: 1
  ports: { "Ethernet{0..31}": { speed: 100G } }
`,
  "inventory/sites/dc1/site.yaml": `# yaml-language-server: $schema=../../../schemas/site.json
apiVersion: ichor/v1alpha1
kind: Site
metadata: { name: dc1 }
spec:
  index: 1 # never changes
  loopbacks: 10.101.0.0/16 # every machine's /32 is computed from its rack and unit
  bootstrap: 10.202.0.0/15 # one /31 per boot port
  hub: dc1-mgmt
  dns: [10.101.255.53]
  ntp: [10.101.255.123]
  management: [10.0.0.0/24] # where you and the applier are
  provisioning: { addressing: kea, boot: ipxe, url: "http://boot.dc1.example" }
  spines:
    dc1-spine1: { model: spine-32, loopback: 10.101.254.1 }
    dc1-spine2: { model: spine-32, loopback: 10.101.254.2 }
`,
  "inventory/sites/dc1/pools.yaml": `# yaml-language-server: $schema=../../../schemas/pools.json
apiVersion: ichor/v1alpha1
kind: ServerPool
metadata: { name: dc1-general }
spec:
  selector: { site: dc1, model: [server-a] }
---
apiVersion: ichor/v1alpha1
kind: AddressPool
metadata: { name: dc1-vips }
spec: { site: dc1, prefix: 10.101.250.0/24, use: vip }
`,
  "inventory/sites/dc1/racks/dc1-r001.yaml": `# yaml-language-server: $schema=../../../../schemas/rack.json
apiVersion: ichor/v1alpha1
kind: Rack
metadata: { name: dc1-r001 }
spec:
  site: dc1
  index: 1 # never changes
  switches:
    dc1-r001-leaf-a: { model: leaf-48, u: 47, serial: LEAF-A, uplinks: { Ethernet48: dc1-spine1/Ethernet0, Ethernet49: dc1-spine2/Ethernet0 } }
    dc1-r001-leaf-b: { model: leaf-48, u: 48, serial: LEAF-B, uplinks: { Ethernet48: dc1-spine1/Ethernet1, Ethernet49: dc1-spine2/Ethernet1 } }
  defaults: { model: server-a, bmc: { credentials: bmc/default } }
  servers:
    dc1-r001-u01:
      u: 1
      serial: SERIAL-1
      uuid: 00000000-0000-4000-8000-000000000001
      bmc: { address: 10.9.1.1, mac: "02:00:00:00:01:00" }
      nics:
        eno1: { mac: "02:00:00:00:01:01", port: dc1-r001-leaf-a/Ethernet0, boot: true }
        eno2: { mac: "02:00:00:00:01:02", port: dc1-r001-leaf-b/Ethernet0 }
    dc1-r001-u02:
      u: 2
      serial: SERIAL-2
      uuid: 00000000-0000-4000-8000-000000000002
      bmc: { address: 10.9.1.2, mac: "02:00:00:00:02:00" }
      nics:
        eno1: { mac: "02:00:00:00:02:01", port: dc1-r001-leaf-a/Ethernet1, boot: true }
        eno2: { mac: "02:00:00:00:02:02", port: dc1-r001-leaf-b/Ethernet1 }
    dc1-r001-u03:
      u: 3
      serial: SERIAL-3
      uuid: 00000000-0000-4000-8000-000000000003
      bmc: { address: 10.9.1.3, mac: "02:00:00:00:03:00" }
      nics:
        eno1: { mac: "02:00:00:00:03:01", port: dc1-r001-leaf-a/Ethernet2, boot: true }
        eno2: { mac: "02:00:00:00:03:02", port: dc1-r001-leaf-b/Ethernet2 }
`,
  "clusters/channels/stable.yaml": `# yaml-language-server: $schema=../../schemas/channel.json
apiVersion: ichor/v1alpha1
kind: Channel
metadata: { name: stable }
spec: { talos: v1.14.1, kubernetes: v1.37.0 }
`,
  "clusters/dc1/dc1-mgmt/cluster.yaml": `# yaml-language-server: $schema=../../../schemas/cluster.json
apiVersion: ichor/v1alpha1
kind: Cluster
metadata: { name: dc1-mgmt }
spec:
  role: management
  site: dc1
  channel: stable
  contract: v1.14 # the Talos version it is created with; stays when the channel moves on
  controlPlane: { replicas: 3, pool: dc1-general, schedulable: true }
  network:
    cni: flannel
    routing: talos # or frr, with an image that holds it
    podCIDRs: [100.64.0.0/14]
    serviceCIDRs: [100.72.0.0/16]
    vipPool: dc1-vips
`,
  ".gitattributes": `generated/** linguist-generated=true
inventory/allocations/** linguist-generated=true
`,
};
