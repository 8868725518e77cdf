import type { KindName } from "./kinds.ts";

/** Where the documents of each kind stand in a repository, for messages and for the reference page. */
export const HOMES: Readonly<Record<KindName, string>> = {
  Fleet: "inventory/fleet.yaml",
  Site: "inventory/sites/<site>/site.yaml",
  Rack: "inventory/sites/<site>/racks/<rack>.yaml",
  ServerPool: "inventory/sites/<site>/pools.yaml",
  AddressPool: "inventory/sites/<site>/pools.yaml",
  ServerModel: "inventory/models/<model>.yaml",
  SwitchModel: "inventory/models/<model>.yaml",
  MachineClass: "clusters/classes/<class>.yaml",
  Channel: "clusters/channels/<channel>.yaml",
  Addon: "clusters/addons/<addon>/addon.yaml",
  Cluster: "clusters/<site>/<cluster>/cluster.yaml",
  Approval: "approvals/<date>-<slug>.yaml",
  Lock: "locks/<server>.yaml",
};

/** Where the lock of a server stands, whether there is one or not. */
export function lockPath(server: string): string {
  return `locks/${server}.yaml`;
}

/** Where a cluster's secrets bundle stands. */
export function bundlePath({ site, cluster }: { readonly site: string; readonly cluster: string }): string {
  return `clusters/${site}/${cluster}/secrets.sops.yaml`;
}
