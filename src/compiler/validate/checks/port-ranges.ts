import { type Diagnostic, error, keyOf } from "../../../core/diagnostic.ts";
import type { Inventory } from "../../../model/inventory.ts";
import { parsePortRange } from "../../../model/switch-ports.ts";

/** A range of ports runs upwards (ICH3009). */
export function portRangesRunUp(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.switchModels.values()].flatMap((model) =>
    Object.keys(model.spec.ports).flatMap((written) => {
      const { prefix, from, to } = parsePortRange(written);
      if (from === undefined || to === undefined || from <= to) return [];
      const message = `the range of ports "${written}" is empty, because ${from} is more than ${to}`;
      const hint = `write "${prefix}{${to}..${from}}"`;
      return [error("ICH3009", keyOf(model.at, "spec", "ports", written), message, { hint })];
    }),
  );
}
