import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { expectFound } from "../../../test/support/found.ts";
import { referenceCodes } from "../../core/codes/reference.ts";
import { compareText } from "../../core/diagnostic.ts";
import { CHECKS } from "./checks.ts";

const FOLDER = new URL("checks/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith(".ts"));
const SOURCES = new Map(FILES.map((file) => [file, readFileSync(new URL(file, FOLDER), "utf8")]));

it("nothing is wrong with a fleet of one rack and one cluster", () => {
  expectFound((fleet) => fleet, []);
});

it("nothing is wrong with a site of a hundred racks", () => {
  expectFound((fleet) => {
    let larger = fleet;
    for (let index = 2; index <= 100; index++) larger = larger.rack(index, 30);
    return larger;
  }, []);
});

it("every check is run", () => {
  const exported = [...SOURCES.values()].map((text) => /^export function (\w+)/m.exec(text)?.[1]);
  expect(CHECKS.map((check) => check.name).toSorted(compareText)).toEqual(
    exported.toSorted((a = "", b = "") => compareText(a, b)),
  );
});

it("every code of the family is reported by some check", () => {
  const texts = [...SOURCES.values(), ...["names.ts", "disk-selector.ts"].map(read)];
  const reported = new Set(texts.flatMap((text) => text.match(/(?<=")ICH3\d{3}(?=")/g) ?? []));
  const listed = Object.keys(referenceCodes);
  expect([...reported].toSorted()).toEqual(listed.toSorted());
});

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), "utf8");
}
