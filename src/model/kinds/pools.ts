import { kind } from "../kind.ts";
import { integer, object, oneOf, optional } from "../schema.ts";
import { selector } from "../spec-parts.ts";
import { countOrPercent, duration, ipv4Prefix, name } from "../values.ts";

const serverPoolSpec = object({
  selector,
  reserve: optional(
    countOrPercent({ default: 0, description: "Kept for repair: never taken by a new or growing cluster." }),
  ),
  quarantine: optional(
    object({ minAge: duration({ description: "How long a wiped server waits before it is free again." }) }),
  ),
});

/** Servers that clusters may take. */
export const serverPool = kind(
  "ServerPool",
  "A set of servers from which clusters take theirs.",
  serverPoolSpec,
);

const addressPoolSpec = object({
  site: name(),
  prefix: ipv4Prefix(),
  use: oneOf(["vip", "lb"], {
    description:
      "`vip`: one address a cluster for its Kubernetes API. `lb`: a range a cluster for its load balancers.",
  }),
  reserve: optional(
    integer({ minimum: 0, default: 0, description: "So many first addresses are for people to pin." }),
  ),
});

/** Addresses that clusters may hold. */
export const addressPool = kind(
  "AddressPool",
  "Addresses from which clusters get their virtual IP or load-balancer range.",
  addressPoolSpec,
);
