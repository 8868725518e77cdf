import { expect, test } from "vitest";
import { locksOf } from "../../../test/support/recorded.ts";
import { formatPath } from "../../core/path.ts";
import { readLocks } from "./read-locks.ts";

const SITE = "inventory/allocations/hel1";
const RACK = `${SITE}/hel1-r001.yaml`;
const ADDRESSES = `${SITE}/addresses.yaml`;
const CLUSTERS = `${SITE}/clusters.yaml`;
const HASH = "0123456789abcdef".repeat(4);

/** What is reported of lock files: `CODE path: message`. */
function check(files: Readonly<Record<string, string>>): string[] {
  const { diagnostics } = locksOf(Object.entries(files).map(([path, text]) => ({ path, text })));
  return diagnostics.map(
    ({ code, at, message }) => `${code} ${"path" in at ? formatPath(at.path) : ""}: ${message}`,
  );
}

test("lock files say who holds what, and which racks they are of", () => {
  const { value, diagnostics } = locksOf([
    { path: RACK, text: "hel1-r001-u01:\n  claim: hel1-a/general/2 w3\n" },
    { path: `${SITE}/hel1-r002.yaml`, text: "# nothing\n{}\n" },
    { path: ADDRESSES, text: "10.1.0.0:\n  prefix: 10.1.0.0/26\n  claim: hel1-a/lb\n" },
    { path: CLUSTERS, text: `hel1-a:\n  bootstrapped: hel1-r001-u01\n  fingerprints: { os: ${HASH} }\n` },
  ]);
  expect(diagnostics).toEqual([]);
  expect(value.claims.get("hel1-r001-u01")).toEqual({
    claim: { phase: "held", place: { cluster: "hel1-a", group: "general", index: 2 }, wipe: 3 },
    at: { file: RACK, document: 0, path: ["hel1-r001-u01", "claim"] },
  });
  expect(value.addresses.get("hel1")?.get("10.1.0.0")).toMatchObject({
    prefix: "10.1.0.0/26",
    claim: "hel1-a/lb",
  });
  expect(value.clusters.get("hel1")?.get("hel1-a")).toMatchObject({
    bootstrapped: "hel1-r001-u01",
    fingerprints: { os: HASH },
  });
  expect(value.racks).toEqual(new Set(["hel1/hel1-r001", "hel1/hel1-r002"]));
});

test("files of other roles are none of its business", () => {
  const file = { file: "clusters/hel1/a/cluster.yaml", role: "documents", documents: [] } as const;
  expect(readLocks([file]).diagnostics).toEqual([]);
});

const WRONG: Readonly<
  Record<string, readonly [files: Readonly<Record<string, string>>, found: readonly unknown[]]>
