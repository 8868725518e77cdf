import type { Code } from "../../core/codes.ts";
import { type Diagnostic, error, type SourceRef } from "../../core/diagnostic.ts";

/** How a register speaks of a value and of who has it; asked only when there is something to report. */
export interface RegisterWords<T, Owner> {
  /** `the serial "7XK2M13"` */
  readonly value: (value: T) => string;
  /** `server "hel1-r017-u01"` */
  readonly owner: (owner: Owner) => string;
  /** Where it is written that the owner has the value. */
  readonly at: (owner: Owner) => SourceRef;
  /** Said of the first owner beside its place. Default: that it has the value there. */
  readonly why?: (owner: Owner) => string;
  readonly hint?: string;
}

/** Values that only one may have. */
export interface Register<T, Owner> {
  /** Notes that the owner has the value, unless another has it already, and reports nothing. */
  readonly note: (value: T, owner: Owner) => void;
  /** Notes that the owner has the value; a second owner of it is reported. */
  readonly add: (value: T, owner: Owner) => void;
  /** What was reported, in the order in which it was found. */
  readonly repeats: readonly Diagnostic[];
}

/** Makes a register that reports the second and every later owner of a value, with the place of the first. */
export function createRegister<T, Owner>(code: Code, words: RegisterWords<T, Owner>): Register<T, Owner> {
  const first = new Map<T, Owner>();
  const repeats: Diagnostic[] = [];
  const report = (value: T, owner: Owner, other: Owner): void => {
    const message = `${words.owner(owner)} has ${words.value(value)}, which ${words.owner(other)} has already`;
    const why = words.why?.(other) ?? `${words.owner(other)} has it here`;
    const related = [{ message: why, at: words.at(other) }];
    repeats.push(
      error(code, words.at(owner), message, {
        related,
        ...(words.hint === undefined ? {} : { hint: words.hint }),
      }),
    );
  };
  return {
    repeats,
    note: (value, owner) => {
      if (!first.has(value)) first.set(value, owner);
    },
    add: (value, owner) => {
      const other = first.get(value);
      if (other === undefined) first.set(value, owner);
      else report(value, owner, other);
    },
  };
}
