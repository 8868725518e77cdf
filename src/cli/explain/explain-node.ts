import { type Explanation, explainPath } from "../../compiler/render/talos/explain-path.ts";
import { originsOf } from "../../compiler/render/talos/origins.ts";
import {
  createRouting,
  machineDocuments,
  machinePath,
  machinesOf,
} from "../../compiler/render/talos/talos.ts";
import { documentId, type TalosDocument } from "../../compiler/render/talos/talos-document.ts";
import { createTrace } from "../../compiler/render/talos/trace.ts";
import { formatPath, type Path, parsePath } from "../../core/path.ts";
import { didYouMean } from "../../core/suggest.ts";
import type { Blueprint } from "../../model/blueprint.ts";
import { formatPlace } from "../../model/claim.ts";
import { UsageError } from "../terminal.ts";

/** Where the values at one path of a node's configuration come from. */
export interface Explained {
  readonly node: string;
  /** Cluster, group and number. */
  readonly place: string;
  readonly file: string;
  readonly parts: readonly {
    readonly document: string;
    readonly path: string;
    readonly explanation: Explanation;
  }[];
}

/**
 * Explains one path of a node's configuration, or, without a path, each document of it.
 *
 * @param written `[KIND[/NAME]:]a.b[0].c`; without a kind the v1alpha1 document
 * @throws UsageError where there is no such node, document or value
 */
export function explainNode(blueprint: Blueprint, name: string, written: string | undefined): Explained {
  const machines = [...machinesOf(blueprint)];
  const machine = machines.find(({ node }) => node.name === name);
  if (machine === undefined) {
    const names = machines.map(({ node }) => node.name);
    throw new UsageError(
      `no cluster has a node "${name}"${didYouMean(name, names)}; "ichor get nodes" lists them`,
    );
  }
  const trace = createTrace(originsOf(machine));
  const documents = machineDocuments(machine, { routing: createRouting(), trace }).value;
  const places =
    written === undefined
      ? documents.map((document) => ({ document: documentId(document), path: [] }))
      : [readPlace(documents, written)];
  const parts = places.map((place) => {
    const explanation = explainPath(trace, documents, place);
    if (explanation === undefined) throw new UsageError(nothingAt(documents, place));
    return { document: place.document, path: formatPath(place.path), explanation };
  });
  return {
    node: name,
    place: formatPlace(machine.node.place),
    file: machinePath(machine.cluster, machine.node),
    parts,
  };
}

interface Place {
  readonly document: string;
  readonly path: Path;
}

function readPlace(documents: readonly TalosDocument[], written: string): Place {
  const ids = documents.map(documentId);
  const id = ids
    .toSorted((a, b) => b.length - a.length)
    .find((one) => written === one || written.startsWith(`${one}:`));
  const document = id ?? "v1alpha1";
  const rest = id === undefined ? written : written.slice(id.length + 1);
  const path = parsePath(rest);
  if (path === undefined) throw new UsageError(`"${written}" is no path; write [KIND[/NAME]:]a.b[0].c`);
  return { document, path };
}

function nothingAt(documents: readonly TalosDocument[], place: Place): string {
  const ids = documents.map(documentId);
  const [first] = place.path;
  const suggestion = place.document === "v1alpha1" && typeof first === "string" ? didYouMean(first, ids) : "";
  return `the configuration has nothing at ${place.document}: ${formatPath(place.path)}${suggestion}; its documents are ${ids.join(", ")}`;
}
