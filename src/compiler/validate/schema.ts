import type { ValidateFunction } from "ajv/dist/2020.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Diagnostic } from "../../core/diagnostic.ts";
import { invariant } from "../../core/invariant.ts";
import { documentSchema } from "../../model/kind.ts";
import { KINDS, type KindName } from "../../model/kinds.ts";
import type { SourceDocument } from "../load/source-document.ts";
import { explainMisfit } from "./explain-misfit.ts";

/** Says of documents whether they fit the schema of a kind. Holds what it compiled: keep it while there is more to check. */
export interface Validator {
  /** Nothing where the document fits; otherwise ICH2001 to ICH2010. */
  readonly check: (kind: KindName, document: SourceDocument) => readonly Diagnostic[];
}

/** Makes a validator that compiles the schema of a kind when the first document of the kind comes. */
export function createValidator(): Validator {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, validateSchema: false, messages: false });
  ajv.addKeyword("form");
  const compiled = new Map<KindName, ValidateFunction>();
  const compile = (kind: KindName): ValidateFunction => {
    const validate = ajv.compile(documentSchema(KINDS[kind]));
    compiled.set(kind, validate);
    return validate;
  };
  return {
    check: (kind, { value, at }) => {
      const validate = compiled.get(kind) ?? compile(kind);
      if (validate(value)) return [];
      const misfits = explainMisfit(documentSchema(KINDS[kind]), value, at);
      invariant(misfits.length > 0, `${kind} in ${at.file} does not fit, and nothing says why`);
      return misfits;
    },
  };
}
