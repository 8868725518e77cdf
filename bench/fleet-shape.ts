import { createRandom } from "./random.ts";

/** What a fleet is made from; the defaults have the size of a large telecommunication cloud. */
export interface FleetOptions {
  /** 1..40 */
  readonly sites: number;
  /** 1..999, over all sites */
  readonly racks: number;
  /** Over all racks; at most 40 in each. */
  readonly servers: number;
  /** Over all sites, the management and monitoring cluster of each included. */
  readonly clusters: number;
  readonly seed: number;
}

export const FULL_SIZE: FleetOptions = { sites: 7, racks: 350, servers: 11_000, clusters: 320, seed: 1 };

export interface SiteShape {
  readonly name: string;
  /** From 1; it is also the second byte of the site's ranges. */
  readonly index: number;
  readonly racks: readonly RackShape[];
  readonly clusters: readonly ClusterShape[];
}

export interface RackShape {
  readonly name: string;
  readonly index: number;
  readonly row: string;
  readonly power: "a" | "b";
  readonly model: ModelName;
  readonly servers: readonly ServerShape[];
}

export interface ServerShape {
  readonly name: string;
  readonly u: number;
  /** In the order of the rack; gives the leaf's port. */
  readonly position: number;
  /** Unique in the fleet. */
  readonly number: number;
  readonly model: ModelName;
}

export interface ClusterShape {
  readonly name: string;
  /** From 0 in its site. */
  readonly index: number;
  readonly role: "management" | "monitoring" | "customer";
  readonly controlPlanes: number;
  readonly workers: number;
  readonly gpus: number;
  readonly generation: Generation;
}

/** Which Talos a cluster was made with, which one it runs, and who speaks BGP. */
export interface Generation {
  readonly channel: "old" | "stable" | "next";
  readonly contract: "v1.12" | "v1.13" | "v1.14";
  readonly routing: "frr" | "talos";
}

export type ModelName = "dell-r640" | "hpe-dl360" | "lenovo-sr630" | "supermicro-1029" | "nokia-airframe-gpu";

const CITIES = ["hel1", "osl2", "sto3", "cph4", "fra5", "ams6", "waw7"];

const RACK_MODELS = [
  "dell-r640",
  "dell-r640",
  "hpe-dl360",
  "lenovo-sr630",
  "supermicro-1029",
] as const satisfies readonly ModelName[];

/** Every third rack ends with so many servers with GPUs, each two units high. */
const GPUS_IN_RACK = 3;

/** Most clusters follow the stable versions behind FRR; a sixth tries Talos' own BGP. */
const GENERATIONS: readonly [Generation, ...Generation[]] = [
  { channel: "stable", contract: "v1.13", routing: "frr" },
  { channel: "stable", contract: "v1.12", routing: "frr" },
  { channel: "next", contract: "v1.14", routing: "talos" },
  { channel: "stable", contract: "v1.13", routing: "frr" },
  { channel: "old", contract: "v1.12", routing: "frr" },
  { channel: "next", contract: "v1.14", routing: "frr" },
];

/** The share of servers that clusters use. */
const USED = 0.9;

/** Decides how large everything is and what it is called. */
export function shapeFleet(options: FleetOptions): readonly SiteShape[] {
  const perSite = (all: number, site: number) =>
    Math.floor((all * (site + 1)) / options.sites) - Math.floor((all * site) / options.sites);
  let servers = 0;
  return Array.from({ length: options.sites }, (_, site) => {
    const name = CITIES[site] ?? `site${site + 1}`;
    const racks = perSite(options.racks, site);
    const count = perSite(options.servers, site);
    const shapes = Array.from({ length: racks }, (_, rack) => {
      const size = Math.floor((count * (rack + 1)) / racks) - Math.floor((count * rack) / racks);
      const shape = shapeRack(name, { index: rack + 1, size, firstNumber: servers });
      servers += size;
      return shape;
    });
    const clusters = shapeClusters(name, {
      clusters: perSite(options.clusters, site),
      racks: shapes,
      seed: options.seed + site,
    });
    return { name, index: site + 1, racks: shapes, clusters };
  });
}

