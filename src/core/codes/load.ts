import type { CodeEntry } from "../code-entry.ts";

export const loadCodes = {
  ICH1001: {
    title: "file cannot be read",
    meaning:
      "The file is not a text in UTF-8, is larger than any file that a person writes, or is no ordinary file but a symbolic link or a submodule. What it should say is unknown, so nothing is concluded from its absence.",
    remedy:
      "Save the file as UTF-8; split a large file along the folders of the repository; replace a link by a copy of the file that it leads to.",
  },
  ICH1002: {
    title: "file in the wrong place",
    meaning:
      "The folder and the name of a file say what it describes. No kind of document lives where this YAML file stands, so it would be ignored without a word.",
    remedy:
      "Move the file to the place of its kind, or out of inventory/, clusters/, approvals/ and locks/. The section on folders in the documentation lists every place.",
  },
  ICH1003: {
    title: "file name does not end in .yaml",
    meaning: "ichor reads files that end in .yaml, in lower case. A file that ends in .yml would be ignored.",
    remedy: "Rename the file: git mv FILE.yml FILE.yaml.",
  },
  ICH1004: {
    title: "merge conflict left in the file",
    meaning:
      "The file holds the lines that git writes where two changes touch the same lines. Which of the two is meant is for a person to decide.",
    remedy:
      "Keep the lines that are meant, remove the marker lines and commit. For lock files take those of the main branch, `git checkout main -- inventory/allocations`, and run `ichor compile`: it makes the choices of the other branch anew.",
  },
  ICH1005: {
    title: "character that does not belong in YAML",
    meaning:
      "The file holds a control character, a mark or line separator that editors do not show, or half a character. Readers of YAML do not agree on what such a character means; a file full of them is not a text.",
    remedy: "Remove the character, or write it as an escape in double quotes.",
  },
  ICH1006: {
    title: "not valid YAML",
    meaning:
      "The text breaks the rules of YAML 1.2. The documents of the file are left out until it is mended.",
    remedy:
      "Look at the place named and at the line before it: most often a quote or a bracket is not closed, a colon has no space after it, a line is not indented like its neighbours, or a text that starts with a special character lacks quotes.",
  },
  ICH1007: {
    title: "tab used for indentation",
    meaning: "YAML is indented with spaces. A tab has no agreed width, so YAML forbids it there.",
    remedy: "Replace the tabs at the start of the line by spaces, two for each level.",
  },
  ICH1008: {
    title: "too deep or too large to be read",
    meaning:
      "Documents may be nested 64 levels deep and a file may hold 200,000 tokens that are not of the plainest form. Real documents stay far below both; what exceeds them would only use up memory.",
    remedy: "Look for brackets or dashes that were never meant, and split the file.",
  },
  ICH1009: {
    title: "anchor, alias or merge key",
    meaning:
      "Anchors (&name), aliases (*name) and merge keys (<<) make a value depend on another place of the file, which hides what a change changes. ichor has its own layers for what is said once and holds for many.",
    remedy:
      "Write the value out, or say it in a higher layer: the rack's defaults, the model, the class, the site or the fleet. A text that starts with & or * needs quotes.",
  },
  ICH1010: {
    title: "tag or directive",
    meaning:
      "A tag (!name) or a directive (%YAML, %TAG) changes how a reader understands what follows. ichor reads YAML 1.2 without either.",
    remedy: "Remove it. A text that starts with ! or % needs quotes.",
  },
  ICH1011: {
    title: "key written twice",
    meaning:
      "The same mapping holds the key twice. YAML forbids that, and readers that allow it differ on which of the two counts.",
    remedy: "Keep one of them, or give the second its right name.",
  },
  ICH1012: {
    title: "key is not a text",
    meaning:
      "Keys are texts. A plain key that YAML reads as null, a truth value or a number other than 0, 1, 2 ..., and a key that is itself a list or a mapping have no agreed spelling as a text; __proto__ has a meaning of its own in JavaScript.",
    remedy: "Put the key in quotes, or choose another one.",
  },
  ICH1013: {
    title: "value that readers of YAML understand differently",
    meaning:
      "YAML 1.1, YAML 1.2 and the YAML of Go programs such as Talos read this plain value as different things: 0644 is 420 or 644, yes is true or a text. ichor does not guess. Dates are no such case: a plain date is a text to ichor, and is written with quotes.",
    remedy:
      "Put the value in quotes where a text is meant, and write numbers in decimal and truth values as true or false.",
  },
  ICH1014: {
    title: "number that cannot be kept exactly",
    meaning:
      "Whole numbers beyond 9007199254740991 lose digits when they are read as numbers, and infinity and not-a-number cannot be written to JSON. Serial numbers made of digits only are the usual case.",
    remedy: "Put the value in quotes: a serial number is a text.",
  },
} as const satisfies Record<string, CodeEntry>;
