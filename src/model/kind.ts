import { anyObject, type Infer, map, object, oneOf, optional, type Schema, string } from "./schema.ts";
import { labelKey, labelValue, name } from "./values.ts";

/** The version of the file formats of this page of history; every document says it. */
export const API_VERSION = "ichor/v1alpha1";

/** A kind of document that people write. */
export interface Kind<N extends string, S> {
  readonly kind: N;
  /** One paragraph for the reference page and for editors. */
  readonly description: string;
  readonly spec: Schema<S>;
}

export const metadata = object(
  {
    name: name({
      description:
        "Unique among the documents of its kind; for most kinds the name of the file or folder as well.",
    }),
    labels: optional(
      map(labelValue(), labelKey(), {
        description: "Words to select by; a server also has the labels of its model, site and rack.",
      }),
    ),
  },
  { description: "What the document is called." },
);

export type Metadata = Infer<typeof metadata>;

/** Declares a kind. */
export function kind<const N extends string, S>(
  kindName: N,
  description: string,
  spec: Schema<S>,
): Kind<N, S> {
  return { kind: kindName, description, spec };
}

/** The JSON Schema of a whole document of the kind. */
export function documentSchema(of: Kind<string, unknown>): Schema<unknown> {
  return object(
    {
      apiVersion: oneOf([API_VERSION], { description: "The version of ichor's file formats." }),
      kind: oneOf([of.kind]),
      metadata,
      spec: of.spec,
    },
    { description: of.description },
  );
}

/** Talos documents that are merged over what ichor makes. */
export function patches(layer: string) {
  return optional<readonly (string | Readonly<Record<string, unknown>>)[]>({
    type: "array",
    items: {
      anyOf: [
        string({ description: "Path of a file with Talos documents, relative to this file." }),
        anyObject({ description: "A Talos document, or a part of one." }),
      ],
    },
    description: `Talos strategic-merge patches for ${layer}: paths relative to this file, or documents written here.`,
  });
}
