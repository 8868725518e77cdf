import type { CodeEntry } from "../code-entry.ts";

/** ICH2xxx: a document does not have the form of its kind, or is not where its kind belongs. */
export const schemaCodes = {
  ICH2001: {
    title: "unknown key",
    meaning:
      "The mapping has a key that its kind does not know. ichor refuses it, since a key that is misspelt would otherwise be ignored in silence.",
    remedy:
      "Correct the key or remove it. `ichor schema` and docs/kinds.md list every key of every kind; with the schema in the first line of the file an editor suggests them.",
  },
  ICH2002: {
    title: "missing key",
    meaning: "A key that the mapping must have is not there. There is no default that would be right.",
    remedy: "Add the key. docs/kinds.md says what it means.",
  },
  ICH2003: {
    title: "wrong type",
    meaning:
      "The value is of another type than the key wants: text in place of a number, a list in place of a mapping, nothing at all.",
    remedy:
      "Write the value in the type that the message names. Quotes make text of a number or of a word such as no; without quotes digits are a number.",
  },
  ICH2004: {
    title: "not one of the known words",
    meaning: "The key takes one of a closed set of words, and this is none of them.",
    remedy: "Use one of the words that the message lists. They are written in exactly this case.",
  },
  ICH2005: {
    title: "wrong form",
    meaning: "The text does not have the form that the key wants, so it cannot be what was meant.",
    remedy: "Write the value in the form that the message describes.",
  },
  ICH2006: {
    title: "number out of range",
    meaning: "The number is smaller or larger than the key allows.",
    remedy: "Use a number in the range that the message names.",
  },
  ICH2007: {
    title: "too few entries",
    meaning: "The list or mapping has fewer entries than it needs to mean something.",
    remedy: "Add what is missing, or leave the key out where it is optional.",
  },
  ICH2008: {
    title: "a name has the wrong form",
    meaning:
      "The keys of this mapping are names that people choose, such as those of servers, and this one does not have the form that such names must have.",
    remedy: "Rename the entry to the form that the message describes.",
  },
  ICH2009: {
    title: "none of the possible forms",
    meaning: "The key takes values of several forms, and this value has none of them.",
    remedy: "Write the value in one of the forms that the message lists.",
  },
  ICH2010: {
    title: "more problems in this document",
    meaning: "The document has more problems than are worth printing at once; the first of them are shown.",
    remedy: "Correct those that are shown and run the command again.",
  },
  ICH2011: {
    title: "document is not a mapping",
    meaning: "Every document is a mapping with apiVersion, kind, metadata and spec. This one is not.",
    remedy: "Write the document as docs/kinds.md describes its kind, or remove it.",
  },
  ICH2012: {
    title: "empty file",
    meaning:
      "The file holds no document. A file that lost its content must not be mistaken for one that was removed.",
    remedy: "Write the document, or delete the file where nothing is meant.",
  },
  ICH2013: {
    title: "unknown apiVersion",
    meaning:
      "Every document says which version of ichor's file formats it is written in, and this ichor does not know this one.",
    remedy: "Write `apiVersion: ichor/v1alpha1`, or use the ichor that the document was written for.",
  },
  ICH2014: {
    title: "unknown kind",
    meaning: "The document does not say what it describes, or names a kind that ichor does not have.",
    remedy: "Write one of the kinds that docs/kinds.md lists, in exactly this case.",
  },
  ICH2015: {
    title: "kind in the wrong place",
    meaning:
      "Each kind has its place in the repository, so that people find it and changes of different things never meet in one file. This kind does not belong in this file.",
    remedy: "Move the document to the path that the hint names.",
  },
  ICH2016: {
    title: "name differs from the file",
    meaning:
      "What is described must be called as its file or folder is, since other files, locks and generated paths use the name.",
    remedy: "Change metadata.name, or rename the file or folder. A name that is in use should stay.",
  },
  ICH2017: {
    title: "site differs from the folder",
    meaning: "The file stands in the folder of one site, and the document names another.",
    remedy: "Correct the site in the document, or move the file to the folder of the site that is meant.",
  },
  ICH2018: {
    title: "name used twice",
    meaning:
      "Two documents of one kind have the same name. References to the name could mean either, so neither is preferred.",
    remedy: "Rename one of them, or remove it.",
  },
  ICH2019: {
    title: "no Fleet document",
    meaning:
      "The repository has no Fleet document. It holds the number ranges and the image factory, without which nothing can be computed.",
    remedy: "Write inventory/fleet.yaml; `ichor init` makes one to start from.",
  },
  ICH2020: {
    title: "more than one Fleet",
    meaning: "A repository describes one fleet, and a second Fleet document contradicts the first.",
    remedy: "Remove all Fleet documents but one.",
  },
  ICH2021: {
    title: "Talos document in the wrong place",
    meaning:
      "The document is part of a Talos machine configuration. ichor makes machine configurations; documents that people write are merged over them as patches, and only from where a kind names them under `patches:`.",
    remedy:
      "Move it to a file in the cluster's patches/ folder and name that file under `patches:`, or write it there inline.",
  },
  ICH2022: {
    title: "server name used twice",
    meaning:
      "Two racks have a server of one name. A node is called as its server is, and claims name servers without their rack, so the names of servers are unique in the fleet.",
    remedy: "Rename one of them. Site, rack and rack unit in the name keep names apart.",
  },
  ICH2023: {
    title: "switch name used twice",
    meaning:
      "Two switches have one name. Cables name switches without their rack, so the names of switches are unique in the fleet.",
    remedy: "Rename one of them. Site and rack in the name keep names apart.",
  },
} as const satisfies Record<string, CodeEntry>;
