/** The codes of gRPC that a machine answers with. */
export type ApiCode =
  | "UNKNOWN"
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE";

/** A machine's refusal of a call, in Talos' words. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ApiCode;

  constructor(code: ApiCode, message: string) {
    super(message);
    this.code = code;
  }
}
