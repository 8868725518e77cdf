import type { CodeEntry } from "../../code-entry.ts";

export const secretReferenceCodes = {
  ICH9201: {
    title: "malformed reference to a secret",
    meaning:
      "A value with a reference is exactly one reference, ref+BACKEND://PATH?parameters#/key, in the spelling of vals: nothing before or after it, no space, no second one. What would have to be pieced together would put parts of secrets into places that nobody watches.",
    remedy:
      "Write the reference alone into the value. Characters that have a meaning in it are written with a percent sign: %2B for +, %23 for #, %3F for ?, %25 for %; in a key ~1 for / and ~0 for ~.",
  },
  ICH9202: {
    title: "unknown backend of a reference",
    meaning:
      "The word between ref+ and :// says where the secret is kept. Vals knows more places than ichor does: ichor reads sops, file, env (for vals envsubst), vault and openbao.",
    remedy: "Correct the word, or keep the secret in one of these places.",
  },
  ICH9203: {
    title: "unknown parameter of a reference",
    meaning:
      "Each backend has its own parameters. One that is not known would be passed over in silence, and the reference would mean something else than it says.",
    remedy: "Correct the name, or remove the parameter. `ichor explain ICH9204` tells about their values.",
  },
  ICH9204: {
    title: "parameter of a reference cannot have this value",
    meaning:
      "decode takes raw or base64, version a whole number from 1, auth_method token, approle or jwt, proto https or http, address an origin like https://vault.example.com:8200, and parameters that end with _env the name of an environment variable.",
    remedy:
      "Correct the value. A secret never stands in a reference: name the environment variable or the file that has it.",
  },
  ICH9205: {
    title: "reference leaves the repository",
    meaning:
      "Files of ref+sops are files of the repository, and so are files of ref+file with two slashes. A path that climbs out of it would mean another file on every machine.",
    remedy:
      "Write the path from the root of the repository; a file outside of it is named by its whole path: ref+file:///run/secrets/token.",
  },
  ICH9206: {
    title: "file of a reference is missing",
    meaning: "The reference names a file that is not there on this machine.",
    remedy: "Correct the path, which is relative to the root of the repository, or create the file.",
  },
  ICH9207: {
    title: "file of a reference cannot be read",
    meaning:
      "The file is no text in UTF-8, or it is no single document of YAML or JSON and has no keys that a reference could name. What stands in it is not shown: it may be secret.",
    remedy: "Mend the file, or reference the whole file by leaving out the part from # on.",
  },
  ICH9208: {
    title: "no such key at the end of a reference",
    meaning:
      "The part of a reference after # leads from key to key to the secret, as a JSON pointer (RFC 6901). One of these keys is not there.",
    remedy: "Correct the key, or add it to the place that keeps the secret.",
  },
  ICH9209: {
    title: "reference to what is no text",
    meaning:
      "A reference stands for one text. A mapping or a list is none, and what is empty is more likely forgotten than meant.",
    remedy: "Lead the reference further to one of the values below, or fill in the empty value.",
  },
  ICH9210: {
    title: "secret is no base64 of a text",
    meaning:
      "decode=base64 inserts the text that the value is the base64 of. The value is no base64 with its padding, or what it stands for is no text in UTF-8.",
    remedy: "Remove decode=base64 if the value is to be inserted as it stands; otherwise correct the value.",
  },
  ICH9211: {
    title: "environment variable of a reference is not set",
    meaning: "The reference takes its text from an environment variable that is not set here, or is empty.",
    remedy: "Set the variable where ichor runs.",
  },
  ICH9212: {
    title: "references lead in a circle",
    meaning:
      "A secret may itself be a reference, which is followed further. These references lead back to one of themselves, or are longer than eight steps.",
    remedy: "Put the text itself at one of the named places.",
  },
  ICH9213: {
    title: "secret refers to what it may not",
    meaning:
      "Whoever can change a secret must not thereby make ichor read other things or send its tokens elsewhere: a reference that is found in a secret names no server and no login, and one that is found in Vault leads to Vault only. Nobody sees such a reference in a review.",
    remedy: "Write the reference into the repository, in the place of the one that led there.",
  },
  ICH9221: {
    title: "address of Vault is not known",
    meaning:
      "Neither the reference nor the environment says where Vault is: the parameter address or host, VAULT_ADDR, BAO_ADDR; or what they say is no address.",
    remedy: "Set VAULT_ADDR (BAO_ADDR) to an address like https://vault.example.com:8200.",
  },
  ICH9222: {
    title: "secrets would be fetched without encryption",
    meaning:
      "The address of Vault begins with http:// and is on another machine: the token and every secret could be read on the way.",
    remedy:
      "Use https. If the way is protected otherwise, say proto=http in the reference, so that the next reader knows.",
  },
  ICH9223: {
    title: "no way to log in to Vault",
    meaning:
      "Vault is asked with a token, or logs ichor in by AppRole or by a JWT. What the chosen way needs is not there: a variable is not set, a file is missing or empty.",
    remedy:
      "For a token set VAULT_TOKEN (BAO_TOKEN) or name token_env or token_file; for auth_method=approle VAULT_ROLE_ID and VAULT_SECRET_ID; for auth_method=jwt role_id and jwt_env or jwt_file.",
  },
  ICH9224: {
    title: "Vault refuses the login",
    meaning:
      "The login by AppRole or JWT was answered, and denied: the role, its secret or the token is wrong, has expired, or may not be used from here.",
    remedy: "Check the role in Vault, its namespace and the mount of the login (VAULT_LOGIN_MOUNT_POINT).",
  },
  ICH9225: {
    title: "Vault denies the secret",
    meaning: "The token is not known to Vault, has expired, or its policies do not allow to read this path.",
    remedy:
      "Log in anew, or add the capability read on the path to a policy of the token; in version 2 of the key-value engine that path is MOUNT/data/PATH.",
  },
  ICH9226: {
    title: "Vault has no such secret",
    meaning:
      "At the path is no secret, or not in this version, or no key-value engine is mounted there, or it is in another namespace.",
    remedy: "Correct the path, the version or the namespace, or write the secret.",
  },
  ICH9227: {
    title: "secret is deleted in Vault",
    meaning: "The version of the secret that is asked for was deleted or destroyed.",
    remedy:
      "Write the secret anew, ask for another version, or, where it was only deleted, undelete it with `vault kv undelete`.",
  },
  ICH9228: {
    title: "Vault does not answer",
    meaning:
      "Vault could not be reached, did not answer in time, or answered that it cannot serve at the moment: sealed, starting, overloaded. Reading was tried more than once.",
    remedy: "Nothing was changed: run ichor again when Vault is back.",
  },
  ICH9229: {
    title: "Vault sends elsewhere",
    meaning:
      "The answer was a redirect to another server. It is not followed, because the token would be sent there.",
    remedy:
      "Set the address to the server that answers itself: behind a load balancer that of the active node, or allow the nodes to forward requests.",
  },
  ICH9230: {
    title: "answer is none of Vault's",
    meaning:
      "Something answered at the address, but not as Vault does: no JSON, or none of the expected shape, or a status that Vault does not give here.",
    remedy: "Check the address; a proxy or another service may be in its place.",
  },
} as const satisfies Record<string, CodeEntry>;
