import { isMapping } from "../../core/mapping.ts";
import { isTelling, SHORTEST, secretForms } from "./secret-forms.ts";
import { findSecretShape, type SecretShapeName } from "./shapes.ts";
import { createWindowIndex } from "./window-index.ts";

/** A secret that would have left; never a part of it. */
export interface Leak {
  /** `known value`, or the form that only secrets have. */
  readonly what: "known value" | SecretShapeName;
  /** Where a known value comes from, e.g. `clusters/hel1/x/secrets.sops.yaml#/certs/os/key`. */
  readonly from?: string;
  /** Where in the text it is, in UTF-16 units; of a stream, from its start. */
  readonly offset: number;
}

export interface CheckOptions {
  /** Lets forms of secrets pass, for a command whose result is a new key; known values never pass. */
  readonly allowShapes?: boolean;
}

/** What may leave now; with `leak` nothing may any more, and the process has failed. */
export type Passage =
  | { readonly text: string; readonly leak?: undefined }
  | { readonly text: ""; readonly leak: Leak };

/** Checks a text that comes in parts. Where a part ends says nothing: secrets split over several are found. */
export interface LeakStream {
  /** Takes a part; gives back what cannot be the beginning of a secret. The rest comes with a later part. */
  write(part: string): Passage;
  /** Gives back all that was kept, as before a prompt. What follows is still seen together with it. */
  flush(): Passage;
}

/** The last look at everything that leaves the process. */
export interface LeakGuard {
  /**
   * Makes a secret known, in every form in which it could appear. What says too little to be looked for, such as
   * `administrator`, is left out (`isTelling` in secret-forms.ts has the rule), and so is what is public of it.
   *
   * @param from - where it comes from, for the message; holds nothing secret
   */
  learn(value: string, from: string): void;
  /**
   * Makes every text of a decrypted file known. Left out are certificates and public keys, numbers, booleans, names to
   * log in with and the addresses of hosts, and the section `sops`.
   *
   * @param from - the file; paths in it are added as `#/a/b`
   */
  learnTree(value: unknown, from: string): void;
  /**
   * Whether a text holds a secret: 32 consecutive characters of a long one (16 are often enough), all of one
   * of 8 to 31 characters, or anything with a form that only secrets have.
   */
  check(text: string, options?: CheckOptions): Leak | undefined;
  open(options?: CheckOptions): LeakStream;
}

/** Below this length a secret counts as a whole; from it on each half of it that is aligned does. */
const LONG = 32;
const WINDOW = 16;

/** Guards output against secrets that were learned and against those that show themselves by their form. */
export function createLeakGuard(): LeakGuard {
  const short = createWindowIndex<string>(SHORTEST);
  const long = createWindowIndex<string>(WINDOW);
  const learned = new Set<string>();
  const guard: LeakGuard = {
    learn(value, from) {
      if (learned.has(value) || !isTelling(value.trim())) return;
      learned.add(value);
      for (const form of secretForms(value)) {
        if (form.length < LONG) short.add(form, form.length, from);
        else long.add(form, WINDOW, from);
      }
    },
    learnTree(value, from) {
      for (const { text, pointer } of textsOf(value)) guard.learn(text, `${from}#${pointer}`);
    },
    check(text, options = {}) {
      const known = [short.find(text), long.find(text)].filter((found) => found !== undefined);
      const [first] = known.toSorted((a, b) => a.offset - b.offset);
      if (first !== undefined) return { what: "known value", from: first.label, offset: first.offset };
      return options.allowShapes === true ? undefined : findSecretShape(text);
    },
    open: (options) => openStream(guard, options),
  };
  return guard;
}

/** What of a text that has left is looked at again with what follows; longer than any form and any window. */
const OVERLAP = 512;

function openStream(guard: LeakGuard, options: CheckOptions = {}): LeakStream {
  /** Ends with what is kept; before that what has left. */
  let recent = "";
  let kept = 0;
  /** Characters before `recent`. */
  let gone = 0;
  let failed: Leak | undefined;
  const release = (keep: number): Passage => {
    const text = recent.slice(recent.length - kept, recent.length - keep);
    kept = keep;
    const cut = Math.max(0, recent.length - Math.max(OVERLAP, kept));
    gone += cut;
    recent = recent.slice(cut);
    return { text };
  };
  return {
    write(part) {
      if (failed === undefined) {
        recent += part;
        kept += part.length;
        const leak = guard.check(recent, options);
        if (leak !== undefined) failed = { ...leak, offset: gone + leak.offset };
      }
      if (failed !== undefined) return { text: "", leak: failed };
      // The lines of a secret are known one by one: what ends with a line is not the beginning of one.
      const line = recent.length - 1 - Math.max(recent.lastIndexOf("\n"), recent.lastIndexOf("\r"));
      return release(Math.min(line, kept, OVERLAP));
    },
    flush: () => (failed === undefined ? release(0) : { text: "", leak: failed }),
  };
}

/** Keys whose values are known to many and stand in many texts. */
const PUBLIC_KEYS = /^(?:user|username|login|email|name|host|hostname|address|endpoint)$/i;

function* textsOf(
  value: unknown,
  pointer = "",
): Generator<{ readonly text: string; readonly pointer: string }> {
  if (typeof value === "string") yield { text: value, pointer };
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsOf(item, `${pointer}/${index}`);
  } else if (isMapping(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (pointer === "" && key === "sops") continue;
      if (typeof item === "string" && PUBLIC_KEYS.test(key)) continue;
      yield* textsOf(item, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
    }
  }
}
