import { createServer, type Socket } from "node:net";

/** One address that is listened at. */
export interface Front {
  /** Resolves when it is open, or closed again before. */
  readonly open: Promise<void>;
  readonly close: () => void;
}

/** Listens, and gives every connection on. */
export function openFront(host: string, port: number, accept: (socket: Socket) => void): Front {
  const listener = createServer((socket) => {
    // A client that goes away in the middle is nobody's mistake.
    socket.on("error", () => socket.destroy());
    accept(socket);
  });
  const open = new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.once("close", resolve);
    listener.listen({ host, port }, resolve);
  });
  return { open, close: () => void listener.close() };
}
