import { addon } from "./kinds/addon.ts";
import { approval } from "./kinds/approval.ts";
import { channel } from "./kinds/channel.ts";
import { cluster } from "./kinds/cluster.ts";
import { fleet } from "./kinds/fleet.ts";
import { lock } from "./kinds/lock.ts";
import { machineClass } from "./kinds/machine-class.ts";
import { serverModel, switchModel } from "./kinds/models.ts";
import { addressPool, serverPool } from "./kinds/pools.ts";
import { rack } from "./kinds/rack.ts";
import { site } from "./kinds/site.ts";
import type { Infer } from "./schema.ts";

/** Every kind of document that people write, by its name. */
export const KINDS = {
  Fleet: fleet,
  Site: site,
  Rack: rack,
  ServerPool: serverPool,
  AddressPool: addressPool,
  ServerModel: serverModel,
  SwitchModel: switchModel,
  MachineClass: machineClass,
  Channel: channel,
  Addon: addon,
  Cluster: cluster,
  Approval: approval,
  Lock: lock,
} as const;

export type KindName = keyof typeof KINDS;

/** The type of the `spec` of a kind. */
export type SpecOf<K extends KindName> = Infer<(typeof KINDS)[K]["spec"]>;
