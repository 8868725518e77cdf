import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatReference, isReference, parseReference, type Reference } from "./reference.ts";

const AT = { file: "controlplane.yaml", document: 0, path: ["machine", "ca", "key"] };

function read(text: string): Reference | undefined {
  const { value, diagnostics } = parseReference(text, AT);
  expect(diagnostics).toEqual([]);
  return value;
}

function complaints(text: string): readonly string[] {
  const { value, diagnostics } = parseReference(text, AT);
  expect(value).toBeUndefined();
  expect(diagnostics.every(({ at }) => at === AT)).toBe(true);
  return diagnostics.map(({ code, message }) => `${code} ${message}`);
}

describe("a reference names", () => {
  test("a value of an encrypted file, as ichor's machine configurations write it", () => {
    expect(read("ref+sops://clusters/hel1/hel1-vran7/secrets.sops.yaml#/certs/os/key")).toEqual({
      backend: "sops",
      path: "clusters/hel1/hel1-vran7/secrets.sops.yaml",
      parameters: {},
      pointer: ["certs", "os", "key"],
    });
    expect(read("ref+sops://a.sops.yaml?decode=base64#/k")?.parameters).toEqual({ decode: "base64" });
  });

  test("a file below the root of the repository, or anywhere by its whole path", () => {
    expect(read("ref+file://sites/./a/../b.txt")).toMatchObject({ path: "sites/b.txt", pointer: [] });
    expect(read("ref+file:///run/secrets/x#/a/0")).toMatchObject({
      path: "/run/secrets/x",
      pointer: ["a", "0"],
    });
  });

  test("an environment variable", () => {
    expect(read("ref+envsubst://$BGP_PASSWORD")).toMatchObject({
      backend: "envsubst",
      path: "$BGP_PASSWORD",
    });
  });

  test("a key of a secret of Vault, with the parameters of vals", () => {
    const parameters = "address=https://vault.example.com:8200&namespace=ns1&token_env=TOKEN&version=3";
    expect(read(`ref+vault://kv/team/bgp?${parameters}#/password`)).toEqual({
      backend: "vault",
      path: "kv/team/bgp",
      parameters: {
        address: "https://vault.example.com:8200",
        namespace: "ns1",
        token_env: "TOKEN",
        version: "3",
      },
      pointer: ["password"],
    });
  });

  test("any character, written with a percent sign; in keys also by the escapes of RFC 6901", () => {
    expect(read("ref+file://a%2Bb%20%23%3F%25/%C3%A9#/x%2By/t~0~1~01")).toMatchObject({
      path: "a+b #?%/é",
      pointer: ["x+y", "t~/~1"],
    });
  });
});

test("a text that has nothing of a reference is none, and no mistake", () => {
  for (const text of ["", "ref", "a ref+", "https://example.com/#/a", "pref+ix", "sops://x#/y"]) {
    expect(parseReference(text, AT)).toEqual({ value: undefined, diagnostics: [] });
    expect(isReference(text)).toBe(false);
  }
  expect(isReference("ref+")).toBe(true);
});

const FILE = "ref+sops://a.sops.yaml";

