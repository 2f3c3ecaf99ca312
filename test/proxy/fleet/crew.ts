import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Snapshot } from "../../../runtime/config/snapshot.ts";
import { createFleet, type Fleet } from "../../../runtime/proxy/fleet/fleet.ts";
import { LISTENER } from "../fixture.ts";

export interface Event {
  readonly level: string;
  readonly message: string;
  readonly details: Record<string, unknown>;
  /** Monotonic milliseconds. */
  readonly at: number;
}

export interface Crew {
  readonly fleet: Fleet;
  readonly events: Event[];
  readonly lines: string[];
  url(): string;
  /** Resolves once there is such an event. */
  event(message: RegExp): Promise<Event>;
}

export async function startCrew(t: TestContext, workers: number, snapshot?: Snapshot): Promise<Crew> {
  const events: Event[] = [];
  const lines: string[] = [];
  const fleet = await createFleet({
    ...{ workers, admin: { port: 0 } },
    logger: {
      log: (level, message, details = {}) => void events.push({ level, message, details, at: performance.now() }),
    },
    accessLog: { write: (text) => void lines.push(...text.trimEnd().split("\n")) },
  });
  t.after(() => fleet.close());
  if (snapshot !== undefined) await fleet.apply(snapshot);
  return {
    ...{ fleet, events, lines },
    url: () => `http://127.0.0.1:${fleet.address(LISTENER).port}`,
    async event(message) {
      for (;;) {
        const found = events.find((event) => message.test(event.message));
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

export async function backend(t: TestContext, answer: RequestListener = (_, response) => void response.end("ok")) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export function callers(t: TestContext, port: number, count: number): Caller[] {
  const made = Array.from({ length: count }, () => new Caller(port));
  t.after(() => {
    for (const { socket } of made) socket.destroy();
  });
  return made;
}

/** A keep-alive connection that asks one thing after another; which worker has it is the system's choice. */
export class Caller {
  readonly socket: Socket;
  #waiting: ((status: number) => void) | undefined = undefined;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
    this.socket.on("close", () => this.#answer(0));
    let text = "";
    this.socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const head = /^HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n/.exec(text);
      const length = Number(/content-length: (\d+)/i.exec(head?.[0] ?? "")?.[1] ?? 0);
      if (head === null || text.length < head[0].length + length) return;
      text = "";
      this.#answer(Number(head[1]));
    });
  }

  /** The status; 0 when the connection breaks. */
  ask(fields = "", path = "/"): Promise<number> {
    if (this.socket.destroyed) return Promise.resolve(0);
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.socket.write(`GET ${path} HTTP/1.1\r\nhost: shop.test\r\n${fields}\r\n`);
    });
  }

  #answer(status: number): void {
    this.#waiting?.(status);
    this.#waiting = undefined;
  }
}
