import {
  type Diagnostic,
  error,
  hasErrors,
  type Outcome,
  type SourceRef,
  within,
} from "../../core/diagnostic.ts";
import { mustGet } from "../../core/invariant.ts";
import { formatPath } from "../../core/path.ts";
import { kindOfKey, readPrivateKey } from "../pki/keys.ts";
import { decodeBase64 } from "../pki/pem.ts";
import { keyMatches } from "../pki/read-certificate.ts";
import { readAuthorities, readAuthority } from "./authorities.ts";
import { CA_NAMES, type CaName, ROTATING_CA_NAMES, type RotatingCa, type SecretsBundle } from "./bundle.ts";
import { checkInTheClear } from "./placeholders.ts";
import { type BundleTexts, readTexts } from "./shape.ts";

/**
 * Reads a decrypted bundle and checks all that a cluster depends on: that every field is there and no other, the
 * form of tokens and secrets, that certificates are authorities of the right algorithm at the right place, and that
 * each key belongs to its certificate. Dates are judged by `checkExpiry`.
 *
 * @returns undefined where there are errors; no message ever holds a value
 */
export function readBundle(value: unknown, at: SourceRef): Outcome<SecretsBundle | undefined> {
  const hidden = checkInTheClear(value, at);
  if (hidden.length > 0) return { value: undefined, diagnostics: hidden };
  const { texts, diagnostics: shape } = readTexts(value, at);
  const diagnostics = [
    ...shape,
    ...checkTokens(texts, at),
    ...checkRandomBytes(texts, at),
    ...checkEncryption(texts, at, shape),
    ...CA_NAMES.flatMap((name) => checkPair(texts, name, "certs", at)),
    ...checkServiceAccount(texts, at),
    ...ROTATING_CA_NAMES.flatMap((name) => checkRotation(texts, name, at)),
    ...checkReplacement(value, at),
  ];
  return { value: hasErrors(diagnostics) ? undefined : bundleOf(texts), diagnostics };
}

const TOKEN = /^[a-z0-9]{6}\.[a-z0-9]{16}$/;

function checkTokens(texts: BundleTexts, at: SourceRef): readonly Diagnostic[] {
  return [
    ["secrets", "bootstraptoken"],
    ["trustdinfo", "token"],
  ].flatMap((path) => {
    const text = texts.get(formatPath(path));
    if (text === undefined || TOKEN.test(text)) return [];
    const hint = "six lower-case letters or digits, a dot, and sixteen more";
    return [
      error("ICH9105", within(at, ...path), `\`${formatPath(path)}\` has not the form of a token`, { hint }),
    ];
  });
}

const RANDOM_BYTES = [
  { path: ["cluster", "id"], lengths: [32] },
  { path: ["cluster", "secret"], lengths: [32] },
  { path: ["secrets", "secretboxencryptionsecret"], lengths: [32] },
  { path: ["secrets", "aescbcencryptionsecret"], lengths: [16, 24, 32] },
];

function checkRandomBytes(texts: BundleTexts, at: SourceRef): readonly Diagnostic[] {
  return RANDOM_BYTES.flatMap(({ path, lengths }) => {
    const name = formatPath(path);
    const text = texts.get(name);
    if (text === undefined) return [];
    // Up to 1.13 Talos writes the cluster's id in the alphabet of URLs.
    const ordinary = name === "cluster.id" ? text.replaceAll("-", "+").replaceAll("_", "/") : text;
    if (lengths.includes(decodeBase64(ordinary)?.length ?? -1)) return [];
    const hint = `it has to be base64 of ${lengths.join(", ")} bytes`;
    return [error("ICH9106", within(at, ...path), `\`${name}\` is malformed`, { hint })];
  });
}

function checkEncryption(
  texts: BundleTexts,
  at: SourceRef,
  shape: readonly Diagnostic[],
): readonly Diagnostic[] {
  const names = ["secretboxencryptionsecret", "aescbcencryptionsecret"];
  const there = names.filter((name) => texts.has(`secrets.${name}`));
  // A misspelled name or a value of another type says it better.
  const isSaid = shape.some(
    ({ code, at: place }) =>
      code !== "ICH9102" && "path" in place && place.path[at.path.length] === "secrets",
  );
  if (there.length === 1 || (there.length === 0 && isSaid) || !hasSecrets(texts)) return [];
  const message =
    there.length === 0
      ? "`secrets` has neither `secretboxencryptionsecret` nor `aescbcencryptionsecret`"
      : "`secrets` has both `secretboxencryptionsecret` and `aescbcencryptionsecret`";
  return [error("ICH9107", within(at, "secrets"), message, { hint: "keep the one that the cluster uses" })];
}

function hasSecrets(texts: BundleTexts): boolean {
  return [...texts.keys()].some((path) => path.startsWith("secrets."));
}

