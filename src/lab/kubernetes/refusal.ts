/** Why Kubernetes refuses a request, as its `Status` says it. */
export interface RefusalDetails {
  readonly name?: string;
  readonly kind?: string;
  readonly causes?: readonly { readonly reason: string; readonly message: string }[];
}

/** A request that is refused. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: number;
  readonly reason: string;
  readonly details: RefusalDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: RefusalDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

export function notFound(kind: "nodes" | "pods", name: string): Refusal {
  return new Refusal(404, "NotFound", `${kind} ${JSON.stringify(name)} not found`, { name, kind });
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, "BadRequest", message);
}

/** The object that tells of a refusal. */
export function statusOf({ code, reason, message, details }: Refusal): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason !== "" && { reason }),
    ...(details !== undefined && { details }),
    code,
  };
}
