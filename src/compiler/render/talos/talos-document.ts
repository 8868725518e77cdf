/** A document of a Talos machine configuration as a plain value. */
export type TalosDocument = Readonly<Record<string, unknown>>;

/** Makes a document of a kind; `name` for kinds of which a machine may have several. */
export function document(kind: string, fields: TalosDocument, name?: string): TalosDocument {
  return { apiVersion: "v1alpha1", kind, ...(name === undefined ? {} : { name }), ...fields };
}

/** What tells documents of a configuration apart: `v1alpha1`, `KubeletConfig`, `LinkConfig/eno1`. */
export function documentId(of: TalosDocument): string {
  const kind = of["kind"];
  if (typeof kind !== "string") return "v1alpha1";
  const name = of["name"];
  return typeof name === "string" ? `${kind}/${name}` : kind;
}
