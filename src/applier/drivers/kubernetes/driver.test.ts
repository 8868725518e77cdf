import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import {
  type Authority,
  type CertificateRequest,
  createAuthority,
  type Identity,
  issueCertificate,
} from "../../../secrets/pki/certificate.ts";
import { readPrivateKey } from "../../../secrets/pki/keys.ts";
import {
  type KubernetesApi,
  type KubernetesCredentials,
  KubernetesError,
  type KubernetesPod,
} from "../../kubernetes-api.ts";
import { createKubernetesDriver, type KubernetesDriverOptions } from "./driver.ts";

const ADDRESS = "10.0.0.5";
const OTHER = "10.0.0.6";
const DAY = 86_400_000;
// Certificates are checked by the clock of this process.
const NOW = Date.now();

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a value is missing");
  return value;
}

async function authority(): Promise<Authority> {
  const made = await createAuthority({
    subject: { organizations: ["kubernetes"] },
    algorithm: "ECDSA P-256",
    now: new Date(NOW - 10 * DAY),
  });
  return { certificate: made.certificate, key: must(readPrivateKey(made.key)) };
}

function issue(ca: Authority, change: Partial<CertificateRequest>): Promise<Identity> {
  return issueCertificate({
    authority: ca,
    subject: { commonName: "kubernetes" },
    algorithm: "ECDSA P-256",
    notBefore: new Date(NOW - DAY),
    notAfter: new Date(NOW + DAY),
    keyUsage: ["digitalSignature"],
    ...change,
  });
}

function serverOf(ca: Authority, ...addresses: readonly string[]): Promise<Identity> {
  return issue(ca, { extendedKeyUsage: ["serverAuth"], alternativeNames: { addresses } });
}

async function clientOf(ca: Authority): Promise<KubernetesCredentials> {
  return {
    authorities: ca.certificate,
    ...(await issue(ca, { subject: { organizations: ["system:masters"], commonName: "admin" } })),
  };
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly type: string | undefined;
  readonly body: unknown;
}

type Respond = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void;

/** An API server that answers as a test says, and counts. */
interface Api {
  readonly port: number;
  readonly asked: readonly Asked[];
  readonly sockets: ReadonlySet<Socket>;
  readonly stop: () => void;
}

interface Listening {
  readonly host?: string;
  readonly clients?: string;
  readonly version?: "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
}

async function serve(identity: Identity, respond: Respond, listening: Listening = {}): Promise<Api> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const { clients, version, host = "127.0.0.1" } = listening;
  const server = createServer(
    {
      cert: identity.certificate,
      key: must(readPrivateKey(identity.key)).export({ type: "pkcs8", format: "pem" }),
      ...(clients !== undefined && { ca: clients, requestCert: true, rejectUnauthorized: true }),
      ...(version !== undefined && { minVersion: version, maxVersion: version }),
    },
    (request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        const text = Buffer.concat(pieces).toString();
        const url = new URL(request.url ?? "", "https://api");
        const one: Asked = {
          method: request.method ?? "",
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          type: request.headers["content-type"],
          body: text === "" ? undefined : JSON.parse(text),
        };
        asked.push(one);
        respond(one, response, request);
      });
    },
  );
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: await listen(server, sockets, host), asked, sockets, stop };
}

async function listen(server: TcpServer, sockets: ReadonlySet<Socket>, host = "127.0.0.1"): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  ends.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A port at which nobody listens. */
async function nobody(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A port at which whoever comes is let in and told nothing. */
function silent(): Promise<number> {
  const sockets = new Set<Socket>();
  return listen(
    createTcpServer((socket) => sockets.add(socket)),
    sockets,
  );
}

interface Reached {
  readonly api: KubernetesApi;
  readonly waits: readonly number[];
}

function reach(
  credentials: KubernetesCredentials,
  ports: Readonly<Record<string, number | string>>,
  options: Partial<KubernetesDriverOptions> = {},
): Reached {
  const waits: number[] = [];
  const driver = createKubernetesDriver({
    dial: (address) => {
      const target = must(ports[address]);
      return typeof target === "string" ? target : `127.0.0.1:${target}`;
    },
    now: () => Date.now(),
    wait: async (milliseconds) => {
      waits.push(milliseconds);
    },
    ...options,
  });
  const api = driver.connect({ cluster: "c1", addresses: Object.keys(ports), credentials });
  ends.push(api.close);
  return { api, waits };
}

/** A cluster with one API server that answers as a test says. */
async function cluster(respond: Respond, options: Partial<KubernetesDriverOptions> = {}) {
  const ca = await authority();
  const server = await serve(await serverOf(ca, ADDRESS), respond, { clients: ca.certificate });
  return { ca, server, ...reach(await clientOf(ca), { [ADDRESS]: server.port }, options) };
}

function send(response: ServerResponse, status: number, value: unknown, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof value === "string" ? value : JSON.stringify(value));
}

