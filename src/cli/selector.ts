import { type Command, Option } from "commander";
import { UsageError } from "./terminal.ts";

/** Which part of the fleet a command is about; what is undefined does not narrow it. */
export interface Selector {
  readonly site?: string;
  readonly rack?: string;
  readonly cluster?: string;
  /** Matches names of servers: anchored globs, of which one must fit. */
  readonly nodes?: RegExp;
  readonly labels: readonly (readonly [key: string, value: string])[];
}

/** What a selector looks at. */
export interface Selectable {
  readonly name: string;
  readonly site?: string | undefined;
  readonly rack?: string | undefined;
  readonly cluster?: string | undefined;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Adds the selector flags to a command. */
export function withSelectors(command: Command): Command {
  return command
    .addOption(new Option("--site <name>", "only this site").env("ICHOR_SITE"))
    .addOption(new Option("--rack <name>", "only this rack").env("ICHOR_RACK"))
    .addOption(new Option("--cluster <name>", "only this cluster").env("ICHOR_CLUSTER"))
    .addOption(
      new Option(
        "-n, --nodes <globs>",
        "only servers whose whole name fits one of these, as in hel1-r00*,osl2-*",
      ).env("ICHOR_NODES"),
    )
    .addOption(
      new Option("-l, --selector <labels>", "only what has all of these labels, as in row=r2,power=a").env(
        "ICHOR_SELECTOR",
      ),
    );
}

/** Reads the flags that {@link withSelectors} added. */
export function readSelector(options: Readonly<Record<string, unknown>>): Selector {
  const text = (name: string) => (typeof options[name] === "string" ? options[name] : undefined);
  const site = text("site");
  const rack = text("rack");
  const cluster = text("cluster");
  const nodes = text("nodes");
  return {
    ...(site === undefined ? {} : { site }),
    ...(rack === undefined ? {} : { rack }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(nodes === undefined ? {} : { nodes: globs(nodes) }),
    labels: (text("selector") ?? "").split(",").filter(Boolean).map(readLabel),
  };
}

/** Whether a thing fits every line of the selector. */
export function selects(selector: Selector, thing: Selectable): boolean {
  return (
    (selector.site === undefined || selector.site === thing.site) &&
    (selector.rack === undefined || selector.rack === thing.rack) &&
    (selector.cluster === undefined || selector.cluster === thing.cluster) &&
    (selector.nodes === undefined || selector.nodes.test(thing.name)) &&
    selector.labels.every(([key, value]) => thing.labels?.[key] === value)
  );
}

function readLabel(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`"${text}" is no label; write key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** One expression for a list of globs: `*` is any text, `?` any one character, all else itself. */
export function globs(list: string): RegExp {
  const patterns = list
    .split(",")
    .filter(Boolean)
    .map((glob) =>
      glob
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", "."),
    );
  return new RegExp(`^(?:${patterns.join("|")})$`);
}
