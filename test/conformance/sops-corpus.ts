/** Documents of YAML as people write them, and as they should not: what sops takes must come out the same from us. */

const keysOfAllRules = `# sealed: the next one
token: s3cr3t
data:
  # of data
  user: admin
  password: "123456" # a PIN
  ports: [80, 443]
plain: readable
note_unencrypted: also readable
note_sealed: "not readable"
nested_sealed:
  - one
  - { two: 2, three_unencrypted: 3 }
# public: everything below this key
open:
  # sealed: but not this
  inner: 1
  other: [a, b]
last: end
`;

const scalars = `plain: word
spaced: several words, with a comma
empty single: ''
empty double: ""
nothing:
tilde: ~
"null": null
nulls: [Null, NULL, ~]
single: 'it''s "quoted"'
double: "tab\\t newline\\n quote\\" backslash\\\\ nul-free \\u00e9 \\U0001F512"
literal: |
  first
    indented
  last
literal stripped: |-
  no newline at the end
literal kept: |+
  newlines at the end


literal indented: |2
    two spaces in front
folded: >
  folded into
  one line

  but here
folded stripped: >-
  folded and
  stripped
plain multi-line: goes on
  in the next line
one newline: "\\n"
spaces: "   "
space in front: " x"
space behind: "x "
integers: [0, 1, -1, +1, 42, 0x1F, 0xff, 0o17, 0b101, -0x10, 1_000_000, 017]
large: [9007199254740991, 9007199254740992, 9007199254740993, 9223372036854775807, -9223372036854775808]
floats: [1.5, -1.5, .5, 5., 1.0, 1e3, 1E-3, 1.5e+10, 0.1, 3.141592653589793, 1e21, 1e-7, 123456789.123456789]
booleans: [true, false, True, False, TRUE, FALSE]
words: [yes, no, Yes, No, YES, NO, on, off, On, Off, y, n, Y, N]
dates: [2001-12-14, 2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43.10, 2026-11-21T06:33:13Z]
dates in time zones: [2001-1-2, 2001-12-14T21:59:43+05:30, 2001-12-14T21:59:43.000Z]
no dates: ["2001-12-14", 2001-12, 12:30:45, 2001-12-14T25:00:00Z]
looks like a number: ["1", '1.5', "0x1F", "1e3", "1_000", "true", "null", "~", "", 1.2.3, 1e, 0x, 0o8, +, -., 1e400, .1e400]
versions: [v1.13.9, 1.13, "1.10", 1.2.3.4, 10.0.0.0/8, "::1"]
unicode: Grüße, 世界, Ω, café, cafe\u0301
emoji: "🔐 🗝️ 👩‍💻"
bidirectional: "a\\u202Eb"
reference: ref+sops://secrets/c1.sops.yaml#/certs/os/key
looks encrypted: "ENC(AES256_GCM)"
indicators: ["- a", "a: b", "a #b", "#c", "[d", "{e", "&f", "*g", "!h", "|", ">", "%i", "@j", "\`k", "?", ": l", "-", "---", "..."]
long: ${"abcdefghij".repeat(500)}
long with spaces: ${"ten chars ".repeat(100)}end
base64: ${Buffer.from("key material ".repeat(60)).toString("base64")}
pem: |
  -----BEGIN ED25519 PRIVATE KEY-----
  MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
  -----END ED25519 PRIVATE KEY-----
`;

const infinities = `infinite: [.inf, -.inf, +.INF, .nan, .NaN]\nnumber: 1\n`;

const structures = `map: { a: { b: { c: { d: deep } } } }
list: [[1, [2, [3]]], []]
empty map: {}
empty list: []
list of empties: [{}, [], "", null]
lists of maps:
  - name: a
    value: 1
  - name: b
    value:
      - x
      - y: z
  -
    - - - nested
map of empties: { a: {}, b: [], c: "", d: }
same values: [x, x, x]
`;

