import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { LocatedDiagnostic } from "../core/diagnostic.ts";
import { formatGithub, formatJson, formatText } from "./format-diagnostics.ts";

const at = { file: "clusters/hel1/hel1-vran7/cluster.yaml", line: 12, column: 7 };
const plain: LocatedDiagnostic = {
  code: "ICH2001",
  severity: "error",
  message: 'unknown key "replica" in spec.controlPlane (did you mean "replicas"?)',
  at,
};
const rich: LocatedDiagnostic = {
  code: "ICH2018",
  severity: "warning",
  message: 'there is already a Rack named "r1"',
  at: { file: "a.yaml", line: 1, column: 2 },
  related: [{ message: "the first one", at: { file: "b.yaml", line: 44, column: 5 } }],
  hint: "rename it",
};

function check(
  diagnostics: readonly LocatedDiagnostic[],
  expected: string,
  format: (diagnostics: readonly LocatedDiagnostic[]) => string,
): void {
  expect(format(diagnostics)).toBe(expected);
}

const text = (diagnostics: readonly LocatedDiagnostic[]) => formatText(diagnostics, { color: false });

describe("diagnostics as text", () => {
  it("say file, line, column, severity, code and message in one line, and count at the end", () => {
    const line =
      'clusters/hel1/hel1-vran7/cluster.yaml:12:7 error ICH2001 unknown key "replica" in spec.controlPlane (did you mean "replicas"?)';
    check([plain], `${line}\n1 error\n`, text);
    check([plain, plain], `${line}\n${line}\n2 errors\n`, text);
  });

  it("have related places and the hint indented below", () => {
    check(
      [rich],
      'a.yaml:1:2 warning ICH2018 there is already a Rack named "r1"\n  see b.yaml:44:5 the first one\n  hint: rename it\n1 warning\n',
      text,
    );
  });

  it("count errors and warnings apart", () => {
    expect(text([plain, plain, plain, rich]).endsWith("\n3 errors, 1 warning\n")).toBe(true);
    check([], "", text);
  });

  it("cannot be made to break a line or steer a terminal by a value from a file", () => {
    check(
      [{ ...rich, message: "a\nb", hint: "\u001b[31mred", related: [] }],
      "a.yaml:1:2 warning ICH2018 a\\u000ab\n  hint: \\u001b[31mred\n1 warning\n",
      text,
    );
  });

  it("have colours only when asked for, and the same words then", () => {
    const colored = formatText([plain, rich], { color: true });
    expect(colored).toContain("\u001b[");
    check([plain, rich], stripVTControlCharacters(colored), text);
  });
});

describe("diagnostics as JSON", () => {
  it("are one versioned document with counts and flat places", () => {
    expect(JSON.parse(formatJson([plain, rich]))).toEqual({
      formatVersion: "1.0",
      errors: 1,
      warnings: 1,
      diagnostics: [
        {
          code: "ICH2001",
          severity: "error",
          title: "unknown key",
          message: plain.message,
          ...at,
          related: [],
        },
        {
          code: "ICH2018",
          severity: "warning",
          title: "name used twice",
          message: rich.message,
          file: "a.yaml",
          line: 1,
          column: 2,
          hint: "rename it",
          related: [{ message: "the first one", file: "b.yaml", line: 44, column: 5 }],
        },
      ],
    });
  });
});

describe("diagnostics as GitHub's annotations", () => {
  it("carry the place and the title as properties, the rest as lines of the message", () => {
    check(
      [rich],
      '::warning file=a.yaml,line=1,col=2,title=ICH2018 name used twice::there is already a Rack named "r1"%0Asee b.yaml:44:5 the first one%0Ahint: rename it\n',
      formatGithub,
    );
  });

  it("escape what would end a property or the command", () => {
    const odd = { ...plain, message: "50% a:b,c\r\n", at: { file: "a,b:c%.yaml", line: 1, column: 1 } };
    check(
      [odd],
      "::error file=a%2Cb%3Ac%25.yaml,line=1,col=1,title=ICH2001 unknown key::50%25 a:b,c%0D%0A\n",
      formatGithub,
    );
  });
});