/** An authority and its key, below `certs` or below `rotation`. */
function checkPair(
  texts: BundleTexts,
  name: CaName,
  section: "certs" | "rotation",
  at: SourceRef,
): readonly Diagnostic[] {
  const crt = texts.get(`${section}.${name}.crt`);
  const key = texts.get(`${section}.${name}.key`);
  const place = within(at, section, name);
  const authority = crt === undefined ? undefined : readAuthority(crt, name, within(place, "crt"));
  const found = authority?.diagnostics ?? [];
  if (key === undefined) return found;
  const privateKey = readKey(key);
  if (privateKey === undefined)
    return [...found, unreadableKey(`${section}.${name}.key`, within(place, "key"))];
  const certificate = authority?.value;
  if (certificate === undefined || keyMatches(certificate.pem, privateKey)) return found;
  const [has, wanted] = [kindOfKey(privateKey), certificate.certificate.algorithm];
  const related = [{ message: "the certificate", at: within(place, "crt") }];
  if (has.name !== wanted.name) {
    const message = `\`${section}.${name}.key\` is a key of ${has.name}, its certificate is for one of ${wanted.name}`;
    return [...found, error("ICH9110", within(place, "key"), message, { related })];
  }
  const message = `\`${section}.${name}.key\` does not belong to the certificate beside it`;
  const hint = "put the certificate and the key together that were made together";
  return [...found, error("ICH9112", within(place, "key"), message, { hint, related })];
}

function readKey(text: string): ReturnType<typeof readPrivateKey> {
  const pem = decodeBase64(text)?.toString("latin1");
  return pem === undefined ? undefined : readPrivateKey(pem);
}

function unreadableKey(name: string, at: SourceRef): Diagnostic {
  const hint = "it has to be base64 of one PEM block with a private key without passphrase";
  return error("ICH9111", at, `\`${name}\` cannot be read as a private key`, { hint });
}

function checkServiceAccount(texts: BundleTexts, at: SourceRef): readonly Diagnostic[] {
  const name = "certs.k8sserviceaccount.key";
  const text = texts.get(name);
  if (text === undefined) return [];
  const place = within(at, "certs", "k8sserviceaccount", "key");
  const key = readKey(text);
  if (key === undefined) return [unreadableKey(name, place)];
  const kind = kindOfKey(key);
  if (kind.family === "ECDSA" || (kind.family === "RSA" && (kind.bits ?? 0) >= 2048)) return [];
  const message = `\`${name}\` is a key of ${kind.name} where RSA of 2048 bits or more, or ECDSA, belongs`;
  return [error("ICH9110", place, message)];
}

function checkRotation(
  texts: BundleTexts,
  name: (typeof ROTATING_CA_NAMES)[number],
  at: SourceRef,
): readonly Diagnostic[] {
  const phase = texts.get(`rotation.${name}.phase`);
  if (phase === undefined) return [];
  const place = within(at, "rotation", name);
  if (phase !== "accepted" && phase !== "issuing") {
    const message = `the phase of \`rotation.${name}\` is neither "accepted" nor "issuing"`;
    return [error("ICH9117", within(place, "phase"), message)];
  }
  const hasKey = texts.has(`rotation.${name}.key`);
  const found = checkPair(texts, name, "rotation", at);
  if (hasKey === (phase === "accepted")) return found;
  const [message, hint] = hasKey
    ? [`\`rotation.${name}\` has a key, and the old authority signs nothing any more`, "remove the key"]
    : [
        `\`rotation.${name}\` has no key of the authority that is to issue`,
        "add the key of the new authority",
      ];
  return [...found, error("ICH9117", place, message, { hint })];
}

/** Of what the keyless view finds, only that an authority is replaced by itself: the rest was said. */
function checkReplacement(value: unknown, at: SourceRef): readonly Diagnostic[] {
  return readAuthorities(value, at).diagnostics.filter(({ code }) => code === "ICH9117");
}

function bundleOf(texts: BundleTexts): SecretsBundle {
  // Line breaks in base64 mean nothing; without them the same bundle is always the same text.
  const text = (path: string) => mustGet(texts, path).replace(/[\r\n]+/g, "");
  const pair = (path: string) => ({ crt: text(`${path}.crt`), key: text(`${path}.key`) });
  const rotating = (name: string): RotatingCa =>
    text(`rotation.${name}.phase`) === "accepted"
      ? { phase: "accepted", ...pair(`rotation.${name}`) }
      : { phase: "issuing", crt: text(`rotation.${name}.crt`) };
  const names = ROTATING_CA_NAMES.filter((name) => texts.has(`rotation.${name}.phase`));
  const isOfSecretbox = texts.has("secrets.secretboxencryptionsecret");
  return {
    cluster: { id: text("cluster.id"), secret: text("cluster.secret") },
    secrets: {
      bootstraptoken: text("secrets.bootstraptoken"),
      ...(isOfSecretbox && { secretboxencryptionsecret: text("secrets.secretboxencryptionsecret") }),
      ...(!isOfSecretbox && { aescbcencryptionsecret: text("secrets.aescbcencryptionsecret") }),
    },
    trustdinfo: { token: text("trustdinfo.token") },
    certs: {
      etcd: pair("certs.etcd"),
      k8s: pair("certs.k8s"),
      k8saggregator: pair("certs.k8saggregator"),
      k8sserviceaccount: { key: text("certs.k8sserviceaccount.key") },
      os: pair("certs.os"),
    },
    ...(names.length > 0 && { rotation: Object.fromEntries(names.map((name) => [name, rotating(name)])) }),
  };
}
