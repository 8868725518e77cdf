import type { Command } from "commander";
import type { RegisterCommand } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { RESOURCES } from "../get/resources.ts";
import { UsageError } from "../terminal.ts";

/** `ichor completion SHELL`: a script that completes commands, flags and kinds. */
export const completion: RegisterCommand = ({ program, terminal, finish }) => {
  program
    .command("completion <shell>")
    .description("print the completion script for bash, zsh or fish")
    .action((shell: string) => {
      const script = SCRIPTS[shell];
      if (script === undefined)
        throw new UsageError(`no completion for "${shell}"; there is one for bash, zsh and fish`);
      terminal.stdout(script(wordsOf(program)));
      finish(EXIT.ok);
    });
};

/** What can follow a command, by its name; the empty name for the program itself. */
type Words = ReadonlyMap<string, readonly string[]>;

function wordsOf(program: Command): Words {
  const flags = (command: Command) =>
    command.options.flatMap((option) => (option.long === undefined ? [] : [option.long]));
  const words = new Map<string, readonly string[]>([
    ["", [...program.commands.map((command) => command.name()), ...flags(program)]],
  ]);
  for (const command of program.commands) {
    const inner = command.commands.flatMap((one) => [one.name(), ...flags(one)]);
    words.set(command.name(), [...new Set([...argumentsOf(command.name()), ...flags(command), ...inner])]);
  }
  return words;
}

function argumentsOf(command: string): readonly string[] {
  if (command === "get") return RESOURCES.map((resource) => resource.name);
  return command === "completion" ? ["bash", "zsh", "fish"] : [];
}

const SCRIPTS: Readonly<Record<string, (words: Words) => string>> = { bash, zsh, fish };

function bash(words: Words): string {
  const cases = [...words]
    .filter(([command]) => command !== "")
    .map(([command, list]) => `    ${command}) words="${list.join(" ")}" ;;\n`)
    .join("");
  return `# bash completion for ichor: source <(ichor completion bash)
_ichor() {
  local words="${(words.get("") ?? []).join(" ")}" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
${cases}    esac
  done
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _ichor ichor
`;
}

function zsh(words: Words): string {
  return `#compdef ichor
# zsh completion for ichor: source <(ichor completion zsh)
autoload -U +X bashcompinit && bashcompinit
${bash(words).split("\n").slice(1).join("\n")}`;
}

function fish(words: Words): string {
  const lines = [...words].flatMap(([command, list]) => {
    const when = command === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${command}`;
    return list.map((word) =>
      word.startsWith("--")
        ? `complete -c ichor -n '${when}' -l ${word.slice(2)}\n`
        : `complete -c ichor -f -n '${when}' -a ${word}\n`,
    );
  });
  return `# fish completion for ichor: ichor completion fish | source\n${lines.join("")}`;
}
