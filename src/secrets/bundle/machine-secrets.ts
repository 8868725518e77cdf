import { isMapping, type Mapping } from "../../core/mapping.ts";
import { type Path, valueAt } from "../../core/path.ts";
import { encodeBase64 } from "../pki/pem.ts";

/** Where a machine configuration may have a secret: in the document without kind, or in one of a kind of 1.14. */
interface Place {
  /** Undefined: the document that holds `machine` and `cluster`. */
  readonly kind?: string;
  readonly path: Path;
  /** The value is PEM as it is, where a bundle has base64 of it. */
  readonly isPem?: true;
}

interface Secret {
  /** The path in a bundle. */
  readonly into: readonly [string, ...string[]];
  /** In the order in which they are looked for. */
  readonly places: readonly Place[];
  readonly isOptional?: true;
}

const SECRETS: readonly Secret[] = [
  {
    into: ["cluster", "id"],
    places: [{ path: ["cluster", "id"] }, { kind: "DiscoveryIdentityConfig", path: ["clusterID"] }],
  },
  {
    into: ["cluster", "secret"],
    places: [{ path: ["cluster", "secret"] }, { kind: "DiscoveryIdentityConfig", path: ["clusterSecret"] }],
  },
  { into: ["secrets", "bootstraptoken"], places: [{ path: ["cluster", "token"] }] },
  { into: ["trustdinfo", "token"], places: [{ path: ["machine", "token"] }] },
  ...pair("etcd", ["cluster", "etcd", "ca"]),
  ...pair("k8s", ["cluster", "ca"], "KubeAPIServerCAConfig"),
  ...pair("k8saggregator", ["cluster", "aggregatorCA"], "KubeAggregatorCAConfig"),
  {
    into: ["certs", "k8sserviceaccount", "key"],
    places: [
      { path: ["cluster", "serviceAccount", "key"] },
      { kind: "KubeServiceAccountConfig", path: ["issuer", "privateKey"], isPem: true },
    ],
  },
  ...pair("os", ["machine", "ca"]),
];

function pair(name: string, path: Path, kind?: string): readonly Secret[] {
  return (["crt", "key"] as const).map((part) => {
    const place: Place = { path: [...path, part] };
    const named = part === "crt" ? "cert" : "key";
    return {
      into: ["certs", name, part],
      places: kind === undefined ? [place] : [place, { kind, path: ["issuingCA", named], isPem: true }],
    };
  });
}

/** A secret of a bundle and where a configuration has it. */
export interface FoundSecret {
  /** The path in a bundle. */
  readonly into: readonly [string, ...string[]];
  /** Where it may stand, for people. */
  readonly places: readonly Place[];
  readonly isOptional?: true;
  /** Undefined where the configuration does not have it. */
  readonly source?: {
    readonly value: unknown;
    /** The value in the form of a bundle. */
    readonly bundleValue: unknown;
    /** Index of the document. */
    readonly document: number;
    readonly path: Path;
  };
}

/** All secrets of a bundle, with the place in the documents of a machine configuration that has them. */
export function findSecrets(documents: readonly unknown[]): readonly FoundSecret[] {
  return [...SECRETS, ...encryptionSecrets(documents)].map((secret) => findSecret(secret, documents));
}

function findSecret(secret: Secret, documents: readonly unknown[]): FoundSecret {
  for (const { kind, path, isPem } of secret.places) {
    for (const [document, tree] of documents.entries()) {
      const value = isOfKind(tree, kind) ? valueAt(tree, path) : undefined;
      if (value === undefined || value === null || value === "") continue;
      const bundleValue = isPem && typeof value === "string" ? encodeBase64(value) : value;
      return { ...secret, source: { value, bundleValue, document, path } };
    }
  }
  return secret;
}

/**
 * Kubernetes' own form of the encryption of etcd, of which Talos takes the first provider of the first entry that is
 * for secrets, as this does.
 */
function encryptionSecrets(documents: readonly unknown[]): readonly Secret[] {
  const kind = "KubeEtcdEncryptionConfig";
  const config = documents.find((document) => isOfKind(document, kind));
  const entries = valueAt(config, ["config", "resources"]);
  const index = listOf(entries).findIndex((entry) =>
    listOf(valueAt(entry, ["resources"])).includes("secrets"),
  );
  const inDocument = (provider: string): Place => ({
    kind,
    path: ["config", "resources", Math.max(index, 0), "providers", 0, provider, "keys", 0, "secret"],
  });
  const secretbox = [{ path: ["cluster", "secretboxEncryptionSecret"] }, inDocument("secretbox")];
  const aescbc = [{ path: ["cluster", "aescbcEncryptionSecret"] }, inDocument("aescbc")];
  const isThere = (places: readonly Place[]) =>
    findSecret({ into: ["secrets"], places }, documents).source !== undefined;
  return [
    {
      into: ["secrets", "secretboxencryptionsecret"],
      places: secretbox,
      ...(isThere(aescbc) && { isOptional: true as const }),
    },
    { into: ["secrets", "aescbcencryptionsecret"], places: aescbc, isOptional: true },
  ];
}

/** Places that hold authorities which are accepted beside the one that issues. */
const ACCEPTED: readonly Place[] = [
  { path: ["machine", "acceptedCAs"] },
  { path: ["cluster", "acceptedCAs"] },
  { kind: "KubeAPIServerCAConfig", path: ["acceptedCAs"] },
  { kind: "KubeAggregatorCAConfig", path: ["acceptedCAs"] },
];

/** The lists of further authorities that a configuration accepts, those that are not empty. */
export function findAcceptedAuthorities(
  documents: readonly unknown[],
): readonly { readonly document: number; readonly path: Path }[] {
  return ACCEPTED.flatMap(({ kind, path }) =>
    [...documents.entries()]
      .filter(([, tree]) => isOfKind(tree, kind) && listOf(valueAt(tree, path)).length > 0)
      .map(([document]) => ({ document, path })),
  );
}

/** Whether documents are a machine configuration, of whatever machine. */
export function isMachineConfiguration(documents: readonly unknown[]): boolean {
  const isNamedSo = (document: Mapping) =>
    document["apiVersion"] === "v1alpha1" && typeof document["kind"] === "string";
  return documents.some(
    (document) => isMapping(document) && (isMapping(document["machine"]) || isNamedSo(document)),
  );
}

/** What the configuration says the machine is, where it says so. */
export function machineTypeOf(
  documents: readonly unknown[],
): { readonly value: unknown; readonly document: number } | undefined {
  for (const [document, tree] of documents.entries()) {
    const value = isOfKind(tree, undefined) ? valueAt(tree, ["machine", "type"]) : undefined;
    if (value !== undefined) return { value, document };
  }
  return undefined;
}

function isOfKind(document: unknown, kind: string | undefined): boolean {
  return isMapping(document) && document["kind"] === kind;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
