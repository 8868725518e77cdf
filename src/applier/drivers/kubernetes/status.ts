import { isMapping, type Mapping } from "../../../core/mapping.ts";
import { KubernetesError, type KubernetesErrorCode } from "../../kubernetes-api.ts";
import type { Answer } from "./exchange.ts";

/** Where a call failed. */
export interface CallPlace {
  readonly cluster: string;
  readonly operation: string;
}

/** How Kubernetes says what became of a call, where it has nothing else to say. */
export interface Status {
  readonly isFailure: boolean;
  /** Its own number; that of HTTP may be another one. */
  readonly code: number;
  readonly message: string;
  /** `NotFound`, `Expired`. */
  readonly reason: string;
  /** Of what it speaks: `pods`; empty where of nothing there is a name for. */
  readonly kind: string;
  readonly causes: readonly { readonly reason: string; readonly message: string }[];
}

const CODES: Readonly<Record<number, KubernetesErrorCode>> = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  422: "invalid",
  // Too many requests at this moment.
  429: "unavailable",
};

/** How much of a text is shown that is not of Kubernetes. */
const LONGEST_QUOTE = 200;

/**
 * What an answer says that is no failure.
 *
 * @param kind of the object; undefined where it does not matter
 * @throws KubernetesError
 */
export function objectOf(answer: Answer, kind: string | undefined, at: CallPlace): Mapping {
  const object = readJson(answer.text);
  const status = readStatus(object);
  if (answer.status < 200 || answer.status > 299 || status?.isFailure === true)
    throw failureOf(answer, status, at);
  if (object === undefined) throw new KubernetesError("internal", at, "an answer that is no JSON object");
  if (kind !== undefined && object["kind"] !== kind)
    throw new KubernetesError("internal", at, `an answer that is no ${kind}`);
  return object;
}

/** The status in an answer; undefined where it has another object, or is not from Kubernetes at all. */
export function statusOf({ text }: Answer): Status | undefined {
  return readStatus(readJson(text));
}

/** Whether Kubernetes has no object of a kind and name. A path that nothing serves is 404 too, and names no kind. */
export function isMissing(status: Status | undefined, kind: string): boolean {
  return status?.code === 404 && status.reason === "NotFound" && status.kind === kind;
}

/** The number of what became of a call. */
export function numberOf(answer: Answer, status: Status | undefined): number {
  return status !== undefined && status.code >= 400 ? status.code : answer.status;
}

function failureOf(answer: Answer, status: Status | undefined, at: CallPlace): KubernetesError {
  const number = numberOf(answer, status);
  const code = CODES[number] ?? (number >= 500 ? "unavailable" : "internal");
  return new KubernetesError(code, at, wordsOf(answer, status));
}

function wordsOf({ status: number, text }: Answer, status: Status | undefined): string {
  if (status !== undefined && status.message !== "") return status.message;
  const quote = text.replace(/\s+/g, " ").trim();
  const isText = quote !== "" && quote.length <= LONGEST_QUOTE && !/[<{\p{C}]/u.test(quote);
  return isText ? `HTTP ${number}: ${quote}` : `HTTP ${number}`;
}

function readJson(text: string): Mapping | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readStatus(object: Mapping | undefined): Status | undefined {
  if (object?.["kind"] !== "Status" || object["apiVersion"] !== "v1") return undefined;
  const { status, code, message, reason, details } = object;
  const causes: unknown = isMapping(details) ? details["causes"] : undefined;
  return {
    isFailure: status === "Failure",
    code: typeof code === "number" ? code : 0,
    message: textOf(message),
    reason: textOf(reason),
    kind: isMapping(details) ? textOf(details["kind"]) : "",
    causes: (Array.isArray(causes) ? causes : []).filter(isMapping).map((cause) => ({
      reason: textOf(cause["reason"]),
      message: textOf(cause["message"]),
    })),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
