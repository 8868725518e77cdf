import { expect, test } from "vitest";
import { sampleBlueprint } from "../../../test/support/sample-blueprint.ts";
import { audit } from "./audit.ts";

const PATH = "generated/clusters/hel1/hel1-vran7/machines/x.yaml";

function check(text: string, codes: readonly string[]): void {
  expect(audit(sampleBlueprint(), [{ path: PATH, text }]).map(({ code }) => code)).toEqual(codes);
}

const pem = (label: string) => `-----BEGIN ${label}-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END ${label}-----\n`;

test.each(["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ED25519 PRIVATE KEY"])(
  "a %s is found, as it is and in base64",
  (label) => {
    check(pem(label), ["ICH5301"]);
    check(`key: ${btoa(pem(label))}\n`, ["ICH5301"]);
  },
);

test("a key of age is found", () => {
  check("AGE-SECRET-KEY-1QQPQ", ["ICH5301"]);
});

test("certificates and references are no secrets", () => {
  check(pem("CERTIFICATE"), []);
  check(`crt: ${btoa(pem("CERTIFICATE"))}\nkey: ref+sops://clusters/x.sops.yaml#/certs/os/key\n`, []);
});

test("two files of one path, but for the case of letters, are a bug", () => {
  const files = [PATH, PATH.toUpperCase()].map((path) => ({ path, text: "" }));
  expect(() => audit(sampleBlueprint(), files)).toThrow("two generators");
});
