import type { Diagnostic } from "../../core/diagnostic.ts";
import type { Inventory } from "../../model/inventory.ts";

/** One thing that has to hold of the whole repository. Pure. */
export type Check = (inventory: Inventory) => readonly Diagnostic[];
