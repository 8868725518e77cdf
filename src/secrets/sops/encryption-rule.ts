import { goRegExp } from "./go-regexp.ts";

/** The ways in which a file says what of it is encrypted; exactly one is in force. */
export const RULE_FORMS = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "encrypted_regex",
  "unencrypted_comment_regex",
  "encrypted_comment_regex",
] as const;

export type RuleForm = (typeof RULE_FORMS)[number];

/** What of a file is encrypted, and what its authentication code covers. */
export interface EncryptionRule {
  readonly form: RuleForm;
  readonly text: string;
  /** The code covers encrypted values only. */
  readonly isMacOnlyEncrypted: boolean;
}

/** sops' own where nothing is said: everything but keys that end so. */
export const DEFAULT_RULE: EncryptionRule = {
  form: "unencrypted_suffix",
  text: "_unencrypted",
  isMacOnlyEncrypted: false,
};

/** Where a value or comment stands. */
export interface Place {
  /** Keys from the root; lists leave no trace. */
  readonly path: readonly string[];
  /** For each collection around it the comments since its last value, the item itself included if it is one. */
  readonly comments: readonly (readonly string[])[];
  readonly isComment: boolean;
}

/** Decides as sops does whether what stands at a place is encrypted. */
export type IsEncrypted = (place: Place) => boolean;

/**
 * The decision that a rule makes.
 *
 * @returns undefined where its regular expression is none that Go and JavaScript understand alike
 */
export function decisionOf({ form, text }: EncryptionRule): IsEncrypted | undefined {
  if (form === "unencrypted_suffix") return ({ path }) => !path.some((key) => key.endsWith(text));
  if (form === "encrypted_suffix") return ({ path }) => path.some((key) => key.endsWith(text));
  const pattern = goRegExp(text);
  if (pattern === undefined) return undefined;
  switch (form) {
    case "unencrypted_regex":
      return ({ path }) => !path.some((key) => pattern.test(key));
    case "encrypted_regex":
      return ({ path }) => path.some((key) => pattern.test(key));
    case "unencrypted_comment_regex":
      return ({ comments }) => !comments.flat().some((comment) => pattern.test(comment));
    case "encrypted_comment_regex":
      return (place) => earlierComments(place).some((comment) => pattern.test(comment));
  }
}

/** A comment is not encrypted for its own sake: it has to stay readable to be found again. */
function earlierComments({ comments, isComment }: Place): readonly string[] {
  return isComment ? comments.flat().slice(0, -1) : comments.flat();
}
