import { writeFileSync } from "node:fs";
import { FIELDS_FILE, talosFieldsText } from "./tables.ts";

// `npm run talos-fields`: after a version in one of the go.mod files was changed.
writeFileSync(FIELDS_FILE, await talosFieldsText());