const status = (code: number, message: string, more: object = {}) => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message,
  code,
  ...more,
});

const missing = (kind: string) =>
  status(404, `${kind} "x" not found`, { reason: "NotFound", details: { name: "x", kind } });

const node = (name: string, more: object = {}) => ({
  kind: "Node",
  apiVersion: "v1",
  metadata: { name },
  spec: {},
  status: {},
  ...more,
});

const nodes = (names: readonly string[], next?: string) => ({
  kind: "NodeList",
  apiVersion: "v1",
  metadata: { resourceVersion: "1", ...(next !== undefined && { continue: next }) },
  items: names.map((name) => node(name)),
});

const none: Respond = (_, response) => send(response, 200, nodes([]));

async function failureOf(doing: Promise<unknown>): Promise<KubernetesError> {
  const error = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof KubernetesError) return error;
  throw new Error(`no KubernetesError: ${String(error)}`);
}

describe("trust", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "both ends show a certificate of the cluster's over %s",
    async (version) => {
      const ca = await authority();
      let subject = "";
      const seen: Respond = (_, response, { socket }) => {
        subject = String((socket as TLSSocket).getPeerCertificate().subject.O);
        send(response, 200, nodes(["w0"]));
      };
      const server = await serve(await serverOf(ca, ADDRESS), seen, { clients: ca.certificate, version });
      const { api } = reach(await clientOf(ca), { [ADDRESS]: server.port });
      expect((await api.nodes()).map(({ name }) => name)).toEqual(["w0"]);
      expect(subject).toBe("system:masters");
    },
  );

  test("a server that only speaks an older TLS is not spoken to", async () => {
    const ca = await authority();
    const server = await serve(await serverOf(ca, ADDRESS), none, { version: "TLSv1.1" });
    const { api } = reach(await clientOf(ca), { [ADDRESS]: server.port });
    expect(await failureOf(api.nodes())).toMatchObject({ code: "untrusted" });
    expect(server.asked).toEqual([]);
  });

  test("an IPv6 address in whatever form is looked for in the certificate", async () => {
    const ca = await authority();
    const server = await serve(await serverOf(ca, "fd00:0:0:0:0:0:0:5"), none, { host: "::1" });
    const { api } = reach(await clientOf(ca), { "fd00::5": `[::1]:${server.port}` });
    expect(await api.nodes()).toEqual([]);
    const other = reach(await clientOf(ca), { "fd00::6": `[::1]:${server.port}` });
    expect(await failureOf(other.api.nodes())).toMatchObject({
      code: "untrusted",
      details: expect.stringContaining("not for fd00::6"),
    });
  });

  test("a name is looked for in the certificate, and said to the server", async () => {
    const ca = await authority();
    const identity = await issue(ca, {
      extendedKeyUsage: ["serverAuth"],
      alternativeNames: { dns: ["api.example"] },
    });
    let name: unknown;
    const seen: Respond = (_, response, { socket }) => {
      name = (socket as TLSSocket & { readonly servername?: string }).servername;
      send(response, 200, nodes([]));
    };
    const server = await serve(identity, seen);
    expect(await reach(await clientOf(ca), { "api.example": server.port }).api.nodes()).toEqual([]);
    expect(name).toBe("api.example");
  });

  test("a server with a certificate for another address gets no request", async () => {
    const ca = await authority();
    const server = await serve(await serverOf(ca, "127.0.0.1", OTHER), none);
    const { api, waits } = reach(await clientOf(ca), { [ADDRESS]: server.port });
    expect(await failureOf(api.nodes())).toMatchObject({
      code: "untrusted",
      cluster: "c1",
      operation: "listing nodes",
      details: `${ADDRESS}: its certificate is for 127.0.0.1, ${OTHER}, not for ${ADDRESS}`,
    });
    expect(server.asked).toEqual([]);
    expect(waits).toEqual([]);
  });

  test("an address has to be named itself where another one leads to the same server", async () => {
    const ca = await authority();
    const server = await serve(await serverOf(ca, ADDRESS), none);
    const driver = createKubernetesDriver({
      dial: () => `127.0.0.1:${server.port}`,
      now: Date.now,
      wait: async () => undefined,
    });
    const credentials = await clientOf(ca);
    const good = driver.connect({ cluster: "c1", addresses: [ADDRESS], credentials });
    const bad = driver.connect({ cluster: "c1", addresses: [OTHER], credentials });
    ends.push(good.close, bad.close);
    expect(await good.nodes()).toEqual([]);
    expect(await failureOf(bad.nodes())).toMatchObject({ code: "untrusted" });
  });

  test("a server of another authority gets no request, whatever the environment says", async () => {
    const [ca, other] = [await authority(), await authority()];
    const server = await serve(await serverOf(other, ADDRESS), none);
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      const { api } = reach(await clientOf(ca), { [ADDRESS]: server.port });
      expect(await failureOf(api.nodes())).toMatchObject({
        code: "untrusted",
        details: `${ADDRESS}: its certificate is from none of the cluster's authorities`,
      });
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
    expect(server.asked).toEqual([]);
  });

  test("one of several authorities is enough", async () => {
    const [ca, former] = [await authority(), await authority()];
    const server = await serve(await serverOf(ca, ADDRESS), none, { clients: ca.certificate });
    const own = await clientOf(ca);
    const authorities = `${former.certificate}${ca.certificate}`;
    expect(await reach({ ...own, authorities }, { [ADDRESS]: server.port }).api.nodes()).toEqual([]);
  });

  test("what does not speak TLS is not trusted", async () => {
    const sockets = new Set<Socket>();
    const plain = createHttpServer((_, response) => response.end("{}"));
    const port = await listen(plain, sockets);
    const { api } = reach(await clientOf(await authority()), { [ADDRESS]: port });
    expect(await failureOf(api.nodes())).toMatchObject({
      code: "untrusted",
      details: expect.stringContaining("does not speak TLS"),
    });
  });

  test.each([
    ["no key", { key: "nothing" }, "our own private key is none that can be read"],
    ["no certificate", { certificate: "nothing" }, "our own certificate and key cannot be used"],
  ])("with %s of ours nothing is dialled", async (_, change, details) => {
    const credentials = { ...(await clientOf(await authority())), ...change };
    const { api } = reach(credentials, { [ADDRESS]: await nobody() });
    expect(await failureOf(api.nodes())).toMatchObject({ code: "unauthorized", details });
  });
});

