/**
 * Values that YAML readers are known to disagree about, made the same on every run.
 */
export function adversarialStrings(): readonly string[] {
  const found = new Set<string>([...words, ...numbers, ...dates, ...marks, ...blocks, ...unicode]);
  for (const text of [...words, ...numbers, ...dates]) {
    for (const [before, after] of surroundings) found.add(before + text + after);
    found.add(text.toUpperCase());
    found.add(text.slice(0, 1).toUpperCase() + text.slice(1));
  }
  for (const mark of [...marks, ...unicode]) {
    for (const base of ["a", "a b", "1", "a\nb", "a\n"]) {
      found.add(mark + base);
      found.add(base + mark);
      found.add(base + mark + base);
      found.add(`${base} ${mark} ${base}`);
    }
  }
  return [...found];
}

/** Texts of random pieces; the same seed gives the same texts. */
export function randomStrings(seed: number, count: number): readonly string[] {
  const next = randomNumbers(seed);
  const pieces = [
    ...words,
    ...numbers,
    ...marks,
    ...unicode,
    ...characters("abcxyz0189 \n\t_-+.:/#'\"\\{}[],&*!|>%@`?~=<$"),
  ];
  return Array.from({ length: count }, () => {
    const length = 1 + Math.floor(next() * 6);
    return Array.from({ length }, () => pieces[Math.floor(next() * pieces.length)] ?? "").join("");
  });
}

/** Nested maps and lists with texts, numbers and booleans as leaves; the same seed gives the same values. */
export function randomStructures(seed: number, count: number): readonly unknown[] {
  const next = randomNumbers(seed);
  const texts = [...adversarialStrings(), ...randomStrings(seed, 500)];
  const leaves = [null, true, false, 0, -1, 42, 4_294_967_295, 2 ** 53, 0.5, -2.5e-7, 1e21, 1.5e300];
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(next() * from.length)];
  const grow = (depth: number): unknown => {
    const kind = next();
    const size = Math.floor(next() * 4);
    if (depth === 0 || kind < 0.3) return pick<unknown>(kind < 0.2 ? texts : leaves);
    if (kind < 0.6) return Array.from({ length: size }, () => grow(depth - 1));
    return Object.fromEntries(Array.from({ length: size }, () => [pick(texts) ?? "", grow(depth - 1)]));
  };
  return Array.from({ length: count }, () => grow(4));
}

function characters(ascii: string): readonly string[] {
  return ascii.split("");
}

