/**
 * What the iPXE of a whole fleet has: the commands, without features, that Debian's build of 2019 knows and
 * that need no person at the screen. `poweroff`, `imgverify`, `param` and others need an own build.
 */
const COMMANDS = new Set([
  "boot",
  "chain",
  "dhcp",
  "echo",
  "exit",
  "goto",
  "ifclose",
  "ifopen",
  "imgfetch",
  "imgfree",
  "initrd",
  "iseq",
  "isset",
  "kernel",
  "set",
  "sleep",
]);

/** Commands that may fail: each has to say where the script goes on then. */
const FALLIBLE = new Set(["boot", "chain", "dhcp", "ifopen", "imgfetch", "initrd", "kernel"]);

/** Settings that iPXE always knows of the machine and of its network. */
const SETTINGS = new Set([
  "asset",
  "buildarch",
  "busid",
  "filename",
  "gateway",
  "hostname",
  "ip",
  "mac",
  "manufacturer",
  "netmask",
  "next-server",
  "platform",
  "product",
  "serial",
  "uuid",
  "version",
]);

/**
 * What is wrong with an iPXE script, as sentences that begin with the number of the line; nothing where it is
 * sound. Nobody else checks a script before a machine stands still on it: there is no linter for iPXE.
 */
export function lintIpxe(text: string): string[] {
  const lines = text.split("\n");
  return [
    ...lintForm(text),
    ...lintCommands(lines),
    ...lintSettings(lines),
    ...lintLabels(lines),
    ...lintInitrd(lines),
  ];
}

function lintForm(text: string): string[] {
  const problems: string[] = [];
  if (!text.startsWith("#!ipxe\n")) problems.push('1: The first line is not "#!ipxe".');
  if (text.includes("\r"))
    problems.push("1: Lines end with CR and LF: iPXE takes the CR for a part of the word.");
  if (!text.endsWith("\n")) problems.push(`${text.split("\n").length}: The last line has no end.`);
  return problems;
}

interface Command {
  readonly line: number;
  readonly words: readonly string[];
  /** What follows the first `||`. */
  readonly otherwise: readonly string[] | undefined;
}

/** Commands with what follows their first `||`; those after `&&` and `||` are commands of their own. */
function commandsOf(lines: readonly string[]): Command[] {
  const commands: Command[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || line.startsWith("#") || line.startsWith(":")) continue;
    const parts = line.trim().split(/\s+(?=(?:\|\||&&)(?:\s|$))/u);
    for (const [at, part] of parts.entries()) {
      const words = part.split(/\s+/u).filter((word) => word !== "||" && word !== "&&");
      const next = parts[at + 1];
      const otherwise = next?.startsWith("||") === true ? next.split(/\s+/u).slice(1) : undefined;
      commands.push({ line: index + 1, words, otherwise });
    }
  }
  return commands;
}

function lintCommands(lines: readonly string[]): string[] {
  const problems: string[] = [];
  for (const { line, words, otherwise } of commandsOf(lines)) {
    const name = words[0];
    // `chain x ||` alone is iPXE's way to go on after a failure.
    if (name === undefined) continue;
    if (!COMMANDS.has(name)) problems.push(`${line}: The command "${name}" is not one that every iPXE has.`);
    if (FALLIBLE.has(name) && otherwise?.[0] !== "goto") {
      problems.push(`${line}: The command "${name}" may fail and has no "|| goto".`);
    }
    if (name === "sleep" && !/^\d{1,3}$/u.test(words[1] ?? "")) {
      problems.push(`${line}: The time to sleep is not a number of at most three digits.`);
    }
  }
  return problems;
}

function lintSettings(lines: readonly string[]): string[] {
  const problems: string[] = [];
  const own = new Set(commandsOf(lines).flatMap(({ words }) => (words[0] === "set" ? [words[1]] : [])));
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("#")) continue;
    for (const [, setting = ""] of line.matchAll(/\$\{([^}]*)\}?/gu)) {
      const name = setting.replace(/^net(?:X|\d+)\//u, "").replace(/:[a-z0-9]+$/u, "");
      if (!SETTINGS.has(name) && !own.has(name)) {
        problems.push(`${index + 1}: The setting "\${${setting}}" is not one that iPXE knows.`);
      }
    }
  }
  return problems;
}

function lintLabels(lines: readonly string[]): string[] {
  const problems: string[] = [];
  const labels = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const label = /^:(\S*)/u.exec(line)?.[1];
    if (label === undefined) continue;
    if (labels.has(label)) problems.push(`${index + 1}: The label "${label}" is there twice.`);
    labels.add(label);
  }
  for (const { line, words } of commandsOf(lines)) {
    const target = words[0] === "goto" ? (words[1] ?? "") : undefined;
    if (target !== undefined && !labels.has(target)) {
      problems.push(`${line}: There is no label "${target}" to go to.`);
    }
  }
  return problems;
}

/** Under UEFI the kernel finds its initramfs by the name in `initrd=` only. */
function lintInitrd(lines: readonly string[]): string[] {
  const problems: string[] = [];
  const commands = commandsOf(lines);
  const loaded = new Set(commands.flatMap(({ words }) => (words[0] === "initrd" ? [imageName(words)] : [])));
  for (const { line, words } of commands) {
    if (words[0] !== "kernel") continue;
    const name = words.find((word) => word.startsWith("initrd="))?.slice("initrd=".length);
    if (name === undefined)
      problems.push(`${line}: The kernel is not told the name of its initramfs (initrd=).`);
    else if (!loaded.has(name)) problems.push(`${line}: No initramfs is loaded under the name "${name}".`);
  }
  return problems;
}

function imageName(words: readonly string[]): string | undefined {
  const at = words.indexOf("--name");
  return at === -1 ? words[1]?.split("/").at(-1) : words[at + 1];
}
