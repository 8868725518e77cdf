/** Puts the .proto files, which no compiler of TypeScript copies, beside the compiled code that reads them. */
import { cpSync } from "node:fs";

const folder = "applier/drivers/talos/proto";
cpSync(`src/${folder}`, `dist/${folder}`, {
  recursive: true,
  filter: (path) => !path.endsWith(".ts"),
});
