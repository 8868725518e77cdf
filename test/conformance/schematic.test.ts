import fc from "fast-check";
import { expect, test } from "vitest";
import {
  EXTENSION_PATTERN,
  KERNEL_ARG_PATTERN,
  type Schematic,
  schematicId,
  schematicYaml,
} from "../../src/model/schematic.ts";
import { runGo } from "./go.ts";

const extension = new RegExp(EXTENSION_PATTERN, "u");
const kernelArg = new RegExp(KERNEL_ARG_PATTERN, "u");

/** Short texts of the characters that YAML might trip over: nearly words, numbers, dates and indicators. */
const tricky = fc
  .oneof(
    fc.string({
      unit: fc.constantFrom(..."0123456789abefinortxyABEFINORTXY_./,:=?&{}$@+-".split("")),
      minLength: 1,
      maxLength: 6,
    }),
    fc.constantFrom(
      "2026-11-2x",
      "1e3x",
      "0x1g",
      "-.infx",
      "nullx",
      "~x",
      "1:3",
      "8250.nr_uarts=4",
      "a::b",
      "no-hlt",
    ),
  )
  .filter((value) => kernelArg.test(value));

const schematics: fc.Arbitrary<Schematic> = fc.record({
  extensions: fc.array(
    fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,4}\/[a-z0-9._-]{1,4}$/).filter((name) => extension.test(name)),
    { maxLength: 4 },
  ),
  kernelArgs: fc.array(tricky, { maxLength: 4 }),
});

test("any schematic that the schema lets through has the ID that the factory's own package gives it", () => {
  const samples = fc.sample(schematics, { numRuns: 5000, seed: 3 });
  const answers = runGo("factory", "schematic", samples.map(schematicJson)) as readonly {
    readonly id: string;
    readonly canonical: string;
  }[];
  const differing = samples.filter((sample, index) => schematicId(sample) !== answers[index]?.id);
  const wrong = differing[0];
  expect(
    wrong === undefined ? [] : [schematicYaml(wrong), answers[samples.indexOf(wrong)]?.canonical],
  ).toEqual([]);
});

/** The schematic as a person would hand it to the factory, but with the lists as ichor orders them. */
function schematicJson({ extensions, kernelArgs }: Schematic): string {
  return JSON.stringify({
    customization: {
      extraKernelArgs: [...new Set(kernelArgs)],
      systemExtensions: { officialExtensions: [...new Set(extensions)].sort() },
    },
  });
}