function shapeRack(
  site: string,
  of: { readonly index: number; readonly size: number; readonly firstNumber: number },
): RackShape {
  const name = `${site}-r${String(of.index).padStart(3, "0")}`;
  const model = RACK_MODELS[of.index % RACK_MODELS.length] ?? RACK_MODELS[0];
  const gpus = of.index % 3 === 0 ? Math.min(GPUS_IN_RACK, of.size) : 0;
  const servers = Array.from({ length: of.size }, (_, position): ServerShape => {
    const gpuBefore = Math.max(0, position - (of.size - gpus));
    const u = position + 1 + gpuBefore;
    return {
      name: `${name}-u${String(u).padStart(2, "0")}`,
      u,
      position,
      number: of.firstNumber + position,
      model: position >= of.size - gpus ? "nokia-airframe-gpu" : model,
    };
  });
  const row = `r${Math.ceil(of.index / 10)}`;
  return { name, index: of.index, row, power: of.index % 2 === 1 ? "a" : "b", model, servers };
}

/**
 * One management cluster of 3 or 5, one monitoring cluster of 3 + 6, and customers from 3 to about 150
 * machines, most of them small, which together use nine tenths of the site.
 */
function shapeClusters(
  site: string,
  of: { readonly clusters: number; readonly racks: readonly RackShape[]; readonly seed: number },
): readonly ClusterShape[] {
  const servers = of.racks.flatMap((rack) => rack.servers);
  const generation = GENERATIONS[0];
  const own: ClusterShape[] = [
    {
      name: `${site}-mgmt`,
      index: 0,
      role: "management",
      controlPlanes: of.seed % 2 === 0 ? 5 : 3,
      workers: 0,
      gpus: 0,
      generation,
    },
    {
      name: `${site}-mon`,
      index: 1,
      role: "monitoring",
      controlPlanes: 3,
      workers: 6,
      gpus: 0,
      generation,
    },
  ];
  const taken = own.reduce((sum, { controlPlanes, workers }) => sum + controlPlanes + workers, 0);
  const sizes = customerSizes(of.clusters - own.length, {
    total: Math.floor(servers.length * USED) - taken,
    seed: of.seed,
  });
  let gpusLeft = Math.floor(servers.filter(({ model }) => model === "nokia-airframe-gpu").length * USED);
  const customers = sizes.map((size, customer): ClusterShape => {
    const generation = GENERATIONS[customer % GENERATIONS.length] ?? GENERATIONS[0];
    const controlPlanes = size >= 60 ? 5 : 3;
    const wanted = generation.contract === "v1.14" ? 0 : Math.ceil(size / 5);
    const gpus = size < 12 ? 0 : Math.min(wanted, gpusLeft);
    gpusLeft -= gpus;
    return {
      name: `${site}-c${String(customer + 1).padStart(3, "0")}`,
      index: customer + own.length,
      role: "customer",
      controlPlanes,
      workers: size - controlPlanes - gpus,
      gpus,
      generation,
    };
  });
  return [...own, ...customers];
}

/** Skewed sizes, the largest some fifty times the smallest, whose sum is close to `total`. */
function customerSizes(count: number, of: { readonly total: number; readonly seed: number }): number[] {
  const random = createRandom(of.seed * 7919);
  const skewed = Array.from({ length: Math.max(0, count) }, () => (random.share() ** 2) ** 2);
  const scaled = (scale: number) => skewed.map((value) => Math.min(150, 3 + Math.floor(scale * value)));
  let low = 0;
  let high = 2000;
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    const sum = scaled(middle).reduce((a, b) => a + b, 0);
    if (sum > of.total) high = middle;
    else low = middle;
  }
  return scaled(low);
}
