import type { Server } from "./inventory.ts";
import type { Selector } from "./spec-parts.ts";

/** Whether a selector means a server: every line that is written matches. */
export function selects(selector: Selector, server: Server): boolean {
  if (selector.site !== undefined && selector.site !== server.site) return false;
  if (selector.model !== undefined && !selector.model.includes(server.model ?? "")) return false;
  for (const key in selector.labels) {
    if (server.labels[key] !== selector.labels[key]) return false;
  }
  return true;
}

/** The first line of a selector that does not match a server, for a message: `its model is "x"`. */
export function whyNotSelected(selector: Selector, server: Server): string {
  if (selector.site !== undefined && selector.site !== server.site) return `it is in site "${server.site}"`;
  if (selector.model !== undefined && !selector.model.includes(server.model ?? "")) {
    return server.model === undefined ? "it has no model" : `its model is "${server.model}"`;
  }
  const wrong = Object.keys(selector.labels ?? {}).find(
    (key) => server.labels[key] !== selector.labels?.[key],
  );
  const value = wrong === undefined ? undefined : server.labels[wrong];
  return value === undefined ? `it has no label "${wrong}"` : `its label "${wrong}" is "${value}"`;
}
