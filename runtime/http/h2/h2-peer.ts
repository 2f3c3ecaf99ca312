import type { ClientHttp2Session } from "node:http2";
import type { OutboundLimits } from "../outbound.ts";
import { ERROR_CODES } from "./frame-codes.ts";
import { type BudgetBreach, createSessionBudget } from "./session-budget.ts";

/** Streams that a connection carries before another is opened, whatever the endpoint would allow. */
const MAX_STREAMS = 100;

/** One HTTP/2 connection to an endpoint. */
export interface H2Peer {
  readonly session: ClientHttp2Session;
  /** Whether it takes new requests. */
  readonly usable: boolean;
  readonly active: number;
  readonly capacity: number;
  /** Whether its SETTINGS have come: from then on what exceeds the limit waits instead of being refused. */
  readonly settled: boolean;
  /** Whether the connection was made. */
  readonly connected: boolean;
  /** Whether the endpoint has said that it did not process this stream (RFC 9113 6.8). */
  disowned(streamId: number): boolean;
  /** Why the session broke, where it did. */
  readonly error: (Error & { code?: string }) | undefined;
  /** A piece of a body has come or gone: an endpoint may measure the connection by it. */
  moved(bytes: number): void;
  acquired(): void;
  released(): void;
  /** Waits for the calls that run. */
  close(): Promise<void>;
  destroy(): Promise<void>;
}

export interface H2PeerOptions {
  readonly session: ClientHttp2Session;
  readonly limits: OutboundLimits;
  /** What other connections have learned; this one has its own SETTINGS still to come. */
  readonly capacity?: number | undefined;
  readonly learned: (capacity: number) => void;
  readonly gone: () => void;
}

export function createH2Peer(options: H2PeerOptions): H2Peer {
  return new SessionPeer(options);
}

class SessionPeer implements H2Peer {
  readonly session: ClientHttp2Session;
  readonly #limits: OutboundLimits;
  readonly #closed: Promise<void>;
  active = 0;
  connected = false;
  error: (Error & { code?: string }) | undefined = undefined;
  #leaving = false;
  #lastStream = Number.POSITIVE_INFINITY;
  settled = false;
  capacity: number;
  #timer: NodeJS.Timeout | undefined = undefined;
  readonly #budget = createSessionBudget(() => performance.now());

  constructor({ session, limits, capacity = MAX_STREAMS, learned, gone }: H2PeerOptions) {
    this.session = session;
    this.capacity = capacity;
    this.#limits = limits;
    this.#arm(limits.connectTimeout, () => session.destroy(connectTimeout(limits.connectTimeout)));
    session.once("connect", () => this.#connected());
    session.on("ping", () => this.#judge(this.#budget.ping()));
    session.on("remoteSettings", (settings) => {
      this.#judge(this.#budget.settings());
      this.settled = true;
      this.capacity = Math.min(MAX_STREAMS, settings.maxConcurrentStreams ?? MAX_STREAMS);
      learned(this.capacity);
    });
    session.on("goaway", (_code, lastStream) => {
      this.#leaving = true;
      this.#lastStream = lastStream;
    });
    session.on("error", (error) => {
      this.error ??= error;
    });
    session.on("frameError", () => {});
    this.#closed = new Promise((resolve) => {
      session.once("close", () => {
        clearTimeout(this.#timer);
        gone();
        resolve();
      });
    });
  }

  get usable(): boolean {
    return !this.#leaving && !this.session.closed && !this.session.destroyed;
  }

  disowned(streamId: number): boolean {
    return streamId > this.#lastStream;
  }

  moved(bytes: number): void {
    this.#budget.sent(bytes);
  }

  acquired(): void {
    this.active += 1;
    if (this.connected) clearTimeout(this.#timer);
  }

  released(): void {
    this.active -= 1;
    if (this.active > 0 || !this.connected) return;
    this.#arm(this.#limits.keepAliveTimeout, () => this.session.close());
  }

  close(): Promise<void> {
    this.#leaving = true;
    if (!this.session.destroyed) this.session.close();
    return this.#closed;
  }

  destroy(): Promise<void> {
    this.#leaving = true;
    if (!this.session.destroyed) this.session.destroy();
    return this.#closed;
  }

  /** A flood of control frames is no HTTP: the connection goes, with all that runs on it (reliability.md D19). */
  #judge(breach: BudgetBreach | undefined): void {
    if (breach === undefined || this.session.destroyed) return;
    this.error ??= Object.assign(new Error(`the endpoint sent too many control frames (${breach})`), {
      code: "ERR_HTTP2_ERROR",
    });
    this.session.destroy(this.error, ERROR_CODES.ENHANCE_YOUR_CALM);
  }

  #connected(): void {
    this.connected = true;
    clearTimeout(this.#timer);
    if (this.active === 0) this.#arm(this.#limits.keepAliveTimeout, () => this.session.close());
  }

  #arm(milliseconds: number, fire: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(fire, milliseconds).unref();
  }
}

function connectTimeout(milliseconds: number): Error {
  return Object.assign(new Error(`no connection within ${milliseconds} ms`), { code: "ETIMEDOUT" });
}
