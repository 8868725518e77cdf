import type { CodeEntry } from "../../code-entry.ts";

export const sopsCodes = {
  ICH9001: {
    title: "encrypted file is no YAML",
    meaning:
      "A SOPS file is YAML whose values are encrypted. This one was cut off, merged by hand or damaged.",
    remedy: "Take the file from git again (git log -- FILE shows its versions). Nothing was written.",
  },
  ICH9002: {
    title: "not for a SOPS file",
    meaning:
      "SOPS encrypts mappings whose keys are texts, and integers of at most 64 bits. Anchors, aliases and tags would be lost when the file is written again, so ichor reads none.",
    remedy: "Put such keys and numbers into quotes, and write out what an alias stands for.",
  },
  ICH9003: {
    title: "file is not encrypted",
    meaning:
      "A file whose name ends in .sops.yaml has to be encrypted; this one has no `sops` section, so its values stand in the clear.",
    remedy:
      "Do not commit it. Encrypt it with `ichor secrets encrypt FILE`. If it was ever pushed, every secret in it has to be replaced.",
  },
  ICH9004: {
    title: "encryption of another kind",
    meaning:
      "ichor reads and writes files whose data key is encrypted to age recipients in one group. Keys of PGP and of cloud providers, and data keys split among several groups, need the sops program.",
    remedy: "Add an age recipient with the sops program, or remove the other keys with `sops updatekeys`.",
  },
  ICH9005: {
    title: "no identity opens the file",
    meaning:
      "The file is encrypted to the recipients that its `sops` section lists, and none of the age identities at hand belongs to one of them.",
    remedy:
      "Put the identity into SOPS_AGE_KEY, name its file in SOPS_AGE_KEY_FILE, or ask one of the recipients to add yours: .sops.yaml lists them and `ichor secrets rotate` encrypts anew.",
  },
  ICH9006: {
    title: "data key is damaged",
    meaning:
      "The data key, encrypted to a recipient whose identity is at hand, could not be read: the `enc` text was changed or cut off.",
    remedy: "Take the file from git again, from before the change (git log -p -- FILE).",
  },
  ICH9007: {
    title: "value is not encrypted",
    meaning:
      "By the file's own rule this value has to be encrypted, and it stands in the clear: somebody wrote it in with an editor.",
    remedy:
      "Take the value out, put it in with `ichor secrets set` or `sops set`, and replace the secret if it was pushed.",
  },
  ICH9008: {
    title: "encrypted value was changed",
    meaning:
      "An encrypted value is bound to its place and to the data key. This one was changed, moved, cut off, or comes from another file.",
    remedy: "Take the file from git again, from before the change (git log -p -- FILE).",
  },
  ICH9009: {
    title: "file was changed without its key",
    meaning:
      "The message authentication code covers all values of the file, readable ones too. It does not fit: a value was added, removed, moved or replaced by someone who cannot encrypt, such as a certificate that was swapped.",
    remedy:
      "Take the file from git again, from before the change, and find out who changed it (git log -p -- FILE).",
  },
  ICH9010: {
    title: "not an age identity",
    meaning:
      "A file of identities has one AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1… a line; empty lines and lines that begin with # are passed over.",
    remedy: "Make one with `ichor secrets keygen`, or take the line as age-keygen wrote it.",
  },
  ICH9011: {
    title: "key that needs another program",
    meaning:
      "Identities and recipients of age plugins (hardware keys) and of SSH need programs that ichor does not run.",
    remedy:
      "For ichor use an identity of age's own, such as one for each site's runner; with the sops program the plugin's identity opens the same files.",
  },
  ICH9012: {
    title: "no age identity at hand",
    meaning:
      "Encrypted files open with an age identity. None is in SOPS_AGE_KEY, in the file that SOPS_AGE_KEY_FILE names, or in the file where sops looks by itself.",
    remedy: "Set one of them. `ichor secrets keygen` makes an identity.",
  },
  ICH9013: {
    title: "no rule for an encrypted file",
    meaning:
      "The file .sops.yaml at the root of the repository says by path to whom files are encrypted. It is missing, or no rule of it fits this path.",
    remedy:
      "Add a rule to `creation_rules`: path_regex and age, the recipients. `ichor secrets init --help` shows one.",
  },
  ICH9014: {
    title: ".sops.yaml cannot be used",
    meaning: "The rules for encrypted files are not in the form that sops reads.",
    remedy: "See https://getsops.io/docs for the form. Nothing was written.",
  },
  ICH9015: {
    title: "encrypted by another rule",
    meaning:
      "The recipients of the file, or what of it is encrypted, are not those of its rule in .sops.yaml: the rule was changed and the file was not, or the file was moved.",
    remedy:
      "`ichor secrets rotate FILE` encrypts it anew by the rule. Whoever is no longer a recipient has seen the secrets: replace those too.",
  },
  ICH9016: {
    title: "no such place in the file",
    meaning: "The path leads through a value that holds no others.",
    remedy: "Name a key of a mapping; missing mappings on the way are made.",
  },
} as const satisfies Record<string, CodeEntry>;
