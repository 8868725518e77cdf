import { hasErrors } from "../../core/diagnostic.ts";
import { type Found, missing, remembering } from "./found.ts";
import { parseJson } from "./plain-json.ts";
import type { ReferenceSources } from "./sources.ts";

/** The files that references lead to; each is read, decrypted and parsed once. */
export interface Documents {
  /** The text of a file. */
  readonly text: (path: string) => Promise<Found<string>>;
  /** The value of a file in YAML or, by its ending, JSON. */
  readonly parsed: (path: string) => Promise<Found<unknown>>;
  /** The value of a file encrypted by SOPS. */
  readonly decrypted: (path: string) => Promise<Found<unknown>>;
}

export function createDocuments(sources: ReferenceSources): Documents {
  const text = remembering((path) => readText(sources, path));
  return {
    text,
    parsed: remembering(async (path) => {
      const read = await text(path);
      return "problem" in read ? read : parse(sources, path, read.value);
    }),
    decrypted: remembering(async (path) => {
      const read = await text(path);
      return "problem" in read ? read : decrypt(sources, path, read.value);
    }),
  };
}

async function readText({ readFile }: ReferenceSources, path: string): Promise<Found<string>> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readFile(path);
  } catch (failure) {
    return missing("ICH9207", `the file "${path}" cannot be read${reasonOf(failure)}`);
  }
  if (bytes === undefined) return missing("ICH9206", `there is no file "${path}"`);
  try {
    return { value: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return missing("ICH9207", `the file "${path}" is no text in UTF-8`);
  }
}

/** The code of a system's error, which is all of it that is known to hold nothing of the file. */
function reasonOf(failure: unknown): string {
  const code: unknown = failure instanceof Error && "code" in failure ? failure.code : undefined;
  return typeof code === "string" && /^[A-Z_]+$/.test(code) ? `: ${code}` : "";
}

async function decrypt(sources: ReferenceSources, path: string, text: string): Promise<Found<unknown>> {
  const { value, diagnostics } = await sources.decrypt(path, text);
  if (value !== undefined && !hasErrors(diagnostics)) return { value };
  return missing("ICH9207", `the file "${path}" cannot be decrypted`, { said: diagnostics });
}

/** Says where a broken file is broken and never how: readers of YAML and JSON quote what they stumble over. */
function parse(sources: ReferenceSources, path: string, text: string): Found<unknown> {
  if (path.endsWith(".json")) {
    return parseJson(text) ?? missing("ICH9207", `the file "${path}" is not valid JSON`);
  }
  const { value, diagnostics } = sources.parseYaml(path, text);
  const broken = diagnostics.find(({ severity }) => severity === "error");
  if (broken !== undefined) {
    const place = "line" in broken.at ? ` at line ${broken.at.line}, column ${broken.at.column}` : "";
    return missing("ICH9207", `the file "${path}" has an error${place} (${broken.code})`, {
      hint: `\`ichor explain ${broken.code}\` tells which; what stands there is not shown, because it may be secret`,
    });
  }
  if (value.length === 1) return { value: value[0] };
  return missing("ICH9207", `the file "${path}" has ${value.length} YAML documents instead of one`);
}