test.each([
  [`x ${FILE}#/k`, "ICH9201 the value has text before the reference"],
  [`secret${FILE}#/k`, "ICH9201 the value has text before the reference"],
  [`${FILE}#/k\n`, "ICH9201 the value has a space or a line break around the reference"],
  [` ${FILE}#/k`, "ICH9201 the value has a space or a line break around the reference"],
  [`${FILE}#/k hunter2`, "ICH9201 the value has a space or a line break after the reference begins"],
  [`${FILE}#/k${FILE}#/k`, "ICH9201 the value has a second reference"],
  [`${FILE}#/k ${FILE}#/k`, "ICH9201 the value has a second reference"],
  [
    `${FILE}#/k+hunter2`,
    'ICH9201 the value has text after the reference: `+` ends it, and so do a last `,` and `"`',
  ],
  [
    `${FILE}#/k"`,
    'ICH9201 the value has text after the reference: `+` ends it, and so do a last `,` and `"`',
  ],
  ["ref+", "ICH9201 the value begins with `ref+`, but `ref+BACKEND://PATH` does not follow"],
  ["ref+sops:/a#/k", "ICH9201 the value begins with `ref+`, but `ref+BACKEND://PATH` does not follow"],
  ["ref+://a#/k", "ICH9201 the reference names no backend"],
  ["ref+sosp://a#/k", 'ICH9202 there is no backend "sosp" (did you mean "sops"?)'],
  ["ref+env://$HOME", "ICH9201 the reference names no environment variable"],
  ["ref+env://HOME#/k", "ICH9201 `ref+env` has no keys"],
  ["ref+awsssm://a#/k", 'ICH9202 there is no backend "awsssm"'],
  ["ref+sops://#/k", "ICH9201 the reference names no path"],
  ["ref+sops://a%zz#/k", "ICH9201 the path has a `%` that encodes no character"],
  ["ref+sops://a%00#/k", "ICH9201 the path has a `%` that encodes no character"],
  ["ref+sops://a", "ICH9201 `ref+sops` needs the key of the secret"],
  ["ref+sops://a#", "ICH9201 the key does not begin with `/`"],
  ["ref+sops://a#k", "ICH9201 the key does not begin with `/`"],
  ["ref+sops://a#/", "ICH9201 a step of the key is empty"],
  ["ref+sops://a#/b//c", "ICH9201 a step of the key is empty"],
  ["ref+sops://a#/b~2", "ICH9201 the key has a `~` that encodes nothing"],
  ["ref+sops://a#/b#/c", "ICH9201 the reference has a second `#`"],
  ["ref+sops://a?#/b", "ICH9201 a parameter has no name"],
  ["ref+sops://a?decode=raw&decode=raw#/b", "ICH9201 the parameter `decode` is there twice"],
  ["ref+sops://a?deocde=base64#/b", 'ICH9203 `ref+sops` has no parameter "deocde" (did you mean "decode"?)'],
  ["ref+file://a?token_env=X", 'ICH9203 `ref+file` has no parameter "token_env"'],
  ["ref+sops://a?decode=hex#/b", "ICH9204 the parameter `decode` is not `raw` or `base64`"],
  ["ref+vault://a/b?version=0#/k", "ICH9204 the parameter `version` is not a whole number from 1"],
  [
    "ref+vault://a/b?token_env=hvs.x#/k",
    "ICH9204 the parameter `token_env` is not the name of an environment variable",
  ],
  [
    "ref+vault://a/b?auth_method=ldap#/k",
    "ICH9204 the parameter `auth_method` is not `token` or `approle` or `jwt`",
  ],
  [
    "ref+vault://a/b?address=https://u:hunter2@v#/k",
    "ICH9204 the parameter `address` is not an address like https://vault.example.com:8200",
  ],
  [
    "ref+vault://a/b?secret_id=hunter2#/k",
    "ICH9204 the parameter `secret_id` would be a secret that everybody can read",
  ],
  ["ref+sops:///etc/x#/k", 'ICH9205 the file "/etc/x" is not in the repository'],
  ["ref+sops://../x#/k", 'ICH9205 the path "../x" leaves the repository'],
  ["ref+file://a/%2e%2e/%2E./x", 'ICH9205 the path "a/../../x" leaves the repository'],
  ["ref+file://a/..", "ICH9201 the reference names no file, but the root of the repository"],
  ["ref+envsubst://HOME", "ICH9201 the reference names no environment variable"],
  ["ref+envsubst://$HOME#/k", "ICH9201 `ref+envsubst` has no keys"],
  ["ref+vault://kv#/k", "ICH9201 the reference names a mount of Vault, but no secret in it"],
  ["ref+vault://kv/../sys/raw#/k", 'ICH9201 a path in Vault has no empty steps, and neither "." nor ".."'],
  ["ref+vault://kv/%2e%2e/sys#/k", 'ICH9201 a path in Vault has no empty steps, and neither "." nor ".."'],
])("%j is refused", (text, complaint) => {
  expect(complaints(text)).toEqual([complaint]);
  expect(JSON.stringify(parseReference(text, AT))).not.toContain("hunter2");
});

test("everything that is wrong with one reference is said at once", () => {
  expect(complaints("ref+sops://../x?foo=1&decode=no")).toHaveLength(4);
});

describe("properties", () => {
  // Dots alone mean directories, and what has no printable form is refused.
  const step = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
    .filter((text) => !/^\.+$|[/\p{Cc}]/u.test(text) && text.isWellFormed());
  const key = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
    .filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed());
  const path = fc.array(step, { minLength: 2, maxLength: 4 }).map((steps) => steps.join("/"));
  const reference: fc.Arbitrary<Reference> = fc.oneof(
    fc.record({
      backend: fc.constant("sops" as const),
      path,
      parameters: fc.constantFrom({}, { decode: "base64" }),
      pointer: fc.array(key, { minLength: 1, maxLength: 4 }),
    }),
    fc.record({
      backend: fc.constant("file" as const),
      path: fc.oneof(
        path,
        path.map((text) => `/${text}`),
      ),
      parameters: fc.constant({}),
      pointer: fc.array(key, { maxLength: 4 }),
    }),
    fc.record({
      backend: fc.constantFrom("vault" as const, "openbao" as const),
      path,
      parameters: fc.record({
        token_file: step,
        version: fc.constant("7"),
        role_id: fc.constant("a+b&c=d#e"),
      }),
      pointer: fc.array(key, { minLength: 1, maxLength: 2 }),
    }),
  );

  test("a reference that is written down and read again is the same", () => {
    fc.assert(
      fc.property(reference, (one) => {
        expect(read(formatReference(one))).toEqual(one);
      }),
    );
  });

  test("any text is a reference, a broken reference or neither, and never an exception", () => {
    const piece = fc.constantFrom(
      "ref+",
      "sops",
      "://",
      "/",
      "#",
      "?",
      "=",
      "&",
      "%2",
      "..",
      "~",
      "+",
      "\n",
      "é",
      "a",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const { value, diagnostics } = parseReference(text, AT);
        if (isReference(text)) expect(value === undefined).toBe(diagnostics.length > 0);
        if (value !== undefined) expect(read(formatReference(value))).toEqual(value);
      }),
      { numRuns: 2000 },
    );
  });
});
