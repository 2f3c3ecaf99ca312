import { createServer } from "node:net";
import type { Listener, Snapshot } from "../../config/snapshot.ts";
import { listenFailed } from "../sockets.ts";

/**
 * The ports of a fleet. Threads that share a port share it with every process of the same user too, so each new one is
 * tried alone first; and a port that the system chooses is chosen once, for all threads.
 */
export class Ports {
  /** Of listeners with port 0, by name. */
  #chosen = new Map<string, number>();
  /** Places that the fleet listens on. */
  #held: ReadonlySet<string> = new Set();

  /** The snapshot with the ports that threads listen on. Throws LISTEN_FAILED. */
  async settle(snapshot: Snapshot): Promise<Snapshot> {
    const chosen = new Map(this.#chosen);
    const tried = new Set(this.#held);
    const listeners: Listener[] = [];
    for (const listener of snapshot.listeners) {
      const port = listener.port === 0 ? (chosen.get(listener.name) ?? 0) : listener.port;
      const place = `${listener.address}:${port}`;
      const found = tried.has(place) ? port : await tryPort(listener, port);
      if (listener.port === 0) chosen.set(listener.name, found);
      tried.add(`${listener.address}:${found}`);
      listeners.push({ ...listener, port: found });
    }
    this.#chosen = chosen;
    return { ...snapshot, listeners };
  }

  /** Every thread listens on the ports of this snapshot now, and on no other. */
  hold({ listeners }: Snapshot): void {
    this.#held = new Set(listeners.map(({ address, port }) => `${address}:${port}`));
    const names = new Set(listeners.map(({ name }) => name));
    this.#chosen = new Map([...this.#chosen].filter(([name]) => names.has(name)));
  }
}

/** Listens for a moment, without sharing. */
function tryPort(listener: Listener, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenFailed(listener, cause)));
    server.listen({ host: listener.address, port }, () => {
      const address = server.address();
      const found = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(found));
    });
  });
}

/** Whether threads can share a port here. */
export function canSharePorts(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port: 0, reusePort: true }, () => server.close(() => resolve(true)));
  });
}