describe("addresses", () => {
  test("that refuse are passed over, and the one that answered is kept", async () => {
    const ca = await authority();
    const server = await serve(await serverOf(ca, OTHER), none);
    const dialled: string[] = [];
    const closed = await nobody();
    const { api, waits } = reach(
      await clientOf(ca),
      { [ADDRESS]: closed, [OTHER]: server.port },
      {
        dial: (address) => {
          dialled.push(address);
          return `127.0.0.1:${address === ADDRESS ? closed : server.port}`;
        },
      },
    );
    await api.nodes();
    await api.nodes();
    expect(server.asked).toHaveLength(2);
    expect(server.sockets.size).toBe(1);
    expect(dialled).toEqual([ADDRESS, OTHER]);
    expect(waits).toEqual([]);
  });

  test("have as long for an answer as the call has, over a new connection and over a kept one", async () => {
    const slow: Respond = (_, response) => void setTimeout(() => send(response, 200, nodes([])), 1200);
    const { api, server } = await cluster(slow, { deadlines: { connect: 1000 } });
    for (const _ of [1, 2]) expect(await api.nodes()).toEqual([]);
    expect(server.sockets.size).toBe(1);
  });

  test("that are silent are passed over", async () => {
    const ca = await authority();
    const server = await serve(await serverOf(ca, OTHER), none);
    const ports = { [ADDRESS]: await silent(), [OTHER]: server.port };
    const { api } = reach(await clientOf(ca), ports, { deadlines: { connect: 1000 } });
    expect(await api.nodes()).toEqual([]);
  });

  test("of a server that takes a request and never answers are passed over", async () => {
    const ca = await authority();
    const stuck = await serve(await serverOf(ca, ADDRESS), () => undefined);
    const server = await serve(await serverOf(ca, OTHER), none);
    const ports = { [ADDRESS]: stuck.port, [OTHER]: server.port };
    const { api } = reach(await clientOf(ca), ports, { deadlines: { read: 1000 } });
    expect(await api.nodes()).toEqual([]);
    expect(stuck.asked).toHaveLength(1);
  });

  test("whose certificate is not trusted do not stop the others", async () => {
    const ca = await authority();
    const bad = await serve(await serverOf(ca, "10.9.9.9"), none);
    const server = await serve(await serverOf(ca, OTHER), none);
    const { api } = reach(await clientOf(ca), { [ADDRESS]: bad.port, [OTHER]: server.port });
    expect(await api.nodes()).toEqual([]);
    expect(bad.asked).toEqual([]);
  });

  test("that all fail are all named with what they did", async () => {
    const ca = await authority();
    const bad = await serve(await serverOf(ca, "10.9.9.9"), none);
    const ports = { [ADDRESS]: bad.port, [OTHER]: await nobody(), "10.0.0.7": await silent() };
    const { api } = reach(await clientOf(ca), ports, {
      deadlines: { connect: 1000 },
      repetition: { attempts: 1 },
    });
    expect(await failureOf(api.nodes())).toMatchObject({
      code: "unavailable",
      details:
        "10.0.0.5: its certificate is for 10.9.9.9, not for 10.0.0.5; " +
        "10.0.0.6: the connection was refused; 10.0.0.7: no connection within 1 s",
    });
  });

  test("that are none at all are an error too", async () => {
    const { api } = reach(await clientOf(await authority()), {});
    expect(await failureOf(api.nodes())).toMatchObject({ code: "unavailable", details: "it has no address" });
  });

  test("are tried from the kept one on when it goes away", async () => {
    const ca = await authority();
    const first = await serve(await serverOf(ca, ADDRESS), none);
    const respond: Respond = (_, response) => send(response, 200, nodes(["w0"]));
    const second = await serve(await serverOf(ca, OTHER), respond);
    const { api } = reach(await clientOf(ca), { [ADDRESS]: first.port, [OTHER]: second.port });
    expect(await api.nodes()).toEqual([]);
    first.stop();
    expect((await api.nodes()).map(({ name }) => name)).toEqual(["w0"]);
  });
});

