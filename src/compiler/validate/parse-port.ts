import type { Port } from "../../model/inventory.ts";

/** Reads `hel1-r017-leaf-a/Ethernet0`. Names of switches hold no slash, names of ports may. */
export function parsePort(text: string): Port {
  const slash = text.indexOf("/");
  return { switch: text.slice(0, slash), port: text.slice(slash + 1) };
}
