import { describe, expect, test } from "vitest";
import { lintIpxe } from "./lint.ts";

const setting = (name: string) => `$${"{"}${name}}`;

function check(lines: readonly string[], problems: readonly string[]): void {
  expect(lintIpxe(`${["#!ipxe", ...lines].join("\n")}\n`)).toEqual(problems);
}

describe("the check of an iPXE script", () => {
  test.each<[title: string, lines: string[], problems: string[]]>([
    ["accepts a sound one", ["chain a.ipxe || goto end", ":end", "exit 1"], []],
    ["accepts settings of the machine", [`echo ${setting("net0/mac:hexhyp")} ${setting("uuid")}`], []],
    [
      "accepts own settings",
      ["set x:string 1", `echo ${setting("x")}`].map((line) => line.replace("x:string", "x")),
      [],
    ],
    [
      "finds commands of a newer iPXE",
      ["poweroff"],
      ['2: The command "poweroff" is not one that every iPXE has.'],
    ],
    [
      "finds commands after && and ||",
      ["iseq a b && shell || reboot"],
      [
        '2: The command "shell" is not one that every iPXE has.',
        '2: The command "reboot" is not one that every iPXE has.',
      ],
    ],
    [
      "finds a command that fails without a way on",
      ["chain a.ipxe"],
      ['2: The command "chain" may fail and has no "|| goto".'],
    ],
    [
      "finds a failure that is ignored",
      ["chain a.ipxe ||"],
      ['2: The command "chain" may fail and has no "|| goto".'],
    ],
    ["finds a goto to nowhere", ["chain a.ipxe || goto end"], ['2: There is no label "end" to go to.']],
    ["finds a label that is there twice", [":end", ":end"], ['3: The label "end" is there twice.']],
    [
      "finds an unknown setting",
      [`echo ${setting("code")}`],
      [`2: The setting "${setting("code")}" is not one that iPXE knows.`],
    ],
    [
      "finds a wait that is none",
      ["sleep forever"],
      ["2: The time to sleep is not a number of at most three digits."],
    ],
    [
      "finds a kernel that cannot find its initramfs",
      ["kernel k initrd=a || goto end", "initrd http://b/c || goto end", ":end"],
      ['2: No initramfs is loaded under the name "a".'],
    ],
    [
      "finds a kernel that is not told of its initramfs",
      ["kernel k || goto end", ":end"],
      ["2: The kernel is not told the name of its initramfs (initrd=)."],
    ],
  ])("%s", (_title, lines, problems) => {
    check(lines, problems);
  });

  test("wants the first line, line ends without CR and an end of the last line", () => {
    expect(lintIpxe("echo a\r\n")).toEqual([
      '1: The first line is not "#!ipxe".',
      "1: Lines end with CR and LF: iPXE takes the CR for a part of the word.",
    ]);
    expect(lintIpxe("#!ipxe\necho a")).toEqual(["2: The last line has no end."]);
  });
});
