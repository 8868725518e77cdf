import type { CodeEntry } from "../../code-entry.ts";

export const leakCodes = {
  ICH9301: {
    title: "a secret in plain text",
    meaning:
      "Something in this file has a form that only secrets have: a private key, as it is or in base64, an age identity, a token. Everything in the repository is shown to each of its readers, and git never forgets it.",
    remedy:
      "Put the value into an encrypted file and write a reference in its place: a scalar that is exactly ref+sops://FILE#/path. If it was ever pushed, replace it: it is no secret any more.",
  },
  ICH9302: {
    title: "plain text where Talos keeps a secret",
    meaning:
      "A patch sets a field of Talos' configuration that holds a password, a key or a token, and what it sets is the value itself. Patches are committed and their values come out in generated/.",
    remedy:
      "Put the value into an encrypted file and write a reference in its place: a scalar that is exactly ref+sops://FILE#/path. If it was ever pushed, replace it: it is no secret any more.",
  },
  ICH9303: {
    title: "output withheld",
    meaning:
      "Everything that ichor prints is looked at before it leaves: values of files that were opened, and forms that only secrets have. The output would have held one, so nothing more was printed.",
    remedy:
      "Where a secret stands in a name, such as that of a file, rename it. Otherwise this is a bug: report it, without the secret.",
  },
} as const satisfies Record<string, CodeEntry>;