/** The generator "mulberry32": numbers from 0 up to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const surroundings = [
  ["", ":"],
  ["", " "],
  [" ", ""],
  ["-", ""],
  ["+", ""],
  ["_", ""],
  ["", "_"],
  [".", ""],
  ["", "."],
  ["", "e1"],
  ["0", ""],
  ["!!str ", ""],
  ["", "\n"],
  ["", " # x"],
  ["", "#x"],
  ["", ": x"],
  ["", ":x"],
  ["", "/24"],
] as const;

const words = [
  ..."y n yes no on off true false null nil none nan inf ~ .nan .inf -.inf +.inf undefined t f".split(" "),
  ..."a abc hel1-r017-u01 siderolabs/intel-ucode os:admin os:admin: ref+sops://a.yaml?decode=base64#/b/c".split(
    " ",
  ),
  ..."disk.size=400u*GB console=ttyS0,115200n8 net.ifnames=0 -console --flag http://boot.hel1.example".split(
    " ",
  ),
  ..."kind name items e e1 E5 e+1 e-3 f1 x0 b11 o7 0b 0o 0x".split(" "),
];

const numbers = [
  ..."0 -0 +0 1 -1 +1 00 01 007 0644 0o644 0O644 0b11 0B11 0x1F 0X1f 0b2 0o8 08 09 0_ 1_000 1__0 _1 1_".split(
    " ",
  ),
  ..."0.5 .5 5. +.5 -.5 1e5 1E5 1e+5 1e-5 1.e5 .1e5 1.5e+300 1e400 0x1p-2 0x.8p1 1_0.5 1,000 1.000,5".split(
    " ",
  ),
  ..."9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 0.1e 1e 1e+ --1 +-1".split(
    " ",
  ),
  ..."190:20:30 1:2 01:02 12:30:45 12:30:45.5 00:11:22:33:44:55 d0:94:66:aa:11:01 52:54:00:12:34:56".split(
    " ",
  ),
  ..."10.0.0.1 10.0.0.0/8 1.2 1.2.3 1.2.3.4.5 v1.14.1 1.37.0 10.101.0.0/16 1.2.3-rc.1 1..2 1.2. 1.2.3.".split(
    " ",
  ),
  ..."fe80::1 ::1 2001:db8::/64 1::2 1:2:3:4:5:6:7:8 fe80:: :: ::/0 4c4c4544-0058-4b10-8032-b7c04f4d3133".split(
    " ",
  ),
  ..."12345678-1234-1234-1234-123456789012 1234567e 1234e567 12e03 1e1e1 123456e7890123 1k 400u 10% 30m 7d".split(
    " ",
  ),
  "1 000",
  "0x 1",
  "1 2",
];

const dates = [
  ..."2026-11-21 2026-1-2 2026-11-21T03:00Z 2026-11-21T03:00:00Z 2026-11-21t03:00:00.5+02:00 2026-13-45".split(
    " ",
  ),
  "2026-11-21 03:00:00",
  "2026-11-21 03:00:00 +2",
  "2026-11",
  "2026-11-21-new-disks",
  "20261121",
  "Sat 01:00-05:00 Europe/Helsinki",
];

const marks = [
  ...characters(":;,.?!|>&*%@`#'\"-_=+<>()[]{}\\/^$~"),
  "- ",
  "? ",
  ": ",
  " #",
  "<<",
  "<<: x",
  "---",
  "...",
  "--- a",
  "%YAML 1.2",
  "!!binary aGk=",
  "!local",
  "&anchor",
  "*alias",
  "[a, b]",
  "{a: b}",
  "{}",
  "[]",
  '""',
  "''",
  "|",
  "|-",
  ">",
  ">-",
  "@at",
  "`tick",
  "key: value",
  "a: ",
  "\\n",
  "\\x41",
  "\\u0041",
  "%20",
  "$(x)",
  "{{ .Values.x }}",
  "=",
  "#",
  "a #b",
  "a# b",
  "a:b",
  "a: b",
  "a :b",
];

const blocks = [
  "",
  " ",
  "  ",
  "\n",
  "\n\n",
  "\n\n\n",
  "a\n",
  "a\n\n",
  "a\n\n\n",
  "\na",
  " a",
  "a ",
  "a\nb",
  "a\nb\n",
  "a\n\nb",
  "a\n b",
  "a\n b\n",
  " a\nb",
  "\ta\nb",
  "a\n\tb",
  "a\n\tb\n",
  "a\tb",
  "\t",
  "a\n\t",
  "a\n \n",
  "a\n \nb",
  "a \nb ",
  "a\n  \n  b\n",
  "a\r\nb",
  "a\rb",
  "a\r\n",
  "\r",
  "a\n---\nb\n",
  "---\na\n",
  "...\n",
  "a\n...\n",
  "#a\nb\n",
  "a\n#b\n",
  "- a\n- b\n",
  "key: value\nother: x\n",
  "? a\n: b\n",
  "a: |\n  b\n",
  "{a\nb}\n",
  "'a\nb'\n",
  '"a\nb"\n',
  "%a\nb\n",
  "frr version 10\n!\nrouter bgp 1\n neighbor x\n!\n",
  "#!/bin/sh\nset -e\n\techo\n",
  "a\n   ",
  "a\n\n   \n",
  "x\n\n\n y\n",
  "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  "lorem ipsum dolor ".repeat(40),
  `${"x".repeat(2000)}\n${"y ".repeat(500)}end\n`,
  "x".repeat(1100),
  "ö".repeat(500),
  "\u0001".repeat(300),
];

const unicode = [
  "\u0000",
  "\u0001",
  "\u0007",
  "\b",
  "\u000b",
  "\f",
  "\u001b",
  "\u001f",
  "\u007f",
  "\u0080",
  "\u0085",
  "\u009f",
  "\u00a0",
  "\u00ad",
  "\u00e9",
  "e\u0301",
  "\u200b",
  "\u200e",
  "\u2028",
  "\u2029",
  "\u3000",
  "\ue000",
  "\ufeff",
  "\ufffd",
  "\ufffe",
  "\uffff",
  "\u{1f600}",
  "\u{10ffff}",
  "\u{1fffe}",
  "\u65e5\u672c",
  "\u0660",
  "\uff11",
];