describe("a call that fails", () => {
  test.each([
    [400, "invalid"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "not-found"],
    [409, "conflict"],
    [422, "invalid"],
    [418, "internal"],
    [302, "internal"],
  ])("by %i is %s, in Kubernetes' words, and not repeated", async (code, ours) => {
    const { api, server } = await cluster((_, response) => send(response, code, status(code, "so it is")));
    expect(await failureOf(api.setUnschedulable("w0", true, "run-1"))).toMatchObject({
      code: ours,
      operation: "making node w0 unschedulable",
      details: "so it is",
    });
    expect(server.asked).toHaveLength(1);
  });

  test.each([429, 500, 503, 504])("by %i is made again a few times with growing waits", async (code) => {
    const { api, server, waits } = await cluster((_, response) =>
      send(response, code, status(code, "later")),
    );
    expect(await failureOf(api.nodes())).toMatchObject({ code: "unavailable", details: "later" });
    expect(server.asked).toHaveLength(4);
    expect(waits).toEqual([250, 500, 1000]);
  });

  test.each([
    ["2", [2000]],
    ["3600", [10_000]],
    ["soon", [250]],
    ["Sat, 21 Nov 2026 10:00:03 GMT", [3000]],
    ["Sat, 21 Nov 2026 09:00:00 GMT", [250]],
  ])("waits as the server wishes by Retry-After: %s, within bounds", async (wish, expected) => {
    let count = 0;
    const busy: Respond = (_, response) =>
      count++ === 0
        ? send(response, 429, "Too many requests, please try again later.", { "retry-after": wish })
        : send(response, 200, nodes([]));
    const { api, waits } = await cluster(busy, { now: () => Date.parse("2026-11-21T10:00:00Z") });
    expect(await api.nodes()).toEqual([]);
    expect(waits).toEqual(expected);
  });

  test("because the answer breaks off is made again", async () => {
    let count = 0;
    const { api } = await cluster((_, response) => {
      if (count++ > 0) return send(response, 200, nodes(["w0"]));
      response.writeHead(200, { "content-length": 1000 });
      response.write("{");
      setTimeout(() => response.socket?.destroy(), 10);
      return undefined;
    });
    expect(await api.nodes()).toHaveLength(1);
    expect(count).toBe(2);
  });

  test("because the answer does not end in time is over its deadline", async () => {
    const { api, server } = await cluster(
      (_, response) => {
        response.writeHead(200);
        response.write("{");
      },
      { deadlines: { read: 300 } },
    );
    expect(await failureOf(api.nodes())).toMatchObject({ code: "deadline" });
    expect(server.asked).toHaveLength(1);
  });

  test.each([
    ["a page of something else", "<html>hello</html>", "an answer that is no JSON object"],
    ["a list", "[]", "an answer that is no JSON object"],
    ["half an object", '{"kind":"NodeList","items":[', "an answer that is no JSON object"],
    ["another kind", { kind: "PodList", items: [] }, "an answer that is no NodeList"],
    [
      "items that are none",
      { kind: "NodeList", items: "x" },
      "an answer in which items is no list of objects",
    ],
    ["a node without a name", { kind: "NodeList", items: [{}] }, "an answer in which a node has no name"],
    [
      "labels that are none",
      { kind: "NodeList", items: [{ metadata: { name: "w0", labels: { a: 1 } } }] },
      "an answer in which a is no text",
    ],
  ])("by %s is internal", async (_, value, details) => {
    const { api, server } = await cluster((_asked, response) => send(response, 200, value));
    expect(await failureOf(api.nodes())).toMatchObject({ code: "internal", details });
    expect(server.asked).toHaveLength(1);
  });

  test("quotes no page of somebody else's, and a short text it does", async () => {
    const pages = ["<html>bad gateway</html>", "upstream connect error", "x".repeat(5000)];
    const { api } = await cluster((_, response) => send(response, 403, pages.shift() ?? ""));
    expect((await failureOf(api.nodes())).details).toBe("HTTP 403");
    expect((await failureOf(api.nodes())).details).toBe("HTTP 403: upstream connect error");
    expect((await failureOf(api.nodes())).details).toBe("HTTP 403");
  });

  test.each([
    ["somebody else", "no such page"],
    ["a path that nothing serves", status(404, "no such resource", { reason: "NotFound", details: {} })],
  ])("by a 404 of %s says nothing of a node", async (_, value) => {
    const { api } = await cluster((_asked, response) => send(response, 404, value));
    expect(await failureOf(api.node("w0"))).toMatchObject({ code: "not-found" });
  });

  test("by an answer without an end is internal", async () => {
    const piece = Buffer.alloc(1024 * 1024, " ");
    const { api } = await cluster((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    expect(await failureOf(api.nodes())).toMatchObject({
      code: "internal",
      details: `${ADDRESS}: an answer of more than ${64 * 1024 * 1024} bytes`,
    });
  });
});

describe("closing", () => {
  test("ends what is under way", async () => {
    const heard = Promise.withResolvers<void>();
    const { api } = await cluster(() => heard.resolve());
    const [one, two] = [failureOf(api.nodes()), failureOf(api.node("w0"))];
    await heard.promise;
    api.close();
    for (const failure of await Promise.all([one, two]))
      expect(failure).toMatchObject({ code: "cancelled", details: "the connection was closed" });
    expect(await failureOf(api.nodes())).toMatchObject({ code: "cancelled" });
  });

  test("ends a wait before the next attempt", async () => {
    const { api } = await cluster((_, response) => send(response, 503, status(503, "later")), {
      wait: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("it is over")));
          setTimeout(() => api.close(), 10);
        }),
    });
    expect(await failureOf(api.nodes())).toMatchObject({ code: "cancelled" });
  });

  test("of the driver ends every connection", async () => {
    const end = new AbortController();
    const { api } = await cluster(() => end.abort(), { signal: end.signal });
    expect(await failureOf(api.nodes())).toMatchObject({ code: "cancelled" });
  });
});

