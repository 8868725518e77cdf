import { kind } from "../kind.ts";
import { array, type Infer, integer, object, oneOf, optional, string } from "../schema.ts";
import { date, name } from "../values.ts";

const spec = object({
  reason: string(),
  expires: date({ description: "The last day on which it holds." }),
  actions: array(
    object({
      do: oneOf([
        "wipe",
        "reset",
        "reinstall",
        "remove-member",
        "rotate-ca",
        "delete-cluster",
        "recover-etcd",
        "first-contact",
      ]),
      serial: optional(string({ description: "The one server that is meant." })),
      cluster: optional(name()),
      group: optional(name()),
      pool: optional(name()),
      max: optional(integer({ minimum: 1, description: "For reinstalling workers: the most machines." })),
    }),
    { minItems: 1 },
  ),
});

/** A permission for destructive actions. */
export const approval = kind(
  "Approval",
  "Permits named destructive actions on named machines until a date.",
  spec,
);
export type ApprovalSpec = Infer<typeof spec>;
