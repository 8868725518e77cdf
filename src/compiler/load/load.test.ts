import { expect, test } from "vitest";
import type { SourceTree } from "../../model/source-tree.ts";
import { load } from "./load.ts";

function check(files: Record<string, SourceTree extends ReadonlyMap<string, infer T> ? T : never>) {
  const { value, diagnostics } = load(new Map(Object.entries(files)));
  return {
    files: value.map(({ file, role, documents }) => [file, role, documents.map(({ at }) => at.document)]),
    problems: diagnostics.map(({ code, at }) => `${at.file} ${code}`),
  };
}

test("files come in the order of their paths, whatever the order of the tree", () => {
  const names = [
    "inventory/models/b.yaml",
    "approvals/a.yaml",
    "inventory/models/B.yaml",
    "inventory/fleet.yaml",
  ];
  const sorted = [
    "approvals/a.yaml",
    "inventory/fleet.yaml",
    "inventory/models/B.yaml",
    "inventory/models/b.yaml",
  ];
  for (const order of [names, names.toReversed()]) {
    const { files } = check(Object.fromEntries(order.map((name) => [name, "a: 1\n"])));
    expect(files.map(([file]) => file)).toEqual(sorted);
  }
});

test("empty documents are left out and the others keep their numbers", () => {
  const text = "---\n# nothing\n---\nkind: ServerPool\n---\nkind: AddressPool\n---\n";
  expect(check({ "inventory/sites/a/pools.yaml": text }).files).toEqual([
    ["inventory/sites/a/pools.yaml", "documents", [1, 2]],
  ]);
});

test("an encrypted file is read as far as it can be, and said to be broken where it is", () => {
  expect(check({ "clusters/a/b/secrets.sops.yaml": "a: [\n<<<<<<< x" })).toEqual({
    files: [["clusters/a/b/secrets.sops.yaml", "secrets", []]],
    problems: ["clusters/a/b/secrets.sops.yaml ICH1004"],
  });
});

test("a file that cannot be read is reported and is among the files without documents", () => {
  const tooLarge = { unreadable: "too-large", detail: "52428800 bytes" } as const;
  expect(check({ "inventory/fleet.yaml": tooLarge, "inventory/README.md": tooLarge })).toEqual({
    files: [["inventory/fleet.yaml", "documents", []]],
    problems: ["inventory/fleet.yaml ICH1001"],
  });
});

test("a link in the place of a folder is reported, a link to a README is not", () => {
  const link = { unreadable: "not-a-file", detail: "a symbolic link" } as const;
  expect(
    check({ "inventory/sites/hel2": link, "inventory/README.md": link, clusters: link }).problems,
  ).toEqual(["clusters ICH1001", "inventory/sites/hel2 ICH1001"]);
});

test("files in the wrong place are reported beside the errors inside the others", () => {
  const { problems } = check({
    "inventory/x.yaml": "a: [",
    "inventory/fleet.yaml": "a: yes\n",
    "inventory/fleet.yml": "",
  });
  expect(problems).toEqual([
    "inventory/fleet.yaml ICH1013",
    "inventory/fleet.yml ICH1003",
    "inventory/x.yaml ICH1002",
  ]);
});