> = {
  "a file with nothing in it": [
    { [RACK]: "# only a comment\n" },
    ["ICH4031 : the lock file is empty, but it must be one mapping"],
  ],
  "a list": [{ [RACK]: "- a\n" }, ["ICH4031 : the lock file is a list, but it must be one mapping"]],
  "a file in no site's folder": [
    { "inventory/allocations/r1.yaml": "{}" },
    [expect.stringMatching(/^ICH4031 : "inventory\/allocations\/r1.yaml" is no lock file/)],
  ],
  "an entry of another form": [
    { [RACK]: "s1: free w0\ns2:\n  claim: free w0\n  note: x\ns3: {}\n" },
    [
      'ICH4031 s1: the entry "s1" must be a mapping with `claim`, and is the text "free w0"',
      'ICH4031 s2: the entry "s2" must be a mapping with `claim`, and is a mapping with `claim` and `note`',
      'ICH4031 s3: the entry "s3" must be a mapping with `claim`, and is a mapping with nothing',
    ],
  ],
  "a claim that is none": [
    { [RACK]: "s1:\n  claim: hel1-a/general w1\ns2:\n  claim: ~\ns3:\n  claim: 7\n" },
    [
      'ICH4032 s1.claim: the claim of server "s1" is the text "hel1-a/general w1", which is no claim',
      'ICH4032 s2.claim: the claim of server "s2" is empty, which is no claim',
      'ICH4032 s3.claim: the claim of server "s3" is the number 7, which is no claim',
    ],
  ],
  "one place given to two servers, also in two files": [
    {
      [RACK]: "s1:\n  claim: hel1-a/general/0 w1\n",
      [`${SITE}/hel1-r002.yaml`]:
        "s2:\n  claim: hel1-a/general/0 w4\ns3:\n  claim: hel1-a/general/0 releasing w4\n",
    },
    ['ICH4033 s2.claim: place hel1-a/general/0 is given to server "s2" as well as to server "s1"'],
  ],
  "a server with two lines": [
    { [RACK]: "s1:\n  claim: free w1\n", [`${SITE}/hel1-r002.yaml`]: "s1:\n  claim: free w2\n" },
    [`ICH4034 s1: server "s1" stands in ${SITE}/hel1-r002.yaml as well as in ${RACK}`],
  ],
  "address blocks that cannot be read": [
    {
      [ADDRESSES]: `10.1.0.1:
  prefix: 10.1.0.0/26
  claim: a/lb
10.2.0.256:
  prefix: 10.2.0.0/26
  claim: a/lb
10.3.0.0:
  prefix: 10.3.0.0
  claim: a/lb
10.4.0.0:
  prefix: 10.4.0.0/31
  claim: a/vip
10.5.0.0:
  prefix: 10.5.0.0/32
  claim: a/dns
10.6.0.1:
  prefix: 10.6.0.1/26
  claim: a/lb
`,
    },
    [
      expect.stringMatching(
        /^ICH4035 \["10\.1\.0\.1"\]: .*: "10\.1\.0\.1" is not the first address of 10\.1\.0\.0\/26/,
      ),
      expect.stringMatching(/^ICH4035 .*: "10\.2\.0\.256" is no IPv4 address$/),
      expect.stringMatching(/^ICH4035 .*: `prefix` is the text "10\.3\.0\.0", which is no IPv4 prefix$/),
      expect.stringMatching(/^ICH4035 .*: a virtual IP is one address, and 10\.4\.0\.0\/31 is more$/),
      expect.stringMatching(/^ICH4035 .*: `claim` is the text "a\/dns"$/),
      expect.stringMatching(/^ICH4035 .*: "10\.6\.0\.1" is not the first address of 10\.6\.0\.0\/26/),
    ],
  ],
  "address blocks that overlap, also those with one between and in two sites": [
    {
      [ADDRESSES]: `10.1.0.0:
  prefix: 10.1.0.0/26
  claim: a/lb
10.1.0.4:
  prefix: 10.1.0.4/32
  claim: b/vip
10.1.0.32:
  prefix: 10.1.0.32/27
  claim: c/lb
`,
      "inventory/allocations/osl2/addresses.yaml": "10.1.0.40:\n  prefix: 10.1.0.40/32\n  claim: d/vip\n",
    },
    [
      'ICH4036 ["10.1.0.4"]: 10.1.0.4/32 of b/vip overlaps 10.1.0.0/26 of a/lb',
      'ICH4036 ["10.1.0.32"]: 10.1.0.32/27 of c/lb overlaps 10.1.0.0/26 of a/lb',
      'ICH4036 ["10.1.0.40"]: 10.1.0.40/32 of d/vip overlaps 10.1.0.0/26 of a/lb',
    ],
  ],
  "two blocks for one use": [
    {
      [ADDRESSES]:
        "10.1.0.1:\n  prefix: 10.1.0.1/32\n  claim: a/vip\n10.1.0.9:\n  prefix: 10.1.0.9/32\n  claim: a/vip\n",
    },
    ['ICH4037 ["10.1.0.9"]: a/vip is given 10.1.0.9/32 as well as 10.1.0.1/32'],
  ],
  "what is known of a cluster in the wrong form": [
    { [CLUSTERS]: "a:\n  bootstrapped: true\n  fingerprints: { os: abc }\nb:\n  bootstrapped: ~\n" },
    [
      "ICH4031 a.bootstrapped: `bootstrapped` is `~` or the name of a server, and this is true",
      "ICH4031 a.fingerprints: `fingerprints` is a mapping from names of CAs to SHA-256 sums of 64 hexadecimal digits",
      'ICH4031 b: the entry "b" must be a mapping with `bootstrapped` and `fingerprints`, and is a mapping with `bootstrapped`',
    ],
  ],
};

test.each(Object.entries(WRONG))("%s is reported", (_, [files, found]) => {
  expect(check(files)).toEqual(found);
});

test("a file of which nothing could be read is no file without claims", () => {
  const { diagnostics } = readLocks([{ file: RACK, role: "lock", documents: [] }]);
  expect(diagnostics.map(({ code }) => code)).toEqual(["ICH4031"]);
});

test("a file with two documents is refused", () => {
  const document = { value: {}, at: { file: RACK, document: 0, path: [] } };
  const { diagnostics } = readLocks([{ file: RACK, role: "lock", documents: [document, document] }]);
  expect(diagnostics.map(({ message }) => message)).toEqual([
    "the lock file has several documents, but it must be one mapping",
  ]);
});
