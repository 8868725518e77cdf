import { beforeAll, describe, expect, test } from "vitest";
import { locateRefusal, type RefusedPlace } from "../../src/applier/refusal/refusal.ts";
import { locate } from "../../src/compiler/load/locate.ts";
import { error } from "../../src/core/diagnostic.ts";
import { emitYamlDocuments } from "../../src/core/yaml-emit.ts";
import { judge } from "./machine-configs.ts";
import { MISTAKES } from "./refusal-mistakes.ts";
import { type ExampleName, makeMistake, placeIn, readExamples, refusalOf } from "./refusals.ts";

/** Talos' own words for mistakes in the example's configurations, and the lines that are shown for them. */

const FILE = "machine.yaml";

interface Case {
  readonly name: string;
  /** Lines of the mistake: of its key, and of what it has. */
  readonly mistake: readonly number[];
  /** The same for what Talos' words lead to. */
  readonly wanted: readonly number[];
  readonly located: readonly number[];
  readonly words: readonly string[];
}

let cases: readonly Case[];

beforeAll(async () => {
  const examples = await readExamples();
  const of = (talos: "v1.13" | "v1.14"): Case[] => {
    const made = MISTAKES.flatMap((mistake) =>
      mistake.on
        .filter((name) => talosOf(name) === talos)
        .map((name) => {
          const example = examples.get(name);
          if (example === undefined) throw new Error(`there is no example ${name}`);
          const inGit = makeMistake(example.documents, mistake);
          const sent = emitYamlDocuments(makeMistake(example.resolved, mistake).documents);
          return { mistake, name, inGit, sent };
        }),
    );
    const verdicts = judge(
      talos,
      made.map(({ name, sent }) => ({ name, text: sent })),
    );
    return made.map(({ mistake, name, inGit: { documents, place }, sent }, at) => {
      const verdict = verdicts[at];
      if (verdict === undefined || verdict.errors.length === 0) throw new Error(`${mistake.at} is accepted`);
      const parts = locateRefusal(refusalOf(verdict), { documents, sent });
      const places = parts.flatMap((part) => part.place ?? []);
      const other = typeof mistake.found === "string" ? [placeIn(documents, mistake.found)] : [];
      const both = [place, ...other].flatMap((one): RefusedPlace[] => [one, { ...one, on: "key" }]);
      const lines = linesOf(documents, [...both, ...places]);
      const own = lines.slice(0, 2);
      return {
        name: `${mistake.at} = ${JSON.stringify(mistake.value) ?? "nothing"} on ${name}`,
        mistake: own,
        wanted: mistake.found === undefined ? own : lines.slice(2, both.length),
        located: lines.slice(both.length),
        words: parts.map(({ text }) => text),
      };
    });
  };
  cases = [...of("v1.13"), ...of("v1.14")];
});

/** All at once: each time the file is read anew, with positions. */
function linesOf(documents: readonly unknown[], places: readonly RefusedPlace[]): readonly number[] {
  const tree = new Map([[FILE, emitYamlDocuments(documents)]]);
  const asked = places.map((place, at) => error("ICH2001", { file: FILE, ...place }, String(at)));
  const lines = new Map(locate(tree, asked).map(({ message, at }) => [message, at.line]));
  return places.map((_, at) => lines.get(String(at)) ?? 0);
}

function talosOf(name: ExampleName): "v1.13" | "v1.14" {
  return name === "1.13" ? "v1.13" : "v1.14";
}

describe("a refusal in Talos' own words", () => {
  test("leads to the line that it speaks of, or to none where it does not say", () => {
    const wrong = cases.filter(({ wanted, located }) =>
      wanted.length === 0 ? located.length > 0 : !located.some((line) => wanted.includes(line)),
    );
    expect(wrong).toEqual([]);
  });

  test("leads to the line of the mistake itself in four of five cases, and in nearly all to some line", () => {
    const exact = cases.filter(({ mistake, located }) => located.some((line) => mistake.includes(line)));
    const some = cases.filter(({ located }) => located.length > 0);
    expect(cases.length).toBeGreaterThan(380);
    expect(exact.length / cases.length).toBeGreaterThan(0.8);
    expect(some.length / cases.length).toBeGreaterThan(0.99);
  });

  test("of several mistakes leads to each", async () => {
    for (const [name, talos] of [
      ["1.13", "v1.13"],
      ["1.14", "v1.14"],
    ] as const) {
      const example = (await readExamples()).get(name);
      const break_ = (documents: readonly unknown[] = []) =>
        SEVERAL.reduce<readonly unknown[]>((all, one) => makeMistake(all, one).documents, documents);
      const [documents, resolved] = [break_(example?.documents), break_(example?.resolved)];
      const sent = emitYamlDocuments(resolved);
      const [verdict] = judge(talos, [{ name, text: sent }]);
      if (verdict === undefined) throw new Error("there is no verdict");
      const parts = locateRefusal(refusalOf(verdict), { documents, sent });
      expect(parts.map(({ place }) => place)).toEqual(
        SEVERAL.map(({ at }) => placeIn(documents, at)).toSorted((a, b) => a.document - b.document),
      );
    }
  });
});

/** In documents that are read each by itself: Talos stops at the first that it cannot read. */
const SEVERAL = [
  { on: [], at: "HostnameConfig:hostname", value: "x".repeat(70) },
  { on: [], at: "WatchdogTimerConfig:timeout", value: "1s" },
  { on: [], at: "KmsgLogConfig/fleet:url", value: "http://logs" },
  { on: [], at: "RegistryMirrorConfig/ghcr.io:endpoints[0].url", value: "ftp://a" },
];
