import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { errorOf, mistrustOf } from "./status.ts";

const at = { machine: "w0", operation: "Version" };

/** As gRPC gives it for a connection that did not come about. */
function noConnection(words: string): Error {
  const details = `No connection established. Last error: ${words} (2026-11-21T07:41:11.123Z). Resolution note: `;
  return Object.assign(new Error(`14 UNAVAILABLE: ${details}`), { code: status.UNAVAILABLE, details });
}

/** As OpenSSL says what a server of Go sent it. */
function alert(words: string, number: number): string {
  return `407DC71F417F0000:error:0A000418:SSL routines:ssl3_read_bytes:${words}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number ${number}\n`;
}

describe("a connection that did not come about", () => {
  test.each([
    [alert("tlsv1 alert unknown ca", 48), "the machine refused our certificate (alert unknown ca)"],
    [
      alert("ssl/tls alert bad certificate", 42),
      "the machine refused our certificate (alert bad certificate)",
    ],
    [
      alert("ssl/tls alert certificate expired", 45),
      "the machine refused our certificate: by its clock it has expired or is not valid yet (alert certificate expired)",
    ],
    [
      alert("tlsv13 alert certificate required", 116),
      "the machine asks for a client's certificate, and none was shown (alert certificate required)",
    ],
    [
      "self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca",
      "the machine's certificate is from none of the authorities that it should be from (self-signed certificate)",
    ],
    [
      "certificate has expired",
      "the machine's certificate is not valid at this time (certificate has expired)",
    ],
    [
      "its certificate is for 10.0.0.6, not for 10.0.0.5",
      "another machine answers at this address (its certificate is for 10.0.0.6, not for 10.0.0.5)",
    ],
  ])("by mistrust is told from one that failed: %s", (words, details) => {
    expect(errorOf(at, noConnection(words))).toMatchObject({
      ...at,
      code: "untrusted",
      details,
      mayRepeat: false,
    });
  });

  test.each([
    ["connect ECONNREFUSED 127.0.0.1:1", "connect ECONNREFUSED 127.0.0.1:1"],
    ["read ECONNRESET", "read ECONNRESET"],
    ["Failed to connect", "the connection was closed before anything was said"],
  ])("by the network is unavailable and may be tried again: %s", (words, details) => {
    expect(errorOf(at, noConnection(words))).toMatchObject({ code: "unavailable", details, mayRepeat: true });
    expect(mistrustOf(words)).toBeUndefined();
  });
});

describe("a session that our own end gave up", () => {
  const broken = (words: string) => {
    const details = `Received RST_STREAM with code 2 triggered by internal client error: ${words}`;
    return Object.assign(new Error(`13 INTERNAL: ${details}`), { code: status.INTERNAL, details });
  };

  test.each([
    [
      "Protocol error",
      "our end broke the connection off (Protocol error); an answer with more than 64 kB of words does that",
    ],
    ["The session has been destroyed", "our end broke the connection off (The session has been destroyed)"],
  ])("says nothing of what became of the call, which may be made again: %s", (words, details) => {
    expect(errorOf(at, broken(words))).toMatchObject({
      ...at,
      code: "unavailable",
      details,
      mayRepeat: true,
    });
  });

  test("is not what a machine calls an internal error of its own", () => {
    const details = "Received RST_STREAM with code 2 (Internal server error)";
    const failure = Object.assign(new Error(details), { code: status.INTERNAL, details });
    expect(errorOf(at, failure)).toMatchObject({ code: "internal", details, mayRepeat: false });
  });
});

test("what a machine says of a certificate in a call that came through is no mistrust", () => {
  const details = "invalid config: certificate has expired";
  const failure = Object.assign(new Error(details), { code: status.INVALID_ARGUMENT, details });
  expect(errorOf(at, failure)).toMatchObject({ code: "invalid-argument", details });
});

test("what is no status at all is internal", () => {
  expect(errorOf(at, new Error("x"))).toMatchObject({ code: "internal", details: "x" });
  expect(errorOf(at, "y")).toMatchObject({ code: "internal", details: "y" });
});
