import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { PowerError } from "../applier/power.ts";
import { isMapping } from "../core/mapping.ts";
import { readFaults } from "./faults.ts";
import { putBudget, readBudget, removeBudget } from "./kubernetes/budgets.ts";
import type { Lab } from "./lab.ts";
import type { Machine } from "./machine.ts";
import { act, POWER_ACTIONS } from "./power.ts";

/** The lab's own control: what an operator of it and a BMC's network can do. */
export interface ControlServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const MAX_BODY = 65_536;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Serves `GET /machines`, `POST /machines/SERIAL/power/ACTION`, `POST /machines/SERIAL/faults` and `POST /clock` on
 * 127.0.0.1 alone; and for a cluster whose Kubernetes has served, by its name in the configurations,
 * `POST /clusters/NAME/budgets` with a disruption budget
 * (`{"namespace": "default", "name": "web", "labels": {"app": "web"}, "minAvailable": 2}`), and
 * `DELETE /clusters/NAME/budgets/NAMESPACE/BUDGET`.
 *
 * @param port 0: any that is free
 */
export function serveControl(lab: Lab, port: number): Promise<ControlServer> {
  const server = createServer((request, response) => {
    answerTo(lab, request).then(
      (answer) => write(response, answer),
      (error: unknown) => write(response, failure(error)),
    );
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      resolve({
        url: `http://127.0.0.1:${bound}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function answerTo(lab: Lab, request: IncomingMessage): Promise<Answer> {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  const [root, serial = "", what, action, more] = pathname.split("/").slice(1).map(decodeURIComponent);
  // Pages of a browser on this machine can post here too, but not without telling where they come from.
  if (request.headers.origin !== undefined) return { status: 403, body: { error: "not for browsers" } };
  if (request.method === "GET" && root === "machines" && serial === "") {
    return { status: 200, body: [...lab.fleet.machines.values()].map(describe) };
  }
  const machine = lab.fleet.machines.get(serial);
  if (root === "machines" && machine !== undefined) {
    if (request.method === "GET" && what === undefined) return { status: 200, body: describe(machine) };
    if (request.method === "POST" && what === "power") return power(machine, action);
    if (request.method === "POST" && what === "faults") return faults(lab, machine, await bodyOf(request));
  }
  if (root === "clusters" && what === "budgets") return budgets(lab, serial, request, [action, more]);
  if (request.method === "POST" && root === "clock") return clock(lab, await bodyOf(request));
  return { status: 404, body: { error: "there is no such thing" } };
}

async function power(machine: Machine, action: string | undefined): Promise<Answer> {
  const known = POWER_ACTIONS.find((name) => name === action);
  if (known === undefined) return { status: 400, body: { error: `actions are ${POWER_ACTIONS.join(", ")}` } };
  await act(machine, known);
  return { status: 200, body: describe(machine) };
}

function faults(lab: Lab, machine: Machine, body: unknown): Answer {
  const read = readFaults(body);
  if (typeof read === "string") return { status: 400, body: { error: read } };
  lab.fleet.setFaults(machine, read);
  return { status: 200, body: describe(machine) };
}

async function budgets(
  lab: Lab,
  cluster: string,
  request: IncomingMessage,
  [namespace, name = ""]: readonly (string | undefined)[],
): Promise<Answer> {
  const state = lab.kubernetes.named(cluster);
  if (state === undefined)
    return { status: 404, body: { error: "no Kubernetes of this name has served yet" } };
  if (request.method === "POST" && namespace === undefined) {
    const read = readBudget(await bodyOf(request));
    if (typeof read === "string") return { status: 400, body: { error: read } };
    putBudget(state, read);
    return { status: 200, body: read };
  }
  if (request.method === "DELETE" && namespace !== undefined && removeBudget(state, { namespace, name })) {
    return { status: 200, body: { namespace, name } };
  }
  return { status: 404, body: { error: "there is no such thing" } };
}

function clock(lab: Lab, body: unknown): Answer {
  const { advance, speed } = isMapping(body) ? body : {};
  if (typeof speed === "number" && speed >= 0) lab.clock.run(speed);
  if (typeof advance === "number" && advance >= 0) lab.clock.advance(advance);
  return { status: 200, body: { now: new Date(lab.clock.now()).toISOString() } };
}

function describe(machine: Machine): object {
  const { spec, power: state, stage, api, running, bootId, faults: set } = machine;
  const { name, serial, uuid, loopback, bootstrap } = spec;
  const bmc = set.bmcDown ? "down" : "up";
  return {
    name,
    serial,
    uuid,
    loopback,
    bootstrap,
    power: state,
    bmc,
    stage,
    api,
    talos: running?.talos,
    bootId,
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY) throw new SyntaxError("the body is too long");
  }
  return text === "" ? {} : (JSON.parse(text) as unknown);
}

function failure(error: unknown): Answer {
  if (error instanceof PowerError) return { status: 504, body: { error: error.message } };
  if (error instanceof SyntaxError) return { status: 400, body: { error: error.message } };
  return { status: 500, body: { error: String(error) } };
}

function write(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