describe("lists", () => {
  test("are read page by page", async () => {
    const pages = [nodes(["w0"], "one"), nodes(["w1"], "two"), nodes(["w2"])];
    const { api, server } = await cluster((_, response) => send(response, 200, must(pages.shift())));
    expect((await api.nodes()).map(({ name }) => name)).toEqual(["w0", "w1", "w2"]);
    expect(server.asked.map(({ query }) => query)).toEqual([
      { limit: "500" },
      { limit: "500", continue: "one" },
      { limit: "500", continue: "two" },
    ]);
  });

  test("are begun anew where the server has forgotten how they went on", async () => {
    let count = 0;
    const { api } = await cluster(({ query }, response) => {
      if (query["continue"] === undefined) return send(response, 200, nodes(["w0"], "on"));
      const expired = status(410, "The provided continue parameter is too old", { reason: "Expired" });
      return count++ === 0 ? send(response, 410, expired) : send(response, 200, nodes(["w1"]));
    });
    expect((await api.nodes()).map(({ name }) => name)).toEqual(["w0", "w1"]);
  });

  test("that expire each time are given up", async () => {
    const { api, server } = await cluster(({ query }, response) =>
      query["continue"] === undefined
        ? send(response, 200, nodes(["w0"], "on"))
        : send(response, 410, status(410, "too old")),
    );
    expect(await failureOf(api.nodes())).toMatchObject({ code: "unavailable" });
    expect(server.asked).toHaveLength(6);
  });

  test("without an end are given up", async () => {
    const { api } = await cluster((_, response) => send(response, 200, nodes([], "on")));
    expect(await failureOf(api.nodes())).toMatchObject({
      code: "internal",
      details: expect.stringContaining("no end"),
    });
  });

  test("of pods are chosen by the server", async () => {
    const empty = { kind: "PodList", apiVersion: "v1", metadata: {}, items: null };
    const { api, server } = await cluster((_, response) => send(response, 200, empty));
    await api.pods({});
    await api.pods({ namespace: "kube-system", node: "w,0", labels: "k8s-app in (kube-proxy,kube-dns)" });
    expect(server.asked).toMatchObject([
      { path: "/api/v1/pods", query: { limit: "500" } },
      {
        path: "/api/v1/namespaces/kube-system/pods",
        query: {
          fieldSelector: "spec.nodeName=w\\,0",
          labelSelector: "k8s-app in (kube-proxy,kube-dns)",
          limit: "500",
        },
      },
    ]);
  });
});

