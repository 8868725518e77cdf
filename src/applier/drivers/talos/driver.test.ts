import { randomBytes } from "node:crypto";
import { connect, createServer, type Socket, type Server as TcpServer } from "node:net";
import { gzipSync } from "node:zlib";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { type Authority, createAuthority, issueCertificate } from "../../../secrets/pki/certificate.ts";
import { readPrivateKey } from "../../../secrets/pki/keys.ts";
import { type ResourceEvent, type TalosApi, type TalosCredentials, TalosError } from "../../talos-api.ts";
import { createTalosDriver, type TalosDriverOptions } from "./driver.ts";
import { loadTalosServices } from "./proto/load.ts";

const ADDRESS = "10.0.0.5";
const DAY = 86_400_000;
// Certificates are checked by the clock of this process.
const NOW = Date.now();

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

async function authority(): Promise<Authority> {
  const made = await createAuthority({
    subject: { organizations: ["talos"] },
    algorithm: "Ed25519",
    now: new Date(NOW - 10 * DAY),
  });
  return { certificate: made.certificate, key: must(readPrivateKey(made.key)) };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a value is missing");
  return value;
}

interface Life {
  readonly from?: number;
  readonly to?: number;
}

function serverPair(ca: Authority, addresses: readonly string[] = [ADDRESS], life: Life = {}): Promise<Pair> {
  return issueCertificate({
    authority: ca,
    // Of the same subject as its authority, it would be taken for one that signs itself.
    subject: { commonName: "w0" },
    algorithm: "Ed25519",
    notBefore: new Date(life.from ?? NOW - DAY),
    notAfter: new Date(life.to ?? NOW + DAY),
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: ["serverAuth"],
    alternativeNames: { addresses },
  });
}

async function clientOf(ca: Authority, role = "os:admin", life: Life = {}): Promise<TalosCredentials> {
  const { certificate, key } = await issueCertificate({
    authority: ca,
    subject: { organizations: [role] },
    algorithm: "Ed25519",
    notBefore: new Date(life.from ?? NOW - DAY),
    notAfter: new Date(life.to ?? NOW + DAY),
    keyUsage: ["digitalSignature"],
  });
  return { authorities: ca.certificate, certificate, key };
}

type Unary = (call: ServerUnaryCall<never, object>, done: sendUnaryData<object>) => void;
type Stream = (call: ServerWritableStream<never, object>) => void;

interface Handlers {
  readonly machine?: Readonly<Record<string, Unary | Stream>>;
  readonly lifecycle?: Readonly<Record<string, Stream>>;
  readonly image?: Readonly<Record<string, Stream>>;
  readonly state?: Readonly<Record<string, Unary | Stream>>;
}

