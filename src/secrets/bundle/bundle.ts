/** A certificate and its private key, each as base64 of PEM: the form that Talos keeps them in. */
export interface CertificateAndKey {
  readonly crt: string;
  readonly key: string;
}

/** The certificate authorities of a cluster by their names in the bundle. */
export const CA_NAMES = ["etcd", "k8s", "k8saggregator", "os"] as const;

export type CaName = (typeof CA_NAMES)[number];

/** The authorities that can be replaced while a cluster runs, as `talosctl rotate-ca` does. */
export const ROTATING_CA_NAMES = ["k8s", "os"] as const;

/**
 * An authority that is being replaced. `accepted`: this is the new one, which every machine accepts while the one
 * in `certs` still issues. `issuing`: the one in `certs` is the new one and issues; this is the old one, still
 * accepted, whose key nobody needs any more. When it is accepted no longer the entry is gone.
 */
export type RotatingCa =
  | { readonly phase: "accepted"; readonly crt: string; readonly key: string }
  | { readonly phase: "issuing"; readonly crt: string };

/**
 * A cluster's secrets in the shape and with the key names that `talosctl gen secrets` writes.
 *
 * @see https://docs.siderolabs.com/talos (talosctl gen secrets)
 */
export interface SecretsBundle {
  readonly cluster: {
    /** 32 random bytes in base64, the alphabet of URLs or the ordinary one. */
    readonly id: string;
    /** 32 random bytes in base64. */
    readonly secret: string;
  };
  readonly secrets: {
    /** `[a-z0-9]{6}.[a-z0-9]{16}`, with which machines join Kubernetes. */
    readonly bootstraptoken: string;
    /** 32 random bytes in base64; exactly one of this and the next is there. */
    readonly secretboxencryptionsecret?: string;
    /** Of clusters made by Talos 1.2 or earlier. */
    readonly aescbcencryptionsecret?: string;
  };
  readonly trustdinfo: {
    /** `[a-z0-9]{6}.[a-z0-9]{16}`, with which machines get their certificates. */
    readonly token: string;
  };
  readonly certs: Readonly<Record<CaName, CertificateAndKey>> & {
    readonly k8sserviceaccount: { readonly key: string };
  };
  /** Of ichor's own; Talos' tools pass over it. */
  readonly rotation?: Readonly<Partial<Record<(typeof ROTATING_CA_NAMES)[number], RotatingCa>>>;
}
