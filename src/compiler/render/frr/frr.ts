import Handlebars from "handlebars";
import { formatIpv4, formatPrefix, type Ipv4, type Ipv4Prefix } from "../../../core/ip.ts";
import { LOAD_BALANCER_ASN, ROUTER_ASN } from "../../../model/numbers.ts";
import { frrTemplates, type HostContext, type ListEntry } from "./templates.ts";

/** How a host takes part in the fabric. */
export interface HostFrr {
  readonly hostname: string;
  readonly asn: number;
  /** The node's own /32: announced, the router ID, and the source of what the node itself sends. */
  readonly loopback: Ipv4;
  /**
   * The address of the Kubernetes API, on control planes. It is announced only while the health watch has put
   * it on a link of the host, since `network` needs the address in the routing table.
   */
  readonly vip: Ipv4 | undefined;
  /** Ports to the leaves by the kernel's names; `description` says what is at the other end. */
  readonly uplinks: readonly { readonly name: string; readonly description: string }[];
  /** Ranges whose /32s the host accepts from the fabric, beside a default route. */
  readonly fabric: readonly Ipv4Prefix[];
  /** The range of the cluster's load balancer, whose /32s its speaker on this host may announce. */
  readonly lb: Ipv4Prefix | undefined;
  /** Ranges of pods that are routed: accepted from the fabric, and announced from the speaker on this host. */
  readonly podPrefixes: readonly string[];
}

/** The files below /etc/frr. */
export interface FrrFiles {
  readonly frrConf: string;
  readonly daemons: string;
  readonly vtyshConf: string;
}

/** The load balancer's end of the veth pair into FRR's VRF `workload`; FRR has 192.168.250.254. */
const WORKLOAD_ADDRESS = "192.168.250.255";

/** The smallest share of a pod range that one node announces. */
const LONGEST_POD_PREFIX = 28;

/**
 * Compiles the templates once and returns what makes a host's FRR files. FRR refuses `set src` for an address
 * that is not on the host yet: the extension starts after the loopback is there.
 */
export function createFrr(): (input: HostFrr) => FrrFiles {
  const handlebars = Handlebars.create();
  const host = handlebars.compile<HostContext>(frrTemplates.host, { strict: true, noEscape: true });
  return (input) => {
    const context = hostContext(input);
    return {
      frrConf: host(context),
      daemons: daemons({ workload: context.workload !== undefined }),
      vtyshConf: "service integrated-vtysh-config\n",
    };
  };
}

function hostContext(input: HostFrr): HostContext {
  const own = [input.loopback, ...(input.vip === undefined ? [] : [input.vip])];
  const ownPrefixes = own.map((address) => `${formatIpv4(address)}/32`);
  const services = input.lb === undefined ? [] : [addressesOf(input.lb)];
  const hasWorkload = services.length + input.podPrefixes.length > 0;
  return {
    hostname: input.hostname,
    asn: input.asn,
    loopback: formatIpv4(input.loopback),
    uplinks: input.uplinks,
    own: ownPrefixes,
    lists: {
      own: numbered(ownPrefixes),
      // Whatever is outside the site, the applier included, is reached by the default route of the leaves.
      fabric: numbered([...input.fabric.map(addressesOf), "0.0.0.0/0"]),
      services: numbered(services),
      pods: numbered(input.podPrefixes.map(sharesOf)),
    },
    workload: hasWorkload
      ? { asn: LOAD_BALANCER_ASN, routerAsn: ROUTER_ASN, address: WORKLOAD_ADDRESS }
      : undefined,
  };
}

function numbered(matches: readonly string[]): ListEntry[] {
  return [...new Set(matches)].map((match, index) => ({ seq: 10 * (index + 1), match }));
}

/** Every single address of the prefix. FRR refuses a `ge` that is not longer than the prefix itself. */
function addressesOf(prefix: Ipv4Prefix): string {
  return prefix.length === 32 ? formatPrefix(prefix) : `${formatPrefix(prefix)} ge 32`;
}

function sharesOf(prefix: string): string {
  const length = Number(prefix.split("/")[1]);
  return length < LONGEST_POD_PREFIX ? `${prefix} le ${LONGEST_POD_PREFIX}` : prefix;
}

/**
 * Which daemons run. With `-n` zebra takes network namespaces for VRFs: the speaker's end of the veth pair is
 * on the host, FRR's in a namespace, because one host cannot peer with itself.
 */
function daemons(has: { readonly workload: boolean }): string {
  const zebra = `${has.workload ? "-n " : ""}-A 127.0.0.1 -s 90000000`;
  return [
    "bgpd=yes",
    "bfdd=yes",
    "vtysh_enable=yes",
    `zebra_options="${zebra}"`,
    'bgpd_options="-A 127.0.0.1"',
    'staticd_options="-A 127.0.0.1"',
    'bfdd_options="-A 127.0.0.1"',
    'frr_profile="datacenter"',
    "",
  ].join("\n");
}
