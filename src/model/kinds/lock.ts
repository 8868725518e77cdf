import { kind } from "../kind.ts";
import { type Infer, object, optional, string } from "../schema.ts";
import { date } from "../values.ts";

const spec = object({
  reason: string({
    pattern: "\\S",
    form: "some words",
    description: "What everybody reads who meets the lock.",
  }),
  until: optional(
    date({
      description: "The last day on which it holds, by the calendar of UTC; without it until it is removed.",
    }),
  ),
});

/** Keeps ichor's hands off one machine. */
export const lock = kind(
  "Lock",
  "Keeps ichor's hands off one machine, whose name it has: nothing is done to it while the lock holds. `ichor node lock` writes it.",
  spec,
);
export type LockSpec = Infer<typeof spec>;
