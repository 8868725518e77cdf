import { type Diagnostic, warning, within } from "../../../core/diagnostic.ts";
import { didYouMean } from "../../../core/suggest.ts";
import type { Inventory } from "../../../model/inventory.ts";
import { isKnown } from "../names.ts";

/** A lock has the name of a server. That there is none is only a warning (ICH3014): the server may be gone since. */
export function lockTargets(inventory: Inventory): readonly Diagnostic[] {
  return [...inventory.nodeLocks.values()]
    .filter(({ name }) => !isKnown(inventory, "Server", name))
    .map(({ name, at }) => {
      const message = `no server is named "${name}"${didYouMean(name, inventory.servers.keys())}, so that this locks nothing`;
      return warning("ICH3014", within(at, "metadata", "name"), message, {
        hint: "correct it; the lock of a server that is gone can be deleted",
      });
    });
}
