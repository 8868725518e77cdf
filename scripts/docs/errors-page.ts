import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CODES, type Code } from "../../src/core/codes.ts";

const FAMILIES: Readonly<Record<string, string>> = {
  "1": "Reading the repository",
  "2": "The form of documents",
  "3": "References and cross-checks",
  "4": "Allocation",
  "5": "Rendering and audit",
  "6": "Observing machines",
  "7": "Plan and safety",
  "8": "Execution",
  "9": "Secrets",
};

const HEAD = `<!-- Written by \`npm run docs\` from src/core/codes/ and test/errors/. Do not edit. -->

# Errors and warnings

Every diagnostic has a code that never changes its meaning. \`ichor explain CODE\` prints the same text.
`;

const LINES_MAX = 10;

/** docs/errors.md: every code with its meaning, its remedy and, where a fixture shows one, an example. */
export function errorsPage(root: string): string {
  const codes = (Object.keys(CODES) as Code[]).toSorted();
  const fixtures = fixturesIn(join(root, "test/errors"));
  const parts = codes.map((code, index) => {
    const family = code.charAt(3);
    const isFirst = codes[index - 1]?.charAt(3) !== family;
    return `${isFirst ? `\n## ${FAMILIES[family]}\n` : ""}${entry(code, fixtures)}`;
  });
  return `${HEAD}${parts.join("")}`;
}

function entry(code: Code, fixtures: readonly string[]): string {
  const { title, meaning, remedy } = CODES[code];
  const fixture = fixtures.find((path) => path.includes(`/${code.toLowerCase()}-`));
  const example =
    fixture === undefined ? "" : `\n\`\`\`text\n${startOf(readFileSync(fixture, "utf8"))}\n\`\`\`\n`;
  return `\n### ${code}: ${title}\n\n${meaning}\n\n**What to do:** ${remedy}\n${example}`;
}

/** An example is there to be recognised: a long one is cut. */
function startOf(printed: string): string {
  const lines = printed.trimEnd().split("\n");
  const more = lines.length - LINES_MAX;
  return more <= 1 ? lines.join("\n") : [...lines.slice(0, LINES_MAX), `... ${more} more lines`].join("\n");
}

/** What `ichor validate` prints in the cases of test/errors/, in the order of their names. */
function fixturesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));
  return files.toSorted().map((file) => `${folder}/${file}`);
}
