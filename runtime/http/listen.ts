import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { connectionOf } from "./connection-info.ts";
import { createH1Front, type H1Front, sharedWheel } from "./h1/server/h1-front.ts";
import { createH2Front, type H2Front } from "./h2/h2-front.ts";
import { INBOUND_LIMITS, type Inbound, type Listen, type TlsTermination } from "./inbound.ts";
import { createTlsFront, type TlsFront } from "./tls/tls-front.ts";

interface Secured {
  readonly termination: TlsTermination;
  readonly front: TlsFront;
}

/** Listens for HTTP/1.1 and HTTP/2: in clear text by prior knowledge, with TLS as ALPN says (RFC 9113 3.2, 3.3). */
export const listenHttp: Listen = async (options) => {
  const listener = new Listener(options);
  await listener.open();
  return listener;
};

class Listener implements Inbound {
  readonly #server: Server;
  readonly #options: Parameters<Listen>[0];
  readonly #most: number;
  readonly #h1: H1Front;
  readonly #h2: H2Front;
  #secured: Secured | undefined = undefined;
  /** Whatever ends with the listener. */
  readonly #fronts: { drain(): void; close(): void }[];
  readonly #closed = Promise.withResolvers<void>();
  #draining = false;
  /** Connections that wait; undefined once nobody has to. */
  #held: Socket[] | undefined;
  #address: AddressInfo = { address: "", family: "", port: 0 };
  connections = 0;
  readonly #leave = () => {
    this.connections -= 1;
    this.#settle();
  };

  constructor(options: Parameters<Listen>[0]) {
    const { handlers, limits, tls, held = false } = options;
    this.#options = options;
    if (held) this.#held = [];
    this.#most = limits?.connections ?? INBOUND_LIMITS.connections;
    this.#h2 = createH2Front(handlers, limits);
    this.#h1 = createH1Front({ ...options, http2: (socket) => this.#h2.accept(this.#count(socket)) });
    this.#fronts = [this.#h1, this.#h2];
    this.secure(tls);
    this.#server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true });
    this.#server.on("connection", (socket) => this.#accept(socket));
  }

  get address(): string {
    return this.#address.address;
  }

  get port(): number {
    return this.#address.port;
  }

  open(): Promise<void> {
    const { host, port, reusePort = false } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port, reusePort }, () => {
        this.#server.off("error", reject);
        // A connection that could not be accepted (ECONNABORTED, ENOBUFS ...) costs itself alone.
        this.#server.on("error", (error) => this.#options.handlers.failed?.(error));
        this.#address = this.#server.address() as AddressInfo;
        resolve();
      });
    });
  }

  secure(tls: TlsTermination | undefined): void {
    if (tls === this.#secured?.termination) return;
    this.#secured = tls === undefined ? undefined : this.#terminate(tls);
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const socket of held) this.#serve(socket);
  }

  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#server.close();
    for (const socket of this.#held ?? []) socket.destroy();
    this.#held = undefined;
    for (const front of this.#fronts) front.drain();
    this.#settle();
  }

  close(): Promise<void> {
    this.drain();
    for (const front of this.#fronts) front.close();
    return this.#closed.promise;
  }

  #accept(socket: Socket): void {
    if (this.connections >= this.#most || this.#draining) {
      socket.destroy();
      return;
    }
    this.#count(socket);
    if (this.#held === undefined) this.#serve(socket);
    else this.#held.push(socket);
  }

  /** A client that has reset its connection meanwhile has no address any more, by which filters refuse. */
  #serve(socket: Socket): void {
    if (socket.remoteAddress === undefined) socket.destroy();
    else if (this.#secured === undefined) this.#h1.accept(socket);
    else this.#secured.front.accept(socket);
  }

  /** Its HTTP/1.1 takes no HTTP/2 by prior knowledge: over TLS a client asks for that in the handshake. */
  #terminate(termination: TlsTermination): Secured {
    const { handlers, limits, wheel = sharedWheel() } = this.#options;
    const h1 = createH1Front(this.#options);
    const front = createTlsFront({
      termination,
      wheel,
      handshakeTimeout: limits?.headersTimeout ?? INBOUND_LIMITS.headersTimeout,
      ready: (socket, protocol) => {
        if (protocol === "h2") this.#h2.accept(socket, "https");
        else h1.accept(socket, "https");
      },
      failed: (detail, socket) =>
        handlers.refused({ status: 0, detail, connection: connectionOf(socket, "TLS"), method: "", target: "" }),
    });
    this.#fronts.push(front, h1);
    return { termination, front };
  }

  #count(socket: Socket): Socket {
    this.connections += 1;
    return socket.once("close", this.#leave);
  }

  #settle(): void {
    if (this.#draining && this.connections === 0) this.#closed.resolve();
  }
}
