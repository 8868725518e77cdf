import type { CodeEntry } from "../../code-entry.ts";

export const bundleCodes = {
  ICH9101: {
    title: "not a secrets bundle",
    meaning:
      "A cluster's secrets are read from a bundle as talosctl gen secrets writes it, with cluster, secrets, trustdinfo and certs, or from the machine configuration of a control plane. The file is neither.",
    remedy:
      "Give the file that talosctl gen secrets, talhelper or topf keeps (secrets.yaml, talsecret.yaml), decrypted, or the configuration of a control plane: talosctl get mc v1alpha1 -o jsonpath='{.spec}'.",
  },
  ICH9102: {
    title: "field missing in secrets bundle",
    meaning:
      "Talos needs every value of the bundle: a cluster that runs cannot do without the one that is missing, and nothing can compute it.",
    remedy:
      "Take the value from a backup of the bundle or from the configuration of a control plane. Never make a new one for a cluster that runs.",
  },
  ICH9103: {
    title: "unknown field in secrets bundle",
    meaning:
      "Talos passes over fields it does not know, so a misspelled name is a missing value. All names of a bundle are in lower case.",
    remedy: "Correct the name or remove the field.",
  },
  ICH9104: {
    title: "field of another type in secrets bundle",
    meaning:
      "A value of the bundle is not what stands there: a mapping where text belongs, or a number because YAML reads text of digits as one.",
    remedy: "Write the value as text, in quotes where it could be a number.",
  },
  ICH9105: {
    title: "malformed token",
    meaning:
      "The bootstrap token and the token of trustd are six letters or digits, a dot, and sixteen more, all in lower case. Kubernetes refuses any other.",
    remedy:
      "Compare the token with the one in a backup or in a machine configuration: a character is missing or too many.",
  },
  ICH9106: {
    title: "malformed secret",
    meaning:
      "The cluster's id and secret and the key that encrypts etcd are 32 random bytes in base64; the key of aescbc may be of 16, 24 or 32. The value is no base64 or of another length.",
    remedy:
      "Take the value anew from where it came: it was cut off, or has characters that do not belong to it.",
  },
  ICH9107: {
    title: "not exactly one encryption secret",
    meaning:
      "Kubernetes encrypts what is in etcd with secretboxencryptionsecret or, in clusters made by Talos 1.2 or earlier, with aescbcencryptionsecret. Talos refuses a bundle that has both or none.",
    remedy:
      "Keep the one that the cluster's control planes have. Where they have both, write all secrets of Kubernetes anew with secretbox first and then remove the other.",
  },
  ICH9108: {
    title: "unreadable certificate",
    meaning:
      "A certificate of the bundle is base64 of one PEM block CERTIFICATE. The value is no base64, holds no or several blocks, or the block is damaged.",
    remedy: "Take the certificate anew from a backup or from a machine configuration.",
  },
  ICH9109: {
    title: "certificate is no authority",
    meaning:
      "The certificate may not sign others: its basic constraints or its key usage do not say so. No machine accepts a certificate that it signed.",
    remedy: "Put the certificate of the authority here, not one that the authority issued.",
  },
  ICH9110: {
    title: "key of another algorithm",
    meaning:
      "Talos' own authority has an Ed25519 key, those of Kubernetes and etcd have ECDSA keys (P-256, P-384, P-521) or, of old, RSA keys of 2048 bits or more. Service accounts are signed with RSA or ECDSA.",
    remedy: "Most likely two authorities were exchanged: put each certificate and key in its own place.",
  },
  ICH9111: {
    title: "unreadable private key",
    meaning:
      "A private key of the bundle is base64 of one PEM block: ED25519 PRIVATE KEY, EC PRIVATE KEY, RSA PRIVATE KEY or PRIVATE KEY. The value is no base64, or the block is damaged, encrypted or of another kind.",
    remedy:
      "Take the key anew from a backup or from the configuration of a control plane; remove a passphrase first.",
  },
  ICH9112: {
    title: "key of another certificate",
    meaning:
      "The private key does not belong to the certificate beside it: what it signs, nobody accepts. One of both was exchanged.",
    remedy: "Put the certificate and the key together that were made together.",
  },
  ICH9113: {
    title: "authority in another's place",
    meaning:
      "The subject of the certificate is the one that Talos gives to another of the cluster's authorities. Whoever has a certificate of that one would be accepted here too.",
    remedy: "Exchange the certificates and keys that stand in each other's place.",
  },
  ICH9114: {
    title: "authority of an old algorithm",
    meaning:
      "The authority has an RSA key, as those of very old Talos versions and of kubeadm have. Talos and Kubernetes work with it; new ones are ECDSA.",
    remedy: "Nothing has to be done. The next rotation of the authority makes an ECDSA key.",
  },
  ICH9115: {
    title: "authority outside its time",
    meaning:
      "The certificate of the authority has expired or is not valid yet, so that nobody accepts what it signs. The clock of the machine that says so may be wrong too.",
    remedy: "Check the clock. Where the authority expired, rotate it before anything else.",
  },
  ICH9116: {
    title: "authority expires soon",
    meaning:
      "The certificate of the authority ends within 180 days. On that day the whole cluster stops, and a rotation needs a cluster that works.",
    remedy: "Plan the rotation of the authority now.",
  },
  ICH9117: {
    title: "invalid rotation of an authority",
    meaning:
      "An entry below rotation is the other authority while one is being replaced: with phase accepted the new one, with its key; with phase issuing the old one, without. It has to have another key than the authority in certs.",
    remedy: "Correct the phase, add or remove the key, or remove the entry where the rotation is finished.",
  },
  ICH9118: {
    title: "bundle is still encrypted",
    meaning: "Values of the file are encrypted by sops, and here they are needed in the clear.",
    remedy: "Decrypt it first: with ichor itself, or with sops decrypt into a file that is never committed.",
  },
  ICH9119: {
    title: "certificate is encrypted",
    meaning:
      "Certificates are public. They stay readable in the encrypted file so that they can be checked, and their end be seen, without any key.",
    remedy:
      "Have only the secret fields encrypted: correct encrypted_regex in .sops.yaml and encrypt the file anew.",
  },
  ICH9120: {
    title: "redacted configuration",
    meaning:
      "The configuration has ****** in place of secrets: it was printed for people, by a reader without the role os:admin, or by a tool that hides them.",
    remedy:
      "Get the configuration with a talosconfig of the role os:admin and without redaction, or use a backup of the bundle.",
  },
  ICH9121: {
    title: "references instead of secrets",
    meaning:
      "The file has references (ref+...) in place of secrets: it says where they are kept, and does not hold them.",
    remedy: "Import what the references point to, or resolve them first, for example with vals eval.",
  },
  ICH9122: {
    title: "configuration of a worker",
    meaning:
      "A worker knows no private key of the cluster: neither its authorities' nor the one of service accounts, nor what encrypts etcd.",
    remedy: "Import from the configuration of a control plane.",
  },
  ICH9123: {
    title: "secret missing from configuration",
    meaning:
      "The configuration is that of a control plane and lacks a secret that every control plane has: perhaps some of its documents were left out, or patches hold it.",
    remedy: "Give the whole configuration with all its documents, as the machine itself has it.",
  },
  ICH9124: {
    title: "accepted authorities left out",
    meaning:
      "The configuration accepts more authorities than the one that issues: a rotation is under way, or was never finished. A bundle has no place for them, so they were not imported.",
    remedy: "Finish the rotation before ichor takes the cluster over.",
  },
} as const satisfies Record<string, CodeEntry>;
