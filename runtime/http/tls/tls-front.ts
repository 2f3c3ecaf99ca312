import type { Socket } from "node:net";
import type { SecureContext, Server, TLSSocket } from "node:tls";
import type { Wheel } from "../../telemetry/wheel.ts";
import { serverNameOf } from "../connection-info.ts";
import type { Certificate, TlsTermination } from "../inbound.ts";
import { faultDetail } from "./fault-detail.ts";
import { createHandshakes, type Handshakes } from "./handshakes.ts";
import { nodeTls } from "./node-tls.ts";
import { secureContextOf, tlsOptions } from "./secure-contexts.ts";

export type SecureProtocol = "h2" | "http/1.1";

/** Terminates TLS on connections that a listener has accepted. */
export interface TlsFront {
  /** A connection of which nothing was read. Its end is the end of the secure socket, and the other way round. */
  accept(socket: Socket): void;
  /** Cuts the connections whose handshake is not complete; the others are their reader's. */
  drain(): void;
  close(): void;
  /** Handshakes that run. */
  readonly handshakes: number;
}

export interface TlsFrontOptions {
  readonly termination: TlsTermination;
  readonly wheel: Wheel;
  /** Milliseconds. */
  readonly handshakeTimeout: number;
  /** Handshakes that may run at one time. */
  readonly handshakes?: number;
  /** Takes a connection after its handshake. Whoever reads it listens for its errors. */
  readonly ready: (socket: TLSSocket, protocol: SecureProtocol) => void;
  /** A handshake that failed for more than a client that left. The socket is closed next. */
  readonly failed: (detail: string, socket: Socket) => void;
}

const HANDSHAKES = 1_024;

/** TLS 1.2 and 1.3, ALPN for HTTP/2 and HTTP/1.1, the certificate by the name that the client asks for. */
export function createTlsFront(options: TlsFrontOptions): TlsFront {
  return new TerminatingFront(options);
}

class TerminatingFront implements TlsFront {
  readonly #options: TlsFrontOptions;
  readonly #handshakes: Handshakes;
  readonly #server: Server;
  /** What clients are shown that name no host. */
  #unnamed: Certificate | undefined = undefined;

  constructor(options: TlsFrontOptions) {
    this.#options = options;
    this.#handshakes = createHandshakes({
      wheel: options.wheel,
      timeout: options.handshakeTimeout,
      most: options.handshakes ?? HANDSHAKES,
      expired: (socket) => options.failed("tls_timeout", socket),
    });
    // It never listens: connections come by `accept`, as Node provides for (the event 'connection' of tls.Server).
    this.#server = nodeTls().createServer({
      ...tlsOptions(undefined),
      ALPNProtocols: ["h2", "http/1.1"],
      SNICallback: (name, chosen) => this.#choose(name, chosen),
    });
    this.#server.on("secureConnection", (socket) => this.#secured(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#failed(error, socket));
  }

  get handshakes(): number {
    return this.#handshakes.count;
  }

  accept(socket: Socket): void {
    const unnamed = this.#options.termination.certificateFor(undefined);
    if (unnamed !== this.#unnamed) {
      this.#unnamed = unnamed;
      this.#server.setSecureContext(tlsOptions(unnamed));
    }
    this.#handshakes.begin(socket);
    socket.once("close", () => this.#handshakes.end(socket));
    this.#server.emit("connection", socket);
  }

  drain(): void {
    this.#handshakes.cut();
  }

  close(): void {
    this.drain();
  }

  /** An exception here would end the process (CVE-2026-21637). */
  #choose(name: string, chosen: (error: Error | null, context?: SecureContext) => void): void {
    try {
      const certificate = this.#options.termination.certificateFor(serverNameOf(name));
      // A context without a certificate would leave the one for clients that name no host in place.
      if (certificate === undefined) chosen(new UnknownName("no certificate for this name"));
      else chosen(null, secureContextOf(certificate));
    } catch (error) {
      chosen(error as Error);
    }
  }

  #secured(socket: TLSSocket): void {
    if (!this.#handshakes.end(carrierOf(socket))) {
      socket.destroy();
      return;
    }
    socket.on("error", ignore);
    this.#options.ready(socket, socket.alpnProtocol === "h2" ? "h2" : "http/1.1");
  }

  #failed(error: Error & { code?: string }, socket: TLSSocket): void {
    const carrier = carrierOf(socket);
    const detail = faultDetail(error.code);
    if (this.#handshakes.end(carrier) && detail !== undefined) this.#options.failed(detail, carrier);
    socket.destroy();
  }
}

/** The accepted socket under a secure one. */
function carrierOf(socket: TLSSocket): Socket {
  return (socket as TLSSocket & { _parent: Socket })._parent;
}

class UnknownName extends Error {
  readonly code = "UNKNOWN_NAME";
}

function ignore(): void {}