const keys = `a.b: dots
a:b: colon
"a: b": colon and space
with space: x
"": empty key
ключ: unicode
🔑: emoji
"quote\\"d": x
'single': x
"multi\\nline": x
"true": word
"1": number
"null": nothing
"2001-12-14": date
"~": tilde
"*star": x
"-": dash
"#hash": x
"=": equals
yes: no
a/b: slash
a~b: tilde
__proto__: ours
constructor: x
toString: x
${"k".repeat(130)}: long key
parent:
  a.b: { "c:d": { "e f": [1] } }
`;

const comments = `# the very first

# head of a, first line
# head of a, second line
a: 1 # behind a
b: # behind the key of b
  # head of c
  c: 2
  # head of d

  # second head of d
  d: 3 # behind d
  # foot of b

# head of list
list: # behind the key of list
  # head of x
  - x # behind x
  # head of y
  - y
  # head of the next
  - k: v # behind v
  # in front of the last
  - z
  # foot of list
literal: | # behind an indicator
  text # no comment
quoted: "x" # behind a quote
#no space
##two
#	tab
# unicode ✓ 🔒
# looks: like a key
# ENC[not really]
# foot of everything
`;

const severalDocuments = `# of the first
a: 1
---
# of the second
b: two # inline
list:
  - x
---
c: 3.5
`;

/** A document or several, by what they are about. */
export const corpus: Readonly<Record<string, string>> = {
  "keys of all rules": keysOfAllRules,
  scalars,
  infinities,
  structures,
  keys,
  comments,
  "several documents": severalDocuments,
};

/** The texts of the corpus that JSON can say, as one document each. */
export const ofOneDocument = Object.keys(corpus).filter(
  (name) => name !== "infinities" && name !== "several documents",
);

/**
 * Comments at places where sops itself moves or loses them. What counts is that each value stays, and each comment
 * that sops keeps.
 */
export const oddComments: Readonly<Record<string, string>> = {
  "behind an empty map": "a: {} # c\nb: 1\n",
  "behind an empty list": "a: [] # c\nb: 1\n",
  "behind nothing": "a: # c\nb: 1\n",
  "behind a flow map": "a: { b: 1, c: 2 } # c\nd: 1\n",
  "behind a flow list": "a: [1, 2] # c\nd: 1\n",
  "behind a flow list in a list": "a:\n  - [1, 2] # c\n  - 3\n",
  "behind a flow map in a list": "a:\n  - { b: 1 } # c\n  - 3\n",
  "in a flow list": "a: [\n  1, # one\n  # two\n  2\n  # all\n]\nb: 1\n",
  "behind a bracket": "a: [ # c\n  1 ]\nb: 1\n",
  "behind a dash": "a:\n  - # c\n    b: 1\n  - 2\n",
  "below a map in a list": "a:\n  - b: 1\n    # c\n  # d\ne: 1\n",
  "below a list that is indented as its key": "a:\n- 1\n- 2\n# c\nd: 1\n",
  "below everything, indented": "a:\n  b: 1\n\n  # c\n\n# d\n",
  "of nothing but a sign": "a: 1\n#\nb: 2\n",
  "before the first document's mark": "# c\n---\na: 1\n",
  "behind a document's mark": "--- # c\na: 1\n",
  "behind a document's end": "a: 1\n... # c\n",
  "between a key and its value": "a:\n  # c\n  1\nb: 2\n",
  "between a key and its block": "a: # c\n  # d\n  |\n  text\nb: 2\n",
  "behind the lines of a long text": "a: one\n  two # c\nb: 2\n",
};

/** What sops refuses to encrypt, and why. */
export const refused: Readonly<Record<string, string>> = {
  "a list as the document": "- a\n- b\n",
  "a scalar as the document": "just text\n",
  "an integer beyond 64 bits with sign": "a: 9223372036854775808\n",
  "a number as a key": "1: a\n",
  "a boolean as a key": "true: a\n",
  "nothing as a key": "~: a\n",
  "a date as a key": "2001-12-14: a\n",
  "a key twice": "a: 1\na: 2\n",
  "an entry named sops": "a: 1\nsops: {}\n",
  "nothing at all": "",
  "nothing but a comment": "# c\n",
  "no YAML": "a: [1\n",
};