/** @returns the port */
async function serve(pair: Pair, handlers: Handlers, clients?: string): Promise<number> {
  const limit = 64 * 1024 * 1024;
  const server = new Server({
    "grpc.max_receive_message_length": limit,
    "grpc.max_send_message_length": limit,
  });
  const services = loadTalosServices();
  for (const name of ["machine", "lifecycle", "image", "state"] as const) {
    const implementation = handlers[name] as UntypedServiceImplementation | undefined;
    if (implementation !== undefined) server.addService(services[name], implementation);
  }
  const key = must(readPrivateKey(pair.key)).export({ type: "pkcs8", format: "pem" });
  const credentials = ServerCredentials.createSsl(
    clients === undefined ? null : Buffer.from(clients),
    [{ private_key: Buffer.from(key), cert_chain: Buffer.from(pair.certificate) }],
    clients !== undefined,
  );
  ends.push(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

/** Stands before a server, so that what a network does can be done. */
class Network {
  connections = 0;
  port = 0;
  #target: number;
  readonly #server: TcpServer;
  readonly #sockets = new Set<Socket>();

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => {
      this.connections++;
      const other = connect(this.#target, "127.0.0.1");
      for (const [one, two] of [
        [socket, other],
        [other, socket],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => two.destroy());
        one.on("close", () => two.destroy());
        one.pipe(two);
      }
    });
    ends.push(() => {
      this.cut();
      this.#server.close();
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
    return this;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  leadTo(target: number): void {
    this.#target = target;
    this.cut();
  }
}

function driverFor(port: number, options: Partial<TalosDriverOptions> = {}) {
  const waits: number[] = [];
  const dialled: string[] = [];
  const driver = createTalosDriver({
    dial: (address) => {
      dialled.push(address);
      return `127.0.0.1:${port}`;
    },
    now: () => Date.now(),
    wait: async (milliseconds) => {
      waits.push(milliseconds);
    },
    ...options,
  });
  const api = (credentials: TalosCredentials, address = ADDRESS, via?: string): TalosApi => {
    const made =
      via === undefined
        ? driver.connect({ machine: "w0", address, credentials })
        : driver.relay({ machine: "cp0", address: via, credentials }).to("w0", address);
    ends.push(made.close);
    return made;
  };
  return { driver, api, waits, dialled };
}

async function failureOf(doing: Promise<unknown>): Promise<TalosError> {
  const error = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TalosError) return error;
  throw new Error(`no TalosError: ${String(error)}`);
}

const VERSION = { messages: [{ version: { tag: "v1.14.1", arch: "amd64" } }] };
const version: Unary = (_, done) => done(null, VERSION);

async function cluster(handlers: Handlers, options: Partial<TalosDriverOptions> = {}) {
  const ca = await authority();
  const port = await serve(await serverPair(ca), handlers, ca.certificate);
  const network = await new Network(port).open();
  const made = driverFor(network.port, options);
  return { ca, network, ...made, talos: made.api(await clientOf(ca)) };
}

describe("trust", () => {
  test("a machine with a certificate of its cluster for its address is spoken to, wherever it is dialled", async () => {
    const { talos, dialled } = await cluster({ machine: { Version: version } });
    expect(await talos.version()).toEqual({ tag: "v1.14.1", arch: "amd64" });
    expect(dialled).toEqual([ADDRESS]);
  });

  test("an IPv6 address is compared as an address", async () => {
    const ca = await authority();
    const pair = await serverPair(ca, ["2001:db8::5"]);
    const { api } = driverFor(await serve(pair, { machine: { Version: version } }, ca.certificate));
    const credentials = await clientOf(ca);
    expect(await api(credentials, "2001:db8:0:0::5").version()).toMatchObject({ tag: "v1.14.1" });
    expect((await failureOf(api(credentials, "2001:db8::6").version())).code).toBe("untrusted");
  });

  test.each([
    ["of another authority", { other: true }, "from none of the authorities"],
    ["that has expired", { life: { from: NOW - 2 * DAY, to: NOW - DAY } }, "not valid at this time"],
    ["of tomorrow", { life: { from: NOW + DAY, to: NOW + 2 * DAY } }, "not valid at this time"],
    ["for another address", { addresses: ["10.0.0.6"] }, "is for 10.0.0.6, not for 10.0.0.5"],
    ["for the address as a name only", { addresses: ["127.0.0.1"] }, "is for 127.0.0.1, not for 10.0.0.5"],
  ] as const)(
    "a machine with a certificate %s is not trusted, at once, and is sent nothing",
    async (_, given, words) => {
      const ca = await authority();
      const wrong = { other: false, life: {}, addresses: [ADDRESS], ...given };
      const pair = await serverPair(wrong.other ? await authority() : ca, wrong.addresses, wrong.life);
      let calls = 0;
      const Version: Unary = (call, done) => {
        calls++;
        version(call, done);
      };
      const { api, waits } = driverFor(await serve(pair, { machine: { Version } }, ca.certificate));
      const failure = await failureOf(api(await clientOf(ca)).version());
      expect(failure).toMatchObject({
        code: "untrusted",
        machine: "w0",
        operation: "Version",
        mayRepeat: false,
      });
      expect(failure.details).toContain(words);
      expect({ calls, waits }).toEqual({ calls: 0, waits: [] });
    },
  );

  test("keys are read under Talos' label and under the general one, and nonsense is our own mistake", async () => {
    const { ca, api } = await cluster({ machine: { Version: version } });
    const credentials = await clientOf(ca);
    expect(credentials.key).toContain("ED25519 PRIVATE KEY");
    const general = credentials.key.replaceAll("ED25519 PRIVATE", "PRIVATE");
    expect(await api({ ...credentials, key: general }).version()).toMatchObject({ arch: "amd64" });
    const foreign = await clientOf(ca);
    for (const broken of [
      { ...credentials, key: "no key" },
      { ...credentials, key: foreign.key },
      { ...credentials, certificate: "none" },
    ]) {
      expect((await failureOf(api(broken).version())).code).toBe("unauthenticated");
    }
  });

  test("several authorities of a rotation are all trusted", async () => {
    const { ca, api } = await cluster({ machine: { Version: version } });
    const old = await authority();
    const credentials = await clientOf(ca);
    const both = { ...credentials, authorities: old.certificate + ca.certificate };
    expect(await api(both).version()).toMatchObject({ tag: "v1.14.1" });
  });

  test("a call through a control plane trusts that one and names the machine", async () => {
    const seen: unknown[] = [];
    const Version: Unary = (call, done) => {
      seen.push(call.metadata.get("node"));
      version(call, done);
    };
    const { api, ca, dialled } = await cluster({ machine: { Version } });
    const credentials = await clientOf(ca);
    await api(credentials, "10.0.0.77", ADDRESS).version();
    await api(credentials).version();
    expect(seen).toEqual([["10.0.0.77"], []]);
    expect(dialled).toEqual([ADDRESS, ADDRESS]);
  });

  test("the machine sees the role, and what it forbids is said", async () => {
    const Bootstrap: Unary = (call, done) => {
      const role = call.getAuthContext().sslPeerCertificate?.subject.O;
      if (role === "os:admin") done(null, { messages: [{}] });
      else done({ code: status.PERMISSION_DENIED, details: `not for ${String(role)}` });
    };
    const { api, ca, talos } = await cluster({ machine: { Bootstrap } });
    await talos.bootstrap();
    const failure = await failureOf(api(await clientOf(ca, "os:reader")).bootstrap());
    expect(failure).toMatchObject({ code: "permission-denied", details: "not for os:reader" });
  });
});

describe("calls that change something", () => {
  const dangerous: readonly (readonly [string, (api: TalosApi) => Promise<unknown>])[] = [
    ["ApplyConfiguration", (api) => api.applyConfiguration({ text: "", mode: "auto", dryRun: false })],
    ["Bootstrap", (api) => api.bootstrap()],
    ["Reboot", (api) => api.reboot("default")],
    ["Reset", (api) => api.reset({ graceful: true, reboot: true, partitions: [] })],
    ["EtcdForfeitLeadership", (api) => api.forfeitEtcdLeadership()],
    ["EtcdRemoveMemberByID", (api) => api.removeEtcdMember("1")],
  ];

  test.each(dangerous)("%s is never made twice", async (method, call) => {
    let calls = 0;
    const refuse: Unary = (_, done) => {
      calls++;
      done({ code: status.UNAVAILABLE, details: "busy" });
    };
    const { talos, waits } = await cluster({ machine: { [method]: refuse } });
    expect(await failureOf(call(talos))).toMatchObject({
      code: "unavailable",
      operation: method,
      details: "busy",
    });
    expect({ calls, waits }).toEqual({ calls: 1, waits: [] });
  });

  test("an upgrade that fails at its last step is not begun again", async () => {
    const calls: string[] = [];
    const { talos } = await cluster({
      machine: { Version: version },
      image: {
        Pull: (call) => {
          calls.push("Pull");
          call.write({ name: "image@sha256:1" });
          call.end();
        },
      },
      lifecycle: {
        Upgrade: (call) => {
          calls.push("Upgrade");
          call.emit("error", { code: status.UNAVAILABLE, details: "gone" });
        },
      },
    });
    const failure = await failureOf(talos.upgrade({ image: "image" }));
    expect(failure).toMatchObject({ code: "unavailable", operation: "Upgrade", details: "gone" });
    expect(calls).toEqual(["Pull", "Upgrade"]);
  });
});

describe("calls that only look", () => {
  test("are made as often as allowed, with longer and longer waits", async () => {
    let calls = 0;
    const refuse: Unary = (_, done) => {
      calls++;
      done({ code: status.UNAVAILABLE, details: "busy" });
    };
    const { talos, waits } = await cluster(
      { machine: { Version: refuse }, state: { Get: refuse, List: refuseStream(() => calls++) } },
      { repetition: { attempts: 4, firstWait: 100, longestWait: 300 } },
    );
    expect((await failureOf(talos.version())).code).toBe("unavailable");
    expect({ calls, waits }).toEqual({ calls: 4, waits: [100, 200, 300] });
    await failureOf(talos.getResource({ namespace: "a", type: "b", id: "c" }));
    expect(calls).toBe(8);
    await failureOf(talos.listResources({ namespace: "a", type: "b" }));
    expect(calls).toBe(12);
  });

  test("go on where the second attempt comes through, a dry run too", async () => {
    let calls = 0;
    const once =
      (answer: object): Unary =>
      (_, done) =>
        calls++ % 2 === 0 ? done({ code: status.UNAVAILABLE }) : done(null, answer);
    const { talos } = await cluster({
      machine: {
        Version: once(VERSION),
        ApplyConfiguration: once({ messages: [{ mode: "NO_REBOOT", modeDetails: "diff" }] }),
      },
    });
    expect(await talos.version()).toMatchObject({ tag: "v1.14.1" });
    const dry = await talos.applyConfiguration({ text: "a", mode: "auto", dryRun: true });
    expect(dry).toEqual({ mode: "no-reboot", warnings: [], details: "diff" });
    expect(calls).toBe(4);
  });

  test.each([
    [status.INVALID_ARGUMENT, "invalid-argument"],
    [status.FAILED_PRECONDITION, "failed-precondition"],
    [status.ALREADY_EXISTS, "already-exists"],
    [status.NOT_FOUND, "not-found"],
    [status.UNIMPLEMENTED, "unimplemented"],
    [status.RESOURCE_EXHAUSTED, "resource-exhausted"],
    [status.UNAUTHENTICATED, "unauthenticated"],
    [status.UNKNOWN, "internal"],
  ] as const)("status %i is %s, said in the machine's words, and not repeated", async (code, expected) => {
    let calls = 0;
    const refuse: Unary = (_, done) => {
      calls++;
      done({ code, details: "its own words" });
    };
    const { talos } = await cluster({ machine: { Version: refuse } });
    expect(await failureOf(talos.version())).toMatchObject({ code: expected, details: "its own words" });
    expect(calls).toBe(1);
  });

  test("a machine that is not there is unavailable, not mistrusted", async () => {
    const { driver } = driverFor(1);
    const credentials = await clientOf(await authority());
    const talos = driver.connect({ machine: "w0", address: ADDRESS, credentials });
    ends.push(talos.close);
    const failure = await failureOf(talos.version());
    expect(failure).toMatchObject({ code: "unavailable", mayRepeat: true });
    expect(failure.details).toContain("ECONNREFUSED");
  });

  test("a forwarded call that failed elsewhere is an error too", async () => {
    const metadata = {
      hostname: "w1",
      error: "no such member",
      status: { code: 5, message: "no such member" },
    };
    const { talos } = await cluster({
      machine: {
        ServiceList: (_: unknown, done: sendUnaryData<object>) => done(null, { messages: [{ metadata }] }),
      },
    });
    expect(await failureOf(talos.services())).toMatchObject({ code: "not-found", details: "no such member" });
  });
});

function refuseStream(count: () => void): Stream {
  return (call) => {
    count();
    call.emit("error", { code: status.UNAVAILABLE, details: "busy" });
  };
}

describe("limits", () => {
  test("a machine that does not answer is given up after the deadline, and not asked again", async () => {
    let calls = 0;
    const Version: Unary = () => {
      calls++;
    };
    const { talos } = await cluster({ machine: { Version } }, { deadlines: { read: 200 } });
    expect(await failureOf(talos.version())).toMatchObject({ code: "deadline", operation: "Version" });
    expect(calls).toBe(1);
  });

  test("a machine that is cut off in the middle of a call is unavailable, and asked again", async () => {
    let cut = 0;
    const setup: { network?: Network } = {};
    const Version: Unary = (call, done) => (cut++ === 0 ? setup.network?.cut() : version(call, done));
    const Reboot: Unary = () => setup.network?.cut();
    const made = await cluster(
      { machine: { Version, Reboot } },
      { wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    );
    setup.network = made.network;
    expect(await made.talos.version()).toMatchObject({ tag: "v1.14.1" });
    expect(cut).toBe(2);
    expect((await failureOf(made.talos.reboot("force"))).code).toBe("unavailable");
  });

  test("closing ends what is under way, and what comes later", async () => {
    const begun = Promise.withResolvers<void>();
    const { talos } = await cluster({ machine: { Version: () => begun.resolve() } });
    const under = failureOf(talos.version());
    await begun.promise;
    talos.close();
    expect((await under).code).toBe("cancelled");
    expect((await failureOf(talos.version())).code).toBe("cancelled");
  });

  test("the driver's signal ends every connection, those that wait to try again too", async () => {
    const end = new AbortController();
    const waiting = Promise.withResolvers<void>();
    const refuse: Unary = (_, done) => done({ code: status.UNAVAILABLE });
    const { talos } = await cluster(
      { machine: { Version: refuse } },
      {
        signal: end.signal,
        wait: (_, signal) => {
          waiting.resolve();
          return new Promise((_resolve, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason)),
          );
        },
      },
    );
    const under = failureOf(talos.version());
    await waiting.promise;
    end.abort();
    expect((await under).code).toBe("cancelled");
  });

  test.each([
    [5, undefined],
    [33, "resource-exhausted"],
  ] as const)("a resource of %i MiB is read: %s", async (size, code) => {
    const yamlSpec = randomBytes(1)
      .toString("hex")
      .repeat(size * 512 * 1024);
    const Get: Unary = (_, done) => done(null, { resource: { metadata: { id: "x" }, spec: { yamlSpec } } });
    const { talos } = await cluster({ state: { Get } });
    const got = talos.getResource({ namespace: "config", type: "MachineConfigs.config.talos.dev", id: "x" });
    if (code === undefined) expect((await got)?.yaml === yamlSpec).toBe(true);
    else expect((await failureOf(got)).code).toBe(code);
  });

  test("a configuration of 5 MiB is sent as UTF-8", async () => {
    const text = "ä".repeat(2.5 * 1024 * 1024);
    const seen: { request?: { data: Buffer; mode: string; dryRun: boolean; tryModeTimeout: unknown } } = {};
    const ApplyConfiguration = (call: ServerUnaryCall<never, object>, done: sendUnaryData<object>) => {
      seen.request = call.request;
      done(null, { messages: [{ mode: "TRY", warnings: ["old field"], modeDetails: "applied" }] });
    };
    const { talos } = await cluster({ machine: { ApplyConfiguration } });
    const answer = await talos.applyConfiguration({ text, mode: "try", dryRun: false, tryTimeout: 90_500 });
    expect(answer).toEqual({ mode: "try", warnings: ["old field"], details: "applied" });
    const { data, ...rest } = must(seen.request);
    expect(data.equals(Buffer.from(text))).toBe(true);
    expect(rest).toEqual({
      mode: "TRY",
      dryRun: false,
      tryModeTimeout: { seconds: "90", nanos: 500_000_000 },
    });
  });
});

describe("what machines say", () => {
  const big = "18446744073709551615";

  test("numbers of 64 bits are exact", async () => {
    const removed: unknown[] = [];
    const { talos } = await cluster({
      machine: {
        EtcdMemberList: (_: unknown, done: sendUnaryData<object>) =>
          done(null, { messages: [{ members: [{ id: big, hostname: "c0", peerUrls: ["https://c0"] }] }] }),
        EtcdStatus: (_: unknown, done: sendUnaryData<object>) =>
          done(null, { messages: [{ memberStatus: { memberId: big, raftIndex: "9007199254740993" } }] }),
        EtcdRemoveMemberByID: (call: ServerUnaryCall<never, object>, done: sendUnaryData<object>) => {
          removed.push(call.request);
          done(null, { messages: [{}] });
        },
      },
    });
    expect(await talos.etcdMembers()).toEqual([
      { id: big, hostname: "c0", peerUrls: ["https://c0"], isLearner: false },
    ]);
    expect(await talos.etcdStatus()).toEqual({
      memberId: big,
      leader: "0",
      raftIndex: "9007199254740993",
      isLearner: false,
      errors: [],
    });
    await talos.removeEtcdMember(big);
    expect(removed).toEqual([{ memberId: big }]);
  });

  test("of a service without health nothing is known", async () => {
    const services = [
      { id: "etcd", state: "Running", health: { healthy: true, lastMessage: "fine" } },
      { id: "ext-frr", state: "Running" },
    ];
    const { talos } = await cluster({
      machine: {
        ServiceList: (_: unknown, done: sendUnaryData<object>) => done(null, { messages: [{ services }] }),
      },
    });
    expect(await talos.services()).toEqual([
      { id: "etcd", state: "Running", healthy: true, unknown: false, message: "fine" },
      { id: "ext-frr", state: "Running", healthy: false, unknown: true, message: "" },
    ]);
  });

  test("a reset wipes what is named, or the system disk, and no other", async () => {
    const seen: unknown[] = [];
    const Reset = (call: ServerUnaryCall<never, object>, done: sendUnaryData<object>) => {
      seen.push(call.request);
      done(null, { messages: [{}] });
    };
    const { talos } = await cluster({ machine: { Reset } });
    await talos.reset({ graceful: true, reboot: false, partitions: ["STATE", "EPHEMERAL"] });
    await talos.reset({ graceful: false, reboot: true, partitions: [] });
    const systemPartitionsToWipe = ["STATE", "EPHEMERAL"].map((label) => ({ label, wipe: true }));
    const common = { userDisksToWipe: [], mode: "SYSTEM_DISK" };
    expect(seen).toEqual([
      { ...common, graceful: true, reboot: false, systemPartitionsToWipe },
      { ...common, graceful: false, reboot: true, systemPartitionsToWipe: [] },
    ]);
  });

  test("a snapshot comes in its pieces, and one that breaks off is an error", async () => {
    const setup: { network?: Network } = {};
    let breaks = false;
    const made = await cluster({
      machine: {
        EtcdSnapshot: (call: ServerWritableStream<never, object>) => {
          call.write({ bytes: Buffer.from("one") });
          if (breaks) setTimeout(() => setup.network?.cut(), 50);
          else {
            call.write({ bytes: Buffer.from("two") });
            call.end();
          }
        },
      },
    });
    setup.network = made.network;
    const read = async () => {
      const pieces: string[] = [];
      for await (const piece of made.talos.etcdSnapshot()) pieces.push(Buffer.from(piece).toString());
      return pieces;
    };
    expect(await read()).toEqual(["one", "two"]);
    breaks = true;
    expect(await failureOf(read())).toMatchObject({ code: "unavailable", operation: "EtcdSnapshot" });
  });
});

describe("what machines say of themselves", () => {
  const kubeconfig = (bytes: Uint8Array): Handlers => ({
    machine: {
      Kubeconfig: (call: ServerWritableStream<never, object>) => {
        // In two pieces, as large files come.
        call.write({ bytes: bytes.subarray(0, 20) });
        call.write({ bytes: bytes.subarray(20) });
        call.end();
      },
    },
  });

  test.each([
    [
      "that nobody closed, as Talos sends it",
      tarOf([["kubeconfig", "apiVersion: v1\n"]]).subarray(0, 512 + 15),
    ],
    ["that is closed", tarOf([["kubeconfig", "apiVersion: v1\n"]])],
    [
      "with another file before it",
      tarOf([
        ["other", "x".repeat(600)],
        ["kubeconfig", "apiVersion: v1\n"],
      ]),
    ],
  ])("a kubeconfig is taken out of an archive %s", async (_, tar) => {
    const { talos } = await cluster(kubeconfig(gzipSync(tar)));
    expect(await talos.kubeconfig()).toBe("apiVersion: v1\n");
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["no archive", Buffer.from("apiVersion: v1\nkind: Config\n")],
    ["half of one", gzipSync(tarOf([["kubeconfig", "x".repeat(600)]]).subarray(0, 700))],
    ["one that broke off", gzipSync(tarOf([["kubeconfig", "x"]])).subarray(0, 40)],
    ["one without the file", gzipSync(tarOf([["config", "x"]]))],
    ["one that is no tar", gzipSync(Buffer.alloc(2000, "z"))],
    ["one that fills the memory", gzipSync(Buffer.alloc(17 * 1024 * 1024))],
  ])("%s is no kubeconfig", async (_, bytes) => {
    const { talos } = await cluster(kubeconfig(bytes));
    expect(await failureOf(talos.kubeconfig())).toMatchObject({ code: "internal", operation: "Kubeconfig" });
  });

  test("an answer without a memory is an error, one without mounts has none", async () => {
    const Memory: Unary = (_, done) => done(null, { messages: [{}] });
    const Mounts: Unary = (_, done) => done(null, { messages: [{}] });
    const { talos } = await cluster({ machine: { Memory, Mounts } });
    expect(await failureOf(talos.memory())).toMatchObject({ code: "internal", operation: "Memory" });
    expect(await talos.mounts()).toEqual([]);
  });

  const told = (type: string, value: string | Uint8Array) => ({
    id: "1",
    actorId: "a",
    data: { type_url: type, value: Buffer.from(value) },
  });

  test("of events we give those by name that we cannot read", async () => {
    const Events = (call: ServerWritableStream<never, object>) => {
      call.write({ id: "0" });
      call.write(told("talos/runtime/machine.NewEvent", "anything"));
      call.write(told("talos/runtime/machine.TaskEvent", new Uint8Array([0xff])));
      call.write(told("talos/plugin/machine.TaskEvent", ""));
      // MachineStatusEvent.stage = 42
      call.write(told("talos/runtime/machine.MachineStatusEvent", new Uint8Array([0x08, 42])));
    };
    const { talos } = await cluster({ machine: { Events } });
    const end = new AbortController();
    const events: unknown[] = [];
    for await (const event of talos.events(end.signal)) {
      events.push(event);
      if (events.length === 5) end.abort();
    }
    expect(events).toEqual([
      { id: "0", actor: "", kind: "begun" },
      { id: "1", actor: "a", kind: "other", name: "machine.NewEvent" },
      { id: "1", actor: "a", kind: "other", name: "machine.TaskEvent" },
      { id: "1", actor: "a", kind: "other", name: "machine.TaskEvent" },
      { id: "1", actor: "a", kind: "machine-status", stage: "42", ready: false, unmetConditions: [] },
    ]);
    for await (const event of talos.events(end.signal)) expect.fail(event.kind);
  });

  test.each([
    ["ends by itself", (call) => void call.end(), "unavailable", "the machine ended the stream"],
    [
      "fails elsewhere",
      (call) => void call.write({ metadata: { hostname: "w1", error: "gone" } }),
      "internal",
      "gone",
    ],
  ] satisfies readonly (readonly [string, Stream, string, string])[])(
    "a stream of events that %s is an error",
    async (_, end, code, details) => {
      const { talos } = await cluster({ machine: { Events: end } });
      const events = talos.events(new AbortController().signal)[Symbol.asyncIterator]();
      expect(await failureOf(events.next())).toMatchObject({ code, operation: "Events", details });
    },
  );
});

/** An archive with these files. */
function tarOf(files: readonly (readonly [name: string, content: string])[]): Buffer {
  const blocks = files.flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    return [header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

describe("upgrades", () => {
  function upgrading(tag: string, exit: object | undefined) {
    const calls: unknown[] = [];
    const handlers: Handlers = {
      machine: {
        Version: (_: unknown, done: sendUnaryData<object>) =>
          done(null, { messages: [{ version: { tag } }] }),
        Upgrade: (call: ServerUnaryCall<never, object>, done: sendUnaryData<object>) => {
          calls.push(call.request);
          done(null, { messages: [{ ack: "begun" }] });
        },
      },
      image: {
        Pull: (call) => {
          calls.push(call.request);
          call.write({ pullProgress: { layerId: "a" } });
          call.write({ name: "factory/installer@sha256:1" });
          call.end();
        },
      },
      lifecycle: {
        Upgrade: (call) => {
          calls.push(call.request);
          call.write({ progress: { message: "writing" } });
          if (exit !== undefined) call.write({ progress: exit });
          call.end();
        },
      },
    };
    return { calls, handlers };
  }

  test("since 1.13 pull first, then install what was pulled", async () => {
    const { calls, handlers } = upgrading("v1.13.9", { exitCode: 0 });
    const { talos } = await cluster(handlers);
    const lines: string[] = [];
    await talos.upgrade({ image: "factory/installer:v1.14.1", onProgress: (line) => lines.push(line) });
    const containerd = { driver: "CONTAINERD", namespace: "NS_SYSTEM" };
    expect(calls).toEqual([
      { containerd, imageRef: "factory/installer:v1.14.1" },
      { containerd, source: { imageName: "factory/installer@sha256:1" } },
    ]);
    expect(lines).toEqual(["pulling factory/installer:v1.14.1", "writing"]);
  });

  test.each([
    [{ exitCode: 3 }, "with exit code 3: writing"],
    [undefined, "without saying how: writing"],
  ])("an installer that ends with %j failed", async (exit, words) => {
    const { handlers } = upgrading("v1.14.1", exit);
    const { talos } = await cluster(handlers);
    const failure = await failureOf(talos.upgrade({ image: "i" }));
    expect(failure).toMatchObject({ code: "internal", operation: "Upgrade", mayRepeat: false });
    expect(failure.details).toContain(words);
  });

  test("before 1.13 one call does all", async () => {
    const { calls, handlers } = upgrading("v1.12.11", undefined);
    const { talos } = await cluster(handlers);
    await talos.upgrade({ image: "i" });
    expect(calls).toEqual([
      { image: "i", preserve: true, stage: false, force: false, rebootMode: "DEFAULT" },
    ]);
  });
});

describe("resources", () => {
  const kind = { namespace: "runtime", type: "MachineStatuses.runtime.talos.dev" };
  const resource = (id: string) => ({
    metadata: { ...kind, id, version: "7" },
    spec: { yamlSpec: `stage: ${id}` },
  });
  const read = (id: string) => ({ ...kind, id, version: "7", yaml: `stage: ${id}` });

  test("one that is not there is none; all of a kind are listed", async () => {
    const { talos } = await cluster({
      state: {
        Get: (call: ServerUnaryCall<never, object>, done: sendUnaryData<object>) => {
          const { id } = call.request as { id: string };
          if (id === "machine") done(null, { resource: resource(id) });
          else done({ code: status.NOT_FOUND, details: "none" });
        },
        List: (call: ServerWritableStream<never, object>) => {
          for (const id of ["a", "b"]) call.write({ resource: resource(id) });
          call.end();
        },
      },
    });
    expect(await talos.getResource({ ...kind, id: "machine" })).toEqual(read("machine"));
    expect(await talos.getResource({ ...kind, id: "other" })).toBeUndefined();
    expect(await talos.listResources(kind)).toEqual([read("a"), read("b")]);
  });

  function watched(after: (call: ServerWritableStream<never, object>) => void) {
    const seen: { request?: unknown; cancelled?: boolean } = {};
    const Watch = (call: ServerWritableStream<never, object>) => {
      seen.request = call.request;
      call.on("cancelled", () => {
        seen.cancelled = true;
      });
      call.write({ event: [] });
      call.write({ event: [{ eventType: "CREATED", resource: resource("a") }, { eventType: "NOOP" }] });
      call.write({ event: [{ eventType: "BOOTSTRAPPED" }] });
      call.write({ event: [{ eventType: "ERRORED", error: "lost" }] });
      after(call);
    };
    return { seen, handlers: { state: { Watch } } };
  }

  const EVENTS: readonly ResourceEvent[] = [
    { kind: "created", resource: read("a") },
    { kind: "bootstrapped", resource: undefined },
    { kind: "errored", resource: undefined },
  ];

  test("a watch gives what is there and what changes, until the signal ends it", async () => {
    const { seen, handlers } = watched(() => {});
    const { talos } = await cluster(handlers);
    const end = new AbortController();
    const events: ResourceEvent[] = [];
    for await (const event of talos.watchResources(kind, end.signal)) {
      events.push(event);
      if (events.length === 3) end.abort();
    }
    expect(events).toEqual(EVENTS);
    expect(seen.request).toMatchObject({ ...kind, options: { bootstrapContents: true }, apiVersion: 1 });
    await expect.poll(() => seen.cancelled).toBe(true);
    for await (const event of talos.watchResources(kind, end.signal)) expect.fail(event.kind);
  });

  test("a reader who leaves ends the watch at the machine too", async () => {
    const { seen, handlers } = watched(() => {});
    const { talos } = await cluster(handlers);
    for await (const event of talos.watchResources(kind, new AbortController().signal)) {
      expect(event.kind).toBe("created");
      break;
    }
    await expect.poll(() => seen.cancelled).toBe(true);
  });

  const endings: readonly (readonly [string, Stream, string])[] = [
    ["ends", (call) => void call.end(), "unavailable"],
    ["cancels", (call) => void call.emit("error", { code: status.CANCELLED }), "unavailable"],
    ["forgets", () => {}, "deadline"],
  ];
  test.each(endings)("a watch that the machine %s by itself is an error", async (_, after, code) => {
    const { handlers } = watched(after);
    const { talos } = await cluster(handlers, { deadlines: { watch: 300 } });
    const events: ResourceEvent[] = [];
    const reading = async () => {
      for await (const event of talos.watchResources(kind, new AbortController().signal)) events.push(event);
    };
    expect((await failureOf(reading())).code).toBe(code);
    expect(events).toEqual(EVENTS);
  });
});

describe("maintenance mode", () => {
  test("a machine that nobody knows is spoken to by its key, and no other at its address afterwards", async () => {
    const first = await serverPair(await authority(), ["192.168.0.9"]);
    let applied = 0;
    const ApplyConfiguration: Unary = (_, done) => {
      applied++;
      done(null, { messages: [{ mode: "AUTO" }] });
    };
    const handlers = { machine: { Version: version, ApplyConfiguration } };
    const network = await new Network(await serve(first, handlers)).open();
    const { driver } = driverFor(network.port);
    const api = await driver.connectMaintenance({ machine: "w0", address: ADDRESS });
    ends.push(api.close);
    expect(await api.version()).toMatchObject({ tag: "v1.14.1" });
    expect(Buffer.from(api.fingerprint, "base64")).toHaveLength(32);

    network.leadTo(await serve(await serverPair(await authority(), ["192.168.0.9"]), handlers));
    // What is under way when the line is cut may fail by that; from then on it is the other machine that answers.
    let failure = await failureOf(api.applyConfiguration({ text: "secret", mode: "auto", dryRun: false }));
    for (let i = 0; i < 20 && failure.code === "unavailable"; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      failure = await failureOf(api.applyConfiguration({ text: "secret", mode: "auto", dryRun: false }));
    }
    expect(failure.code).toBe("untrusted");
    expect(applied).toBe(0);
    const again = await driver.connectMaintenance({ machine: "w0", address: ADDRESS });
    ends.push(again.close);
    expect(again.fingerprint).not.toBe(api.fingerprint);
  });

  test("a machine that asks for a client's certificate is in no maintenance mode", async () => {
    const ca = await authority();
    const { driver } = driverFor(await serve(await serverPair(ca), {}, ca.certificate));
    const failure = await failureOf(driver.connectMaintenance({ machine: "w0", address: ADDRESS }));
    expect(failure).toMatchObject({ code: "untrusted", operation: "first contact" });
    expect(failure.details).toContain("asks for a client's certificate");
  });

  test("a machine in maintenance mode is not taken for one of the cluster", async () => {
    const handlers = { machine: { Version: version } };
    const { api } = driverFor(await serve(await serverPair(await authority()), handlers));
    expect((await failureOf(api(await clientOf(await authority())).version())).code).toBe("untrusted");
  });

  test("what says nothing, or no TLS, or is not there is no machine", async () => {
    const tcp = async (answer: (socket: Socket) => void) => {
      const server = createServer((socket) => {
        ends.push(() => socket.destroy());
        socket.on("error", () => {});
        answer(socket);
      });
      ends.push(() => server.close());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : 0;
    };
    const contact = async (port: number) => {
      const { driver } = driverFor(port, { deadlines: { read: 300 } });
      return (await failureOf(driver.connectMaintenance({ machine: "w0", address: ADDRESS }))).code;
    };
    expect(await contact(await tcp(() => {}))).toBe("deadline");
    expect(await contact(await tcp((socket) => void socket.write("SSH-2.0-OpenSSH_9.2\r\n")))).toBe(
      "untrusted",
    );
    expect(await contact(await tcp((socket) => void socket.destroy()))).toBe("unavailable");
    expect(await contact(1)).toBe("unavailable");
  });
});
