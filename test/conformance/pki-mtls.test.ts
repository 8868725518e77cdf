import { generateKeyPairSync } from "node:crypto";
import { connect, createServer, type TLSSocket } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import { beforeAll, expect, test } from "vitest";
import type { SecretsBundle } from "../../src/secrets/bundle/bundle.ts";
import { createBundle } from "../../src/secrets/bundle/create-bundle.ts";
import { type Credential, mintTalosCredential } from "../../src/secrets/credentials/mint.ts";
import { authorityOf, type GoIdentity, keyForNode, loadBundles } from "./pki-fixtures.ts";
import { startGo } from "./pki-process.ts";

/** Connections with certificates of ours on both sides, as talosctl and Talos' API make them: TLS 1.3, mutual, h2. */

const AT = { file: "secrets.yaml", document: 0, path: [] };

/** The items of a set in the order of their bytes, of which the length comes first. */
const IN_DER_ORDER = ["os:reader", "os:operator"];

let bundle: SecretsBundle;
let client: Credential;
/** Issued by Talos' code from our authority: ichor itself makes no servers' certificates. */
let server: GoIdentity;

beforeAll(async () => {
  const serviceAccountKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  bundle = await createBundle({ now: new Date(), serviceAccountKey });
  const { value } = await mintTalosCredential({
    ca: bundle.certs.os,
    roles: ["os:reader", "os:operator"],
    ttlSeconds: 600,
    now: new Date(),
    at: AT,
  });
  const [loaded] = loadBundles("v1.14", [bundle]);
  if (value === undefined || loaded === undefined) throw new Error("there is no certificate");
  client = value;
  server = loaded.server;
});

function tlsOptions(identity: GoIdentity) {
  return {
    ca: authorityOf(bundle, "os"),
    cert: identity.certificate,
    key: keyForNode(identity.key),
    minVersion: "TLSv1.3",
    ALPNProtocols: ["h2"],
  } as const;
}

function heard(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(30_000, () => socket.destroy(new Error("nothing was heard")));
    socket.setEncoding("utf8").once("data", (text: string) => resolve(text));
    socket.once("error", reject);
  });
}

test("a Go server that demands a certificate takes a client in Node with one of ours", async () => {
  const go = startGo("v1.14", "mtls-serve", {
    authority: authorityOf(bundle, "os"),
    ...server,
    protocols: ["h2"],
  });
  const [host = "", port = ""] = String(await go.next()).split(":");
  const socket = connect({ host, port: Number(port), ...tlsOptions(client) });
  try {
    const answer = heard(socket);
    socket.write("hello from Node\n");
    expect(await answer).toBe("hello from Node\n");
    expect(socket.alpnProtocol).toBe("h2");
  } finally {
    socket.destroy();
  }
  expect(await go.next()).toMatchObject({
    problem: "",
    version: "TLS 1.3",
    protocol: "h2",
    peer: IN_DER_ORDER,
  });
});

test("a Go server takes no client without a certificate", async () => {
  const go = startGo("v1.14", "mtls-serve", {
    authority: authorityOf(bundle, "os"),
    ...server,
    protocols: ["h2"],
  });
  const [host = "", port = ""] = String(await go.next()).split(":");
  const socket = connect({ host, port: Number(port), ca: authorityOf(bundle, "os"), ALPNProtocols: ["h2"] });
  const answer = heard(socket);
  socket.write("hello\n");
  await expect(answer).rejects.toThrow(/certificate required/);
  expect(await go.next()).toMatchObject({ problem: expect.stringContaining("certificate") });
});

test("a server in Node that demands a certificate takes a Go client with one of ours", async () => {
  const peers: unknown[] = [];
  const listening = createServer(
    { ...tlsOptions(server), requestCert: true, rejectUnauthorized: true },
    (socket) => {
      peers.push(socket.getPeerCertificate().subject.O);
      socket.pipe(socket);
    },
  );
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  try {
    const address = listening.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    const go = startGo("v1.14", "mtls-dial", {
      authority: authorityOf(bundle, "os"),
      certificate: client.certificate,
      key: client.key,
      address: `127.0.0.1:${address.port}`,
      protocols: ["h2"],
    });
    expect(await go.next()).toMatchObject({ problem: "", version: "TLS 1.3", line: "hello from Go\n" });
    expect(peers).toEqual([IN_DER_ORDER]);
  } finally {
    listening.close();
  }
});

test("a gRPC server sees the roles of a gRPC client", async () => {
  const key = (identity: GoIdentity) => Buffer.from(keyForNode(identity.key));
  const authority = Buffer.from(authorityOf(bundle, "os"));
  const service = new grpc.Server();
  const through = (bytes: Buffer) => bytes;
  const method = {
    path: "/test.Echo/Echo",
    requestStream: false,
    responseStream: false,
    requestSerialize: through,
    requestDeserialize: through,
    responseSerialize: through,
    responseDeserialize: through,
  };
  const peers: unknown[] = [];
  service.addService(
    { Echo: method },
    {
      Echo: (call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) => {
        peers.push(call.getAuthContext().sslPeerCertificate?.subject.O);
        callback(null, call.request);
      },
    },
  );
  const credentials = grpc.ServerCredentials.createSsl(
    authority,
    [{ private_key: key(server), cert_chain: Buffer.from(server.certificate) }],
    true,
  );
  const port = await new Promise<number>((resolve, reject) => {
    service.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const own = grpc.credentials.createSsl(authority, key(client), Buffer.from(client.certificate));
  const channel = new grpc.Client(`localhost:${port}`, own);
  try {
    const answer = await new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + 30_000 };
      const call = (error: grpc.ServiceError | null, bytes?: Buffer) =>
        error === null ? resolve(bytes?.toString()) : reject(error);
      channel.makeUnaryRequest(method.path, through, through, Buffer.from("hello"), options, call);
    });
    expect(answer).toBe("hello");
    expect(peers).toEqual([IN_DER_ORDER]);
  } finally {
    channel.close();
    service.forceShutdown();
  }
});
