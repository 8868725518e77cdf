import { kind, patches } from "../kind.ts";
import {
  anyObject,
  array,
  boolean,
  either,
  type Infer,
  integer,
  map,
  object,
  oneOf,
  optional,
  string,
} from "../schema.ts";
import { nodeLabels, nodeTaints } from "../spec-parts.ts";
import { countOrPercent, duration, ipv4, ipv4Prefix, name, url } from "../values.ts";

const place = string({ pattern: "^(0|[1-9]\\d*)$", form: "the number of a place, from 0" });

/** What control planes and groups of workers have in common. */
const group = {
  replicas: integer({ minimum: 0, maximum: 5000 }),
  pool: optional(name({ description: "The ServerPool to take servers from." })),
  class: optional(name({ description: "The MachineClass." })),
  flavor: optional(name({ description: "Size of the machine, on virtual platforms instead of a pool." })),
  spread: optional(
    map(
      integer({ minimum: 1 }),
      string({ pattern: "^[A-Za-z0-9./_-]+$", form: "rack, or a label of servers" }),
      {
        description: "At most so many in one rack, or with one value of a label: `{ rack: 2, power: 4 }`.",
      },
    ),
  ),
  pins: optional(
    map(name(), place, { description: "Places that must be on these servers: `{ 0: hel1-r003-u07 }`." }),
  ),
  release: optional(
    array(integer({ minimum: 0 }), { description: "Places to give up first when the group shrinks." }),
  ),
  labels: nodeLabels(),
  taints: nodeTaints(),
};

const controlPlane = object({
  ...group,
  replicas: integer({
    minimum: 1,
    maximum: 7,
    description: "1, 3 or 5: an even number tolerates no more failures than one less.",
  }),
  schedulable: optional(boolean({ default: false, description: "Ordinary pods may run here." })),
  patches: patches("the control planes of the cluster"),
});

const workers = object({
  name: name({ description: "Unique in the cluster; `control-plane` is taken." }),
  ...group,
  patches: patches("the machines of this group"),
});

const network = object({
  cni: oneOf(["cilium", "flannel", "none"]),
  routing: oneOf(["frr", "talos"], {
    description: "Who speaks BGP to the leaves: FRR as a system extension, or Talos itself from 1.14.",
  }),
  pods: optional(
    oneOf(["tunnel", "routed"], {
      default: "tunnel",
      description:
        "`tunnel`: pod ranges may repeat between clusters. `routed`: unique in the site, announced per node.",
    }),
  ),
  loadBalancer: optional(
    oneOf(["metallb", "cilium", "none"], {
      default: "none",
      description: "Who announces addresses of services; it peers with the local router only.",
    }),
  ),
  podCIDRs: array(ipv4Prefix(), { minItems: 1 }),
  serviceCIDRs: array(ipv4Prefix(), { minItems: 1 }),
  vipPool: optional(name({ description: "AddressPool of the Kubernetes API's address." })),
  vip: optional(ipv4({ description: "The Kubernetes API's address itself, instead of a pool." })),
  lbPool: optional(name({ description: "AddressPool of the load balancers' range." })),
  lbSize: optional(
    string({
      pattern: "^/(1[6-9]|2\\d|3[0-2])$",
      form: "a prefix length such as /26",
      description: "Size of the load balancers' range.",
    }),
  ),
});

const spec = object({
  role: oneOf(["management", "monitoring", "customer"]),
  site: name({ description: "The Site; equal to the folder." }),
  channel: name({ description: "The Channel whose versions it runs." }),
  contract: oneOf(["v1.12", "v1.13", "v1.14"], {
    description:
      "The Talos version the cluster was created with: the form of its configuration. An upgrade leaves it alone.",
  }),
  protect: optional(boolean({ default: true, description: "No scale-down, reset or deletion while set." })),
  state: optional(
    oneOf(["active", "deleting"], {
      default: "active",
      description: "`deleting` gives up all machines; `protect: false` must have been merged before.",
    }),
  ),
  priority: optional(
    integer({ minimum: 0, maximum: 1000, default: 0, description: "Higher ones are filled first." }),
  ),
  platform: optional(oneOf(["metal", "openstack", "vmware"], { default: "metal" })),
  controlPlane,
  workers: optional(array(workers)),
  network,
  rollout: optional(
    object(
      {
        maxUnavailable: optional(countOrPercent({ default: 1 })),
        maxParallel: optional(integer({ minimum: 1, default: 1 })),
        window: optional(
          string({
            pattern:
              "^((Mon|Tue|Wed|Thu|Fri|Sat|Sun)(-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))? )?\\d{2}:\\d{2}-\\d{2}:\\d{2} [A-Za-z_]+(/[A-Za-z_]+)*$",
            form: 'days, times and time zone such as "Sat 01:00-05:00 Europe/Helsinki"',
          }),
        ),
      },
      { description: "How changes reach the machines." },
    ),
  ),
  repair: optional(
    object(
      {
        mode: optional(oneOf(["off", "pull-request"], { default: "pull-request" })),
        maxUnhealthy: optional(countOrPercent({ default: "20%" })),
        nodeTimeout: optional(duration({ default: "10m" })),
        startupTimeout: optional(duration({ default: "30m" })),
      },
      { description: "What happens to machines that stay unhealthy." },
    ),
  ),
  etcd: optional(
    object({
      backup: optional(
        object(
          { schedule: duration(), keep: integer({ minimum: 1 }), to: url() },
          { description: "Snapshots of etcd." },
        ),
      ),
    }),
  ),
  addons: optional(
    array(
      either(
        name(),
        object({
          name: name(),
          values: optional(anyObject({ description: "Helm values over the catalogue's." })),
        }),
      ),
      {
        description: "Add-ons beside those of its role.",
      },
    ),
  ),
  patches: patches("every machine of the cluster"),
});

/** A Kubernetes cluster. */
export const cluster = kind(
  "Cluster",
  "A Kubernetes cluster on Talos Linux: its versions, machines and network.",
  spec,
);
export type ClusterSpec = Infer<typeof spec>;
export type ControlPlaneSpec = Infer<typeof controlPlane>;
export type WorkersSpec = Infer<typeof workers>;
