import type { RegisterCommand } from "./command.ts";
import { applyCommand, driftCommand, planCommand, statusCommand } from "./commands/apply.ts";
import { compileCommand } from "./commands/compile.ts";
import { completion } from "./commands/completion.ts";
import { kubeconfigCommand, talosconfigCommand } from "./commands/credentials.ts";
import { diff } from "./commands/diff.ts";
import { doctor } from "./commands/doctor.ts";
import { explain } from "./commands/explain.ts";
import { get } from "./commands/get.ts";
import { init } from "./commands/init.ts";
import { labCommand } from "./commands/lab.ts";
import { nodeCommand } from "./commands/node.ts";
import { schema } from "./commands/schema.ts";
import { secrets } from "./commands/secrets.ts";
import { validate } from "./commands/validate.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly RegisterCommand[] = [
  validate,
  compileCommand,
  diff,
  planCommand,
  applyCommand,
  statusCommand,
  driftCommand,
  nodeCommand,
  labCommand,
  get,
  explain,
  secrets,
  talosconfigCommand,
  kubeconfigCommand,
  init,
  schema,
  doctor,
  completion,
];
