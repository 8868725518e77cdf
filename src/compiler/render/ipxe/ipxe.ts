import Handlebars from "handlebars";
import { invariant } from "../../../core/invariant.ts";
import type { Artifact } from "../../../model/artifact.ts";
import type { BootPlan, ServerPlan, SitePlan } from "../../../model/blueprint.ts";
import type { Generator } from "../generator.ts";
import { type EntryContext, type IpxeTemplates, ipxeTemplates, type ServerContext } from "./templates.ts";

/**
 * The iPXE scripts of every site: `boot.ipxe`, where a booting machine starts, and one script for each server
 * that is not retired, named after the MAC of its boot port.
 */
export const ipxe: Generator = {
  name: "ipxe",
  *generate(blueprint) {
    const scripts = compileTemplates(ipxeTemplates);
    for (const site of blueprint.sites.values()) yield* siteScripts(site, scripts);
  },
};

/** Path of a server's script below the site's boot folder: `mac/d0-94-66-aa-11-01.ipxe`. */
export function scriptPath(mac: string): string {
  return `mac/${mac.replaceAll(":", "-")}.ipxe`;
}

interface Scripts {
  readonly entry: (context: EntryContext) => string;
  readonly server: (context: ServerContext) => string;
}

function compileTemplates(templates: IpxeTemplates): Scripts {
  const handlebars = Handlebars.create();
  const options = { strict: true, noEscape: true };
  return {
    entry: handlebars.compile<EntryContext>(templates.entry, options),
    server: handlebars.compile<ServerContext>(templates.server, options),
  };
}

function* siteScripts(site: SitePlan, scripts: Scripts): Iterable<Artifact> {
  const folder = `generated/sites/${site.name}/boot`;
  yield { path: `${folder}/boot.ipxe`, text: scripts.entry({ site: site.name }) };
  for (const rack of site.racks) {
    for (const server of rack.servers) {
      if (server.boot === undefined) continue;
      const text = scripts.server(serverContext(server, server.boot));
      yield { path: `${folder}/${scriptPath(bootMac(server))}`, text };
    }
  }
}

function serverContext(server: ServerPlan, boot: BootPlan): ServerContext {
  return {
    server: server.name,
    talos: boot.talos,
    kernel: boot.kernel,
    initramfs: boot.initramfs,
    cmdline: boot.cmdline.join(" "),
    https: boot.kernel.startsWith("https:") || boot.initramfs.startsWith("https:"),
  };
}

function bootMac(server: ServerPlan): string {
  const uplink = server.uplinks.find((candidate) => candidate.boot);
  invariant(uplink !== undefined, `server ${server.name} has no boot port`);
  return uplink.mac;
}
