import type { CodeEntry } from "../../code-entry.ts";

export const credentialCodes = {
  ICH9401: {
    title: "unknown role",
    meaning:
      "Talos knows the roles os:admin, os:operator, os:reader, os:etcd:backup, os:image:verifier, os:meta:writer and os:impersonator. Any other allows nothing, and a certificate cannot be changed afterwards.",
    remedy: "Name one or more of these roles.",
  },
  ICH9402: {
    title: "credential for nobody",
    meaning:
      "A talosconfig has at least one role, and a kubeconfig the name of a user: without them the certificate says nothing, and Talos refuses it.",
    remedy: "Name at least one role, or the user.",
  },
  ICH9403: {
    title: "lifetime out of bounds",
    meaning:
      "A credential lives for one minute at least and for 8,760 hours, a year, at most, in whole seconds.",
    remedy: "Choose a lifetime within these bounds; a few hours are enough for most work.",
  },
  ICH9404: {
    title: "long-lived credential",
    meaning:
      "The credential lives for more than seven days. Neither Talos nor Kubernetes can take a certificate back: until its end it opens the cluster for whoever has it, unless the authority is replaced.",
    remedy: "Choose a shorter lifetime and make a new credential when it is needed.",
  },
  ICH9405: {
    title: "credential outlives its authority",
    meaning: "The credential would be valid for longer than the certificate of the authority that signs it.",
    remedy: "Choose a shorter lifetime, or rotate the authority first.",
  },
  ICH9406: {
    title: "authority not valid yet",
    meaning:
      "The certificate of the authority is valid only from a later time on, so nobody would accept what it signs now. The clock of this machine may be wrong.",
    remedy: "Check the clock of this machine.",
  },
  ICH9407: {
    title: "malformed user or group",
    meaning:
      "The name of a user or a group stands in a certificate, which has 1 to 64 characters for each, no control characters and no blanks at its ends. Two names that look alike have to be the same.",
    remedy: "Correct the name.",
  },
  ICH9408: {
    title: "malformed ledger line",
    meaning:
      "The ledger audit/<cluster>.jsonl has one JSON object for each credential that was made, with time, kind, cluster, serial, subject, roles or groups, notBefore, notAfter and for. The line is none: it was edited by hand or merged wrongly.",
    remedy: "Restore the line from git: the ledger is only ever added to.",
  },
} as const satisfies Record<string, CodeEntry>;
