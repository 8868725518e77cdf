/** Handlebars templates of FRR's files, as text: the compiler reads no files besides the repository's. */
export interface FrrTemplates {
  /** A host's frr.conf; gets {@link HostContext}. */
  readonly host: string;
}

/** A line of a prefix list or of an AS-path list, numbered. */
export interface ListEntry {
  readonly seq: number;
  readonly match: string;
}

/** What a host's frr.conf is made from. */
export interface HostContext {
  readonly hostname: string;
  readonly asn: number;
  /** The node's own address, which is also its router ID. */
  readonly loopback: string;
  readonly uplinks: readonly { readonly name: string; readonly description: string }[];
  /** /32s that the host announces while they are on one of its links. */
  readonly own: readonly string[];
  readonly lists: {
    readonly own: readonly ListEntry[];
    readonly fabric: readonly ListEntry[];
    readonly services: readonly ListEntry[];
    readonly pods: readonly ListEntry[];
  };
  /** The load balancer's or CNI's BGP speaker on the host; undefined where there is none. */
  readonly workload:
    | { readonly asn: number; readonly routerAsn: number; readonly address: string }
    | undefined;
}

/**
 * ichor's own templates, for FRR 8.4.
 *
 * Order matters: bgpd ignores a change of policy that comes while a session starts, so every list and map
 * stands before the first `router bgp`. `v6only` matters: with an IPv4 address on the port (the boot port has
 * one) FRR otherwise waits for an IPv4 peer for ever.
 */
export const frrTemplates: FrrTemplates = {
  host: `frr version 8.4
frr defaults datacenter
hostname {{hostname}}
log syslog informational
no ip nht resolve-via-default
service integrated-vtysh-config
!
ip forwarding
ipv6 forwarding
!
{{#each uplinks}}
interface {{name}}
 description {{description}}
 ipv6 nd ra-interval 10
 no ipv6 nd suppress-ra
exit
!
{{/each}}
bfd
 profile FABRIC
  detect-multiplier 3
  receive-interval 300
  transmit-interval 300
 exit
exit
!
{{#if workload}}
vrf workload
exit-vrf
!
{{/if}}
{{#each lists.own}}
ip prefix-list OWN seq {{seq}} permit {{match}}
{{/each}}
{{#each lists.fabric}}
ip prefix-list FABRIC seq {{seq}} permit {{match}}
{{/each}}
{{#each lists.services}}
ip prefix-list SERVICES seq {{seq}} permit {{match}}
{{/each}}
{{#each lists.pods}}
ip prefix-list PODS seq {{seq}} permit {{match}}
{{/each}}
!
bgp as-path access-list HERE seq 10 permit ^$
{{#if workload}}
bgp as-path access-list WORKLOAD seq 10 permit ^{{workload.asn}}$
{{/if}}
!
! Only what starts on this host goes out, by prefix and by AS path: a host is never transit.
route-map FABRIC-OUT permit 10
 match ip address prefix-list OWN
 match as-path HERE
exit
{{#if lists.services}}
route-map FABRIC-OUT permit 20
 match ip address prefix-list SERVICES
 match as-path WORKLOAD
exit
{{/if}}
{{#if lists.pods}}
route-map FABRIC-OUT permit 30
 match ip address prefix-list PODS
 match as-path WORKLOAD
exit
{{/if}}
route-map FABRIC-IN permit 10
 match ip address prefix-list FABRIC
exit
{{#if lists.pods}}
route-map FABRIC-IN permit 20
 match ip address prefix-list PODS
exit
{{/if}}
{{#if lists.services}}
route-map WORKLOAD-IN permit 10
 match ip address prefix-list SERVICES
exit
{{/if}}
{{#if lists.pods}}
route-map WORKLOAD-IN permit 20
 match ip address prefix-list PODS
exit
{{/if}}
{{#if workload}}
route-map NOTHING deny 10
exit
{{/if}}
route-map SET-SOURCE permit 10
 set src {{loopback}}
exit
!
{{#if workload}}
router bgp {{workload.routerAsn}} vrf workload
 bgp router-id {{loopback}}
 bgp log-neighbor-changes
 no bgp default ipv4-unicast
 neighbor WORKLOAD peer-group
 neighbor WORKLOAD remote-as {{workload.asn}}
 neighbor WORKLOAD passive
 neighbor WORKLOAD timers 3 9
 neighbor {{workload.address}} peer-group WORKLOAD
 !
 address-family ipv4 unicast
  neighbor WORKLOAD activate
  neighbor WORKLOAD route-map WORKLOAD-IN in
  neighbor WORKLOAD route-map NOTHING out
  neighbor WORKLOAD maximum-prefix 4096
 exit-address-family
exit
!
{{/if}}
router bgp {{asn}}
 bgp router-id {{loopback}}
 bgp log-neighbor-changes
 bgp bestpath as-path multipath-relax
 no bgp default ipv4-unicast
 neighbor FABRIC peer-group
 neighbor FABRIC remote-as external
 neighbor FABRIC capability extended-nexthop
 neighbor FABRIC timers 1 3
 neighbor FABRIC timers connect 3
 neighbor FABRIC advertisement-interval 0
 neighbor FABRIC bfd profile FABRIC
{{#each uplinks}}
 neighbor {{name}} interface v6only peer-group FABRIC
{{/each}}
 !
 address-family ipv4 unicast
{{#each own}}
  network {{this}}
{{/each}}
{{#if workload}}
  import vrf workload
{{/if}}
  neighbor FABRIC activate
  neighbor FABRIC route-map FABRIC-IN in
  neighbor FABRIC route-map FABRIC-OUT out
  neighbor FABRIC maximum-prefix 20000 90 restart 5
  maximum-paths 64
 exit-address-family
exit
!
ip protocol bgp route-map SET-SOURCE
!
line vty
!
`,
};
