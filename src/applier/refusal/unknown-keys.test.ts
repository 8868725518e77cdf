import { expect, test } from "vitest";
import { unknownKeys } from "./unknown-keys.ts";

const DOCUMENT = {
  machine: { type: "worker", colour: { a: [1, { b: 2 }], text: "ref+sops://x" }, certSANs: ["a"] },
  list: [{ known: 1 }, { known: 2, wrong: 3 }, { known: 4 }, { wrong: { deep: 5 }, known: 6 }],
  "a: b": 1,
};

test.each([
  [
    "machine:\n    colour:\n        a:\n            - 1\n            - b: 2\n        text: hunter2\n",
    [["machine", "colour"]],
  ],
  [
    "list:\n    - wrong: 3\n    - wrong:\n        deep: 5\n",
    [
      ["list", 1, "wrong"],
      ["list", 3, "wrong"],
    ],
  ],
  ['"a: b": 1\nmachine:\n    certSANs:\n        - a\n', [["a: b"], ["machine", "certSANs"]]],
  [
    "machine:\n    colour:\n        text: |\n            machine: x\n            list: y\n",
    [["machine", "colour", "text"]],
  ],
  ["nothing: of this\n", []],
  ["", []],
])("%j is what is not known of a document", (shown, paths) => {
  expect(unknownKeys(DOCUMENT, shown)).toEqual(paths);
});