describe("a node", () => {
  const one = (of: object) => node("w0", of);

  test.each([
    ["never reported", {}, false, "its kubelet has not reported"],
    ["is ready", { conditions: [{ type: "Ready", status: "True", message: "fine" }] }, true, ""],
    [
      "is not, for a reason",
      { conditions: [{ type: "Ready", status: "Unknown", message: "", reason: "NodeStatusUnknown" }] },
      false,
      "NodeStatusUnknown",
    ],
    ["is not, without one", { conditions: [{ type: "Ready", status: "False" }] }, false, "Ready is False"],
  ])("that %s", async (_, of, ready, why) => {
    const { api } = await cluster((_asked, response) => send(response, 200, one({ status: of })));
    expect(await api.node("w0")).toMatchObject({ ready, why });
  });

  test("is made unschedulable by a patch of what it says and nothing else", async () => {
    const { api, server } = await cluster((_, response) => send(response, 200, node("w0")));
    await api.setUnschedulable("w0", true, "run-1");
    await api.setUnschedulable("w0", false, undefined);
    const patch = { method: "PATCH", path: "/api/v1/nodes/w0", query: { fieldManager: "ichor" } };
    const type = "application/merge-patch+json";
    const mark = (text: string | null) => ({ annotations: { "ichor.dev/cordoned-by": text } });
    expect(server.asked).toEqual([
      { ...patch, type, body: { metadata: mark("run-1"), spec: { unschedulable: true } } },
      { ...patch, type, body: { metadata: mark(null), spec: { unschedulable: null } } },
    ]);
  });

  test("with a strange name stays one part of a path", async () => {
    const { api, server } = await cluster((_, response) => send(response, 404, missing("nodes")));
    expect(await api.node("a/../b?c")).toBeUndefined();
    expect(server.asked[0]?.path).toBe("/api/v1/nodes/a%2F..%2Fb%3Fc");
  });
});

