import { type Diagnostic, error, type SourceRef, warning, within } from "../../../core/diagnostic.ts";
import { didYouMean } from "../../../core/suggest.ts";
import type { Inventory, Nic, Server } from "../../../model/inventory.ts";
import { listOf } from "../wording.ts";

/**
 * The nics of a server are those of its model (ICH3301). A server in use has an uplink (ICH3302), boots from
 * exactly one (ICH3303, ICH3304) that is cabled (ICH3305), and had better have its uplinks to different leaves (ICH3306).
 */
export function serverNics(inventory: Inventory): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const server of inventory.servers.values()) {
    const model = inventory.serverModels.get(server.model ?? "")?.spec.nics;
    if (isFine(server, model)) continue;
    for (const nic of server.nics) {
      if (model === undefined || Object.hasOwn(model, nic.name)) continue;
      diagnostics.push(notOfModel(server, nic.name, Object.keys(model)));
    }
    // The cables of a retired server may be gone already.
    if (server.state !== "retired") diagnostics.push(...uplinks(server), ...bootNic(server));
  }
  return diagnostics;
}

type ModelNics = Readonly<Record<string, unknown>> | undefined;

/** The quick way for the thousands of servers that are right: says yes without making anything. */
function isFine(server: Server, model: ModelNics): boolean {
  let boots = 0;
  for (const [index, nic] of server.nics.entries()) {
    if (model !== undefined && !Object.hasOwn(model, nic.name)) return false;
    if (nic.boot && nic.port === undefined) return false;
    if (nic.boot) boots++;
    for (let earlier = 0; earlier < index; earlier++) {
      const twin = server.nics[earlier]?.port;
      if (twin !== undefined && twin.switch === nic.port?.switch) return false;
    }
  }
  return boots === 1;
}

function notOfModel(server: Server, nic: string, known: readonly string[]): Diagnostic {
  const others = known.filter((name) => server.nics.every((one) => one.name !== name));
  const message = `server "${server.name}" has a nic "${nic}", but its model "${server.model}" has none of that name${didYouMean(nic, others)}`;
  const at: SourceRef = { ...within(server.at, "nics", nic), on: "key" };
  return error("ICH3301", at, message, { hint: `the model has ${listOf(known, "and")}` });
}

function uplinks(server: Server): Diagnostic[] {
  const cabled = server.nics.filter((nic) => nic.port !== undefined);
  if (cabled.length === 0) {
    const at: SourceRef = { ...within(server.at, "nics"), on: "key" };
    const message = `server "${server.name}" has no uplink: none of its nics has a \`port\``;
    return [
      error("ICH3302", at, message, { hint: "write the leaf's port at the other end: `port: LEAF/PORT`" }),
    ];
  }
  return cabled.flatMap((nic, index) => {
    const twin = cabled.slice(0, index).find((earlier) => earlier.port?.switch === nic.port?.switch);
    return twin === undefined ? [] : [oneLeaf(server, nic, twin)];
  });
}

function oneLeaf(server: Server, nic: Nic, twin: Nic): Diagnostic {
  const message = `the uplinks "${twin.name}" and "${nic.name}" of server "${server.name}" both go to leaf "${nic.port?.switch}": the server is cut off when that leaf fails`;
  return warning("ICH3306", within(server.at, "nics", nic.name, "port"), message, {
    hint: "cable each uplink to another leaf",
    related: [{ message: `"${twin.name}" goes there too`, at: within(server.at, "nics", twin.name, "port") }],
  });
}

function bootNic(server: Server): Diagnostic[] {
  const boots = server.nics.filter((nic) => nic.boot);
  const [first, ...more] = boots;
  if (first === undefined) {
    // Without an uplink that mistake is enough to report.
    if (server.nics.every((nic) => nic.port === undefined)) return [];
    const at: SourceRef = { ...within(server.at, "nics"), on: "key" };
    const message = `server "${server.name}" has no nic with \`boot: true\`, so that it could not be installed over the network`;
    return [error("ICH3303", at, message, { hint: "write `boot: true` on the uplink that it boots from" })];
  }
  const several = more.map((nic) => {
    const message = `server "${server.name}" has \`boot: true\` on "${nic.name}" and on "${first.name}", but boots from one uplink only`;
    return error("ICH3304", within(server.at, "nics", nic.name, "boot"), message, {
      hint: "keep `boot: true` on one of them",
      related: [{ message: "it boots from here too", at: within(server.at, "nics", first.name, "boot") }],
    });
  });
  const loose = boots
    .filter((nic) => nic.port === undefined)
    .map((nic) => {
      const message = `server "${server.name}" boots from "${nic.name}", which has no \`port\``;
      return error("ICH3305", within(server.at, "nics", nic.name, "boot"), message, {
        hint: "write the leaf's port at the other end, or boot from an uplink",
      });
    });
  return [...several, ...loose];
}
