import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { createH1Front, type H1Front } from "../../../runtime/http/h1/server/h1-front.ts";
import type { Inbound, Listen } from "../../../runtime/http/inbound.ts";

/** Hears one connection. */
export interface WireReader {
  received(text: string): void;
  closed(): void;
}

/** The client's end of one connection; text is a character per byte. */
export interface Wire {
  write(text: string): void;
  /** Nothing more will be written. */
  end(): void;
  destroy(): void;
}

export type OpenWire = (reader: WireReader) => Wire;

/** Over the loopback interface, with all that the system does. */
export function tcpWire(port: number): OpenWire {
  return (reader) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    socket.on("data", (bytes) => reader.received(bytes.toString("latin1")));
    socket.on("end", () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => reader.closed());
    return {
      write: (text) => void socket.write(text, "latin1"),
      end: () => void socket.end(),
      destroy: () => void socket.destroy(),
    };
  };
}

/** A listener without a socket: the same connections, over streams in memory. What is written arrives in a later turn. */
export function memoryListener(): { readonly listen: Listen; readonly open: OpenWire } {
  let front: H1Front | undefined;
  const listen: Listen = async ({ handlers, limits, clock, wheel }) => {
    const opened = createH1Front({ handlers, limits, clock, wheel });
    front = opened;
    const inbound: Inbound = {
      ...{ address: "127.0.0.1", port: 1, secure: () => {}, release: () => {} },
      get connections() {
        return opened.connections;
      },
      drain: () => opened.drain(),
      close: async () => opened.close(),
    };
    return inbound;
  };
  const open: OpenWire = (reader) => {
    const served = new ServedEnd(reader);
    front?.accept(served as unknown as Socket);
    return served.client;
  };
  return { listen, open };
}

/** The proxy's end, as much of a socket as it asks for. */
class ServedEnd extends Duplex {
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort = 50_000;
  readonly localAddress = "127.0.0.1";
  readonly localPort = 80;
  readonly client: Wire;
  readonly #reader: WireReader;
  #toClient = "";
  readonly #toServer: (string | null)[] = [];
  #due = false;
  #left = false;

  constructor(reader: WireReader) {
    super({ decodeStrings: false, allowHalfOpen: true });
    this.#reader = reader;
    this.client = {
      write: (text) => this.#post(text),
      end: () => this.#post(null),
      destroy: () => {
        this.#left = true;
        this.destroy();
      },
    };
  }

  resetAndDestroy(): this {
    return this.destroy();
  }

  override _read(): void {}

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.#toClient +=
      typeof chunk === "string" ? Buffer.from(chunk, encoding).toString("latin1") : chunk.toString("latin1");
    this.#turn();
    done();
  }

  override _final(done: () => void): void {
    this.#turn();
    done();
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.#turn();
    done();
  }

  #post(text: string | null): void {
    this.#toServer.push(text);
    this.#turn();
  }

  #turn(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    this.#due = false;
    const text = this.#toClient;
    this.#toClient = "";
    if (text !== "" && !this.#left) this.#reader.received(text);
    for (const piece of this.#toServer.splice(0)) {
      if (!this.destroyed) this.push(piece === null ? null : Buffer.from(piece, "latin1"));
    }
    // A client that hears the end closes too.
    if ((!this.destroyed && !this.writableFinished) || this.#toClient !== "") return;
    this.destroy();
    if (this.#left) return;
    this.#left = true;
    this.#reader.closed();
  }
}