describe("an eviction", () => {
  const pod: KubernetesPod = {
    namespace: "shop",
    name: "web-0",
    uid: "4c1f7a0e-9f1c-4a51-9d42-6a4f4d7f4f11",
    node: "w0",
    phase: "Running",
    ready: true,
    terminating: false,
    controller: undefined,
    mirror: false,
    labels: {},
  };

  test("asks for this very pod", async () => {
    const accepted = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
    const { api, server } = await cluster((_, response) => send(response, 201, accepted));
    expect(await api.evict(pod)).toEqual({ state: "accepted" });
    expect(server.asked).toEqual([
      {
        method: "POST",
        path: "/api/v1/namespaces/shop/pods/web-0/eviction",
        query: {},
        type: "application/json",
        body: {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { name: "web-0", namespace: "shop" },
          deleteOptions: { preconditions: { uid: pod.uid } },
        },
      },
    ]);
  });

  test("is blocked by what the budget says, and not made again", async () => {
    const why = "The disruption budget web needs 2 healthy pods and has 2 currently";
    const refused = status(429, "Cannot evict pod as it would violate the pod's disruption budget.", {
      reason: "TooManyRequests",
      details: { causes: [{ reason: "DisruptionBudget", message: why }] },
    });
    const { api, server } = await cluster((_, response) => send(response, 429, refused));
    expect(await api.evict(pod)).toEqual({ state: "blocked", why });
    expect(server.asked).toHaveLength(1);
  });

  test("is blocked by whoever else says 429 in Kubernetes' form", async () => {
    const refused = status(429, 'admission webhook "guard" denied the request');
    const { api } = await cluster((_, response) => send(response, 429, refused));
    expect(await api.evict(pod)).toEqual({ state: "blocked", why: refused.message });
  });

  test("is made again where the server has too many requests", async () => {
    let count = 0;
    const { api, waits } = await cluster((_, response) =>
      count++ === 0
        ? send(response, 429, "Too many requests, please try again later.", { "retry-after": "1" })
        : send(response, 201, { kind: "Status", apiVersion: "v1", status: "Success", code: 201 }),
    );
    expect(await api.evict(pod)).toEqual({ state: "accepted" });
    expect(waits).toEqual([1000]);
  });

  test("is blocked by several budgets, which Kubernetes calls a failure of its own", async () => {
    const message =
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    const { api } = await cluster((_, response) => send(response, 500, status(500, message)));
    expect(await api.evict(pod)).toEqual({ state: "blocked", why: message });
  });

  test.each([
    ["gone where the pod is no longer there", [], { state: "gone" }],
    ["gone where another one has its name", ["another"], { state: "gone" }],
    ["a conflict where it is", [pod.uid], "conflict"],
  ])("that conflicts is %s", async (_, uids, expected) => {
    const items = uids.map((uid) => ({ metadata: { name: pod.name, namespace: pod.namespace, uid } }));
    const { api } = await cluster(({ method }, response) =>
      method === "POST"
        ? send(response, 409, status(409, "the object has been modified"))
        : send(response, 200, { kind: "PodList", apiVersion: "v1", metadata: {}, items }),
    );
    if (expected === "conflict")
      expect(await failureOf(api.evict(pod))).toMatchObject({ code: "conflict", mayRepeat: true });
    else expect(await api.evict(pod)).toEqual(expected);
  });

  test("of a pod that is not there says so only where Kubernetes does", async () => {
    const answers = [missing("pods"), status(404, "no such resource"), "no such page"];
    const { api } = await cluster((_, response) => send(response, 404, answers.shift()));
    expect(await api.evict(pod)).toEqual({ state: "gone" });
    expect(await failureOf(api.evict(pod))).toMatchObject({ code: "not-found" });
    expect(await failureOf(api.evict(pod))).toMatchObject({ code: "not-found" });
  });
});
