import type { CodeEntry } from "../code-entry.ts";

export const auditCodes = {
  ICH5001: {
    title: "install disk cannot be said in the contract",
    meaning:
      "Up to the contract v1.13 the install disk is chosen by a list of lines that must all hold: text fields, one comparison of the size, the type. Talos' expressions with ||, functions or two comparisons of one field exist from the contract v1.14 on.",
    remedy:
      "Say it with comparisons joined by &&, one for each field: disk.transport, disk.size, disk.model, disk.serial, disk.wwid, disk.bus_path, disk.rotational; or name the device by disk.dev_path alone. A server may have an installDisk of its own.",
  },
  ICH5301: {
    title: "a secret in generated/",
    meaning:
      "Everything in generated/ is committed and shown to every reader of the repository, and git never forgets it. A value in a patch or in the values of an add-on has the form of a private key.",
    remedy:
      "Put the value into an encrypted file and write a reference in its place: a scalar that is exactly ref+sops://FILE#/path. If the key was ever pushed, replace it: it is no secret any more.",
  },
} as const satisfies Record<string, CodeEntry>;
