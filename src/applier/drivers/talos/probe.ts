import type { X509Certificate } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";
import { TalosError } from "../../talos-api.ts";
import { type CallPlace, mistrustOf } from "./status.ts";

/** The beginning of HTTP/2 and an empty frame of settings (RFC 9113, section 3.4). */
const GREETING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/**
 * Looks at the certificate of whoever answers, without believing it.
 *
 * In TLS 1.3 a client learns only after its own part is done that the server wanted a certificate of it. So the server
 * is greeted, and its own greeting says that it takes us without one.
 *
 * @param target `host:port`
 * @throws TalosError where nothing answers in time, or what answers is no machine in maintenance mode
 */
export function probeCertificate(target: string, limit: number, at: CallPlace): Promise<X509Certificate> {
  const { host, port } = hostAndPort(target);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
      minVersion: "TLSv1.3",
    });
    const timer = setTimeout(() => fail(new TalosError("deadline", at, "no answer in time")), limit);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
    };
    const fail = (error: TalosError) => {
      end();
      reject(error);
    };
    socket.once("secureConnect", () => socket.write(GREETING));
    socket.once("data", () => {
      const leaf = leafOf(socket);
      if (leaf === undefined)
        return fail(new TalosError("untrusted", at, "what answers does not speak Talos' API"));
      end();
      resolve(leaf);
    });
    // Listens to the end: what comes after the first error must not end the process.
    socket.on("error", (error) => {
      const mistrust = mistrustOf(error.message);
      const code = mistrust === undefined ? "unavailable" : "untrusted";
      fail(new TalosError(code, at, mistrust ?? error.message));
    });
    socket.once("close", () => fail(new TalosError("unavailable", at, "the connection was closed at once")));
  });
}

function leafOf(socket: TLSSocket): X509Certificate | undefined {
  return socket.alpnProtocol === "h2" ? socket.getPeerX509Certificate() : undefined;
}

function hostAndPort(target: string): { readonly host: string; readonly port: number } {
  const colon = target.lastIndexOf(":");
  return { host: target.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(target.slice(colon + 1)) };
}
