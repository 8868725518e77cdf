import { spawnSync } from "node:child_process";
import { type AnyDefinition, loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";
import { beforeAll, expect, test } from "vitest";
import { buildGo } from "./go.ts";

/** Our own .proto files against those that Talos is built from: the same names, numbers and types. */

const FOLDER = "src/applier/drivers/talos/proto";
const FILES = [
  "machine/machine.proto",
  "machine/lifecycle.proto",
  "machine/image.proto",
  "v1alpha1/state.proto",
];

/** What is said of a field, enum or method, in one line, with its name in full before it. */
type Statements = ReadonlyMap<string, string>;

/** As `talosd/messages.go` writes it. */
interface TheirDescription {
  readonly messages: Readonly<Record<string, Readonly<Record<string, TheirField>>>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly services: Readonly<Record<string, Readonly<Record<string, TheirMethod>>>>;
}

interface TheirField {
  readonly number: number;
  readonly kind: string;
  readonly repeated: boolean;
  readonly type?: string;
}

interface TheirMethod {
  readonly input: string;
  readonly output: string;
  readonly clientStreams: boolean;
  readonly serverStreams: boolean;
}

/** As the loader of .proto files describes a message or an enum. */
interface OurDescriptor {
  readonly name: string;
  readonly field?: readonly {
    readonly name: string;
    readonly number: number;
    readonly label: string;
    readonly type: string;
    readonly typeName: string;
  }[];
  readonly value?: readonly { readonly name: string; readonly number: number }[];
  readonly nestedType?: readonly OurDescriptor[];
  readonly enumType?: readonly OurDescriptor[];
  readonly options?: { readonly mapEntry?: boolean } | null;
}

let theirs: Statements;
let ours: Statements;

beforeAll(() => {
  const asked = spawnSync(buildGo("talosd"), ["messages"], { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (asked.status !== 0) throw new Error(asked.stderr);
  theirs = statementsOfTheirs(JSON.parse(asked.stdout) as TheirDescription);
  const loaded = loadSync(FILES, { includeDirs: [FOLDER], keepCase: true });
  ours = new Map(Object.entries(loaded).flatMap(([name, definition]) => statementsOfOurs(name, definition)));
});

test("our .proto files say as much of Talos' API as we speak", () => {
  expect(ours.get("machine.ApplyConfigurationRequest.dry_run")).toBe("bool 5");
  expect(ours.get("machine.EtcdMember.id")).toBe("uint64 2");
  expect(ours.get("machine.MachineService.Reset")).toBe("ResetRequest -> ResetResponse");
  expect(ours.get("cosi.resource.State.Watch")).toBe("WatchRequest -> stream WatchResponse");
  expect(ours.size).toBeGreaterThan(200);
});

/** What we send and never hear may leave out what we do not say. */
const SENT_ONLY = ["common.ContainerdNamespace"];

test("everything that they say is what Talos says", () => {
  const wrong = [...ours]
    .filter(([name, statement]) => !isSaid(theirs.get(name) ?? "", statement, SENT_ONLY.includes(name)))
    .map(
      ([name, statement]) =>
        `${name}: ${statement}, but Talos has ${theirs.get(name) ?? "nothing of that name"}`,
    );
  expect(wrong).toEqual([]);
});

function isSaid(theirs: string, ours: string, isPart: boolean): boolean {
  if (!isPart) return theirs === ours;
  const values = theirs.split(", ");
  return ours.split(", ").every((value) => values.includes(value));
}

function statementsOfTheirs({ messages, enums, services }: TheirDescription): Statements {
  const found = new Map<string, string>();
  for (const [message, fields] of Object.entries(messages))
    for (const [field, { kind, number, repeated, type }] of Object.entries(fields))
      found.set(`${message}.${field}`, statementOf(kind, number, repeated, type ?? ""));
  for (const [name, values] of Object.entries(enums)) found.set(name, valuesOf(Object.entries(values)));
  for (const [service, methods] of Object.entries(services))
    for (const [method, { input, output, clientStreams, serverStreams }] of Object.entries(methods))
      found.set(`${service}.${method}`, signatureOf(clientStreams, input, serverStreams, output));
  return found;
}

function statementsOfOurs(name: string, definition: AnyDefinition): [string, string][] {
  if ("format" in definition) {
    const isGoogles = name.startsWith("google.");
    return isGoogles ? [] : statementsOfDescriptor(name, definition.type as OurDescriptor);
  }
  return Object.entries(definition).map(
    ([method, { requestType, responseType, requestStream, responseStream }]) => [
      `${name}.${method}`,
      signatureOf(requestStream, nameOf(requestType), responseStream, nameOf(responseType)),
    ],
  );
}

/** Entries of maps are messages to protoc only. */
function statementsOfDescriptor(name: string, descriptor: OurDescriptor): [string, string][] {
  if (descriptor.options?.mapEntry === true) return [];
  if (descriptor.value !== undefined)
    return [[name, valuesOf(descriptor.value.map((value) => [value.name, value.number]))]];
  const maps = (descriptor.nestedType ?? []).filter(({ options }) => options?.mapEntry === true);
  const fields = (descriptor.field ?? []).map((field): [string, string] => {
    const type = maps.some((map) => map.name === field.typeName) ? `${field.typeName}Entry` : field.typeName;
    const kind = field.type.slice("TYPE_".length).toLowerCase();
    const isRepeated = field.label === "LABEL_REPEATED";
    return [`${name}.${field.name}`, statementOf(kind, field.number, isRepeated, type)];
  });
  const inner = [...(descriptor.nestedType ?? []), ...(descriptor.enumType ?? [])];
  return [...fields, ...inner.flatMap((one) => statementsOfDescriptor(`${name}.${one.name}`, one))];
}

function nameOf(message: MessageTypeDefinition<object, object>): string {
  return (message.type as OurDescriptor).name;
}

function statementOf(kind: string, number: number, repeated: boolean, type: string): string {
  return [repeated ? "repeated" : "", kind, lastOf(type), String(number)].filter(Boolean).join(" ");
}

function valuesOf(values: readonly (readonly [string, number])[]): string {
  return values
    .map(([name, number]) => `${name} = ${number}`)
    .sort()
    .join(", ");
}

function signatureOf(clientStreams: boolean, input: string, serverStreams: boolean, output: string): string {
  return `${clientStreams ? "stream " : ""}${lastOf(input)} -> ${serverStreams ? "stream " : ""}${lastOf(output)}`;
}

/** The loader names types of fields as the file does, at times without their packages. */
function lastOf(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}
