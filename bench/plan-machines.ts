import { machinesOf, type Session } from "../src/cli/apply/session.ts";
import { readSecretYaml } from "../src/compiler/load/read-secret-yaml.ts";
import { emitYamlDocuments } from "../src/core/yaml-emit.ts";
import { createLab, type Lab } from "../src/lab/lab.ts";
import { loopbackOf } from "../src/lab/server.ts";
import { PARALLEL } from "./plan-session.ts";

/** A lab of every machine of a session, installed long ago and running exactly what git says. */
export function labOf({ desired, resolved }: Session): Lab {
  // Nothing else of the session is kept: its documents are larger than the machines.
  const machines = [...desired.clusters.values()].flatMap(({ talos, machines: own }) =>
    own.map(({ name, serial, uuid, macs, loopback, bootstrap }) => {
      return { name, serial, uuid, macs, loopback, bootstrap, talos };
    }),
  );
  const texts = new Map([...resolved].map(([name, documents]) => [name, emitYamlDocuments(documents)]));
  const lab = createLab({
    machines,
    speed: 1,
    seed: "bench",
    talos: "v1.14.1",
    bootstrapWhileRunning: false,
    running: ({ name }) => texts.get(name),
    readYaml: (text) => {
      const { value, diagnostics } = readSecretYaml("configuration", text);
      return diagnostics.length > 0 ? { error: "the text is no YAML" } : { documents: value };
    },
    onError: (machine, error) => {
      throw new Error(`${machine}: ${String(error)}`);
    },
  });
  texts.clear();
  return lab;
}

/** What the Go client is told: whom to ask, by which certificates, how many at a time. */
export function clientRequest({ desired, secrets }: Session): object {
  const clusters = [...desired.clusters.values()].map(({ name, vip = "" }) => {
    const kubernetes = {
      ...secrets.kubernetes.get(name),
      name: vip,
      target: `${loopbackOf(vip)}:6443`,
    };
    return [name, { ...secrets.credentials.get(name), kubernetes }] as const;
  });
  return {
    parallel: PARALLEL,
    clusters: Object.fromEntries(clusters),
    machines: machinesOf(desired).map(({ cluster, type, loopback }) => ({
      cluster,
      controlPlane: type === "controlplane",
      name: loopback,
      target: `${loopbackOf(loopback)}:50000`,
    })),
  };
}
