import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { connectionOf } from "./connection-info.ts";
import { createH1Front, type H1Front, sharedWheel } from "./h1/server/h1-front.ts";
import { createH2Front, type H2Front } from "./h2/h2-front.ts";
import { INBOUND_LIMITS, type Inbound, type Listen, type TlsTermination } from "./inbound.ts";
import { createTlsFront, type TlsFront } from "./tls/tls-front.ts";

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
  readonly #tls: TlsFront | undefined;
  readonly #closed = Promise.withResolvers<void>();
  #draining = false;
  #address: AddressInfo = { address: "", family: "", port: 0 };
  connections = 0;
  readonly #leave = () => {
    this.connections -= 1;
    this.#settle();
  };

  constructor(options: Parameters<Listen>[0]) {
    const { handlers, limits, clock, wheel, tls } = options;
    this.#options = options;
    this.#most = limits?.connections ?? INBOUND_LIMITS.connections;
    this.#h2 = createH2Front(handlers, limits);
    this.#h1 = createH1Front({
      handlers,
      limits,
      clock,
      wheel,
      http2: tls === undefined ? (socket) => this.#h2.accept(this.#count(socket)) : undefined,
    });
    this.#tls = tls === undefined ? undefined : this.#secure(tls);
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
        this.#address = this.#server.address() as AddressInfo;
        resolve();
      });
    });
  }

  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#server.close();
    this.#h1.drain();
    this.#h2.drain();
    this.#settle();
  }

  close(): Promise<void> {
    this.drain();
    this.#tls?.close();
    this.#h1.close();
    this.#h2.close();
    return this.#closed.promise;
  }

  #accept(socket: Socket): void {
    if (this.connections >= this.#most || this.#draining) {
      socket.destroy();
      return;
    }
    if (this.#tls === undefined) this.#count(this.#h1.accept(socket));
    else this.#tls.accept(this.#count(socket));
  }

  #secure(termination: TlsTermination): TlsFront {
    const { handlers, limits, wheel = sharedWheel() } = this.#options;
    return createTlsFront({
      termination,
      wheel,
      handshakeTimeout: limits?.headersTimeout ?? INBOUND_LIMITS.headersTimeout,
      ready: (socket, protocol) => {
        if (protocol === "h2") this.#h2.accept(socket, "https");
        else this.#h1.accept(socket, "https");
      },
      failed: (detail, socket) =>
        handlers.refused({ status: 0, detail, connection: connectionOf(socket, "TLS"), method: "", target: "" }),
    });
  }

  #count(socket: Socket): Socket {
    this.connections += 1;
    return socket.once("close", this.#leave);
  }

  #settle(): void {
    if (this.#draining && this.connections === 0) this.#closed.resolve();
  }
}
