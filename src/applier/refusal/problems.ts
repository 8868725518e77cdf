/** Ends what Talos says of keys that it does not know; what follows is YAML with them and all above them. */
export const UNKNOWN_KEYS = "unknown keys found during decoding:";

/** What comes before places that cannot be read: a line for each until Talos 1.13, all on one line since. */
const CONSTRUCT = /^(.*?yaml: (?:construct|unmarshal) errors:)(.*)$/s;

/** Go's library for several errors in one: `2 errors occurred:`, then each behind a tab and a star. */
const SEVERAL = /^(.*?)(\d+) errors? occurred:$/;

/**
 * The problems that a refusal of Talos lists, each with what stands before the list: `KubeNodeConfig: invalid node
 * labels: name "a b" is invalid`.
 *
 * @param ownerOf the part of a text that names the document that it is about, with the colon after it
 */
export function problemsOf(message: string, ownerOf: (text: string) => string): readonly string[] {
  // It ends with YAML, in which lines mean something else.
  if (message.startsWith("error decoding ") && message.includes(UNKNOWN_KEYS)) return [message.trimEnd()];
  const lines = message.split("\n");
  const problems: string[] = [];
  let at = 0;
  const read = (first: string, before: string): void => {
    const [, lead, count] = SEVERAL.exec(first) ?? [];
    if (lead !== undefined && count !== undefined) {
      for (let item = 0; item < Number(count) && at < lines.length; item++) {
        while (lines[at] === "") at++;
        read((lines[at++] ?? "").replace(/^\t\* /, ""), before + lead);
      }
      return;
    }
    const own = [before + first];
    while (at < lines.length && lines[at] !== "" && !lines[at]?.startsWith("\t* "))
      own.push(lines[at++] ?? "");
    problems.push(...joined(own, ownerOf));
  };
  while (at < lines.length) {
    const line = lines[at++] ?? "";
    if (line !== "") read(line.replace(/^\t\* /, ""), "");
  }
  return problems;
}

/** Lines of one error: those that are indented go on with it, others are further errors of the same document. */
function joined(
  [first = "", ...rest]: readonly string[],
  ownerOf: (text: string) => string,
): readonly string[] {
  const [, lead, only] = CONSTRUCT.exec(first) ?? [];
  if (lead !== undefined && only !== undefined) {
    const places = only === "" ? rest : only.split(/; (?=line \d+: )/);
    return places.map((place) => `${lead} ${place.trim()}`);
  }
  const owner = ownerOf(first);
  const problems = [first];
  for (const line of rest) {
    const isPart = owner === "" || first.endsWith(UNKNOWN_KEYS) || /^\s/.test(line);
    if (isPart) problems.push(`${problems.pop() ?? ""}\n${line}`);
    else problems.push(owner + line);
  }
  return problems;
}
