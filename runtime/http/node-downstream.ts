import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { BodySink, BodySource, Downstream } from "./exchange.ts";
import { type FieldList, fieldList } from "./fields.ts";
import { stripTrailers } from "./hop-by-hop.ts";

/** How long a client may go on sending a body that nobody reads before its connection is closed, in milliseconds. */
const LINGER = 1_000;

interface NodeDownstreamOptions {
  request: IncomingMessage;
  response: ServerResponse;
  takesTrailers: boolean;
  expectsContinue: boolean;
  /** Milliseconds; 0 is off. */
  stallTimeout: number;
  /** Whether the connection should end with this response. */
  closing: () => boolean;
}

export function createNodeDownstream(options: NodeDownstreamOptions): Downstream {
  return new NodeDownstream(options);
}

class NodeDownstream implements Downstream {
  readonly body: BodySource;
  readonly expectsContinue: boolean;
  readonly takesTrailers: boolean;
  readonly takesFrames = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: NodeDownstreamOptions;
  #written = false;
  #watching = false;

  constructor(options: NodeDownstreamOptions) {
    this.#options = options;
    this.#request = options.request;
    this.#response = options.response;
    this.expectsContinue = options.expectsContinue;
    this.takesTrailers = options.takesTrailers;
    this.body = createBodySource(options.request);
  }

  informational(status: number, fields: FieldList | undefined): void {
    if (this.#request.httpVersion !== "1.1") return;
    if (status === 100) this.#response.writeContinue();
    else this.#response.socket?.write(interimHead(status, fields), "latin1");
  }

  head(status: number, fields: FieldList, hasBody: boolean): void {
    const response = this.#response;
    if (this.#options.closing()) response.shouldKeepAlive = false;
    if (!hasBody && isEmptyByFraming(status, this.#request.method, fields)) fields.set("content-length", "0");
    response.writeHead(status, fields.raw as string[]);
    // With the first bytes of the body in one write where they are there already.
    if (hasBody) process.nextTick(() => this.#flushHead());
  }

  #flushHead(): void {
    if (!this.#written && !this.#response.writableEnded && !this.#response.destroyed) this.#response.flushHeaders();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#response.destroyed) return true;
    this.#written = true;
    const more = this.#response.write(Buffer.from(chunk));
    if (!more && this.#options.stallTimeout > 0) this.#watchForStall();
    return more;
  }

  frame(): boolean {
    return true;
  }

  end(trailers: FieldList | undefined): void {
    const response = this.#response;
    if (trailers !== undefined && this.takesTrailers) response.addTrailers(trailers.entries());
    response.end();
    if (!this.#request.complete) this.#linger();
  }

  /** A reset, not an orderly end: a body that ends with the connection must not look complete (RFC 9112 8). */
  abort(): void {
    const { socket } = this.#request;
    if (this.#response.headersSent) socket.resetAndDestroy();
    else socket.destroy();
  }

  closeAfter(): void {
    this.#response.shouldKeepAlive = false;
  }

  #watchForStall(): void {
    const { socket } = this.#request;
    const { stallTimeout } = this.#options;
    socket.setTimeout(stallTimeout);
    if (this.#watching) return;
    this.#watching = true;
    // The writer hears of the drain first and may have filled the buffer again.
    this.#response.on("drain", () => socket.setTimeout(this.#response.writableNeedDrain ? stallTimeout : 0));
  }

  /** Closing at once with unread bytes would reset the connection and could destroy the response on its way. */
  #linger(): void {
    const { socket } = this.#request;
    const timer = setTimeout(() => {
      if (!this.#request.complete) socket.destroy();
    }, LINGER);
    timer.unref();
    this.#request.once("close", () => clearTimeout(timer));
  }
}

function isEmptyByFraming(status: number, method: string | undefined, fields: FieldList): boolean {
  return method !== "HEAD" && status !== 204 && status !== 304 && !fields.has("content-length");
}

function interimHead(status: number, fields: FieldList | undefined): string {
  const lines = (fields?.entries() ?? []).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Interim"}\r\n${lines.join("")}\r\n`;
}

function createBodySource(request: IncomingMessage): BodySource {
  let sink: BodySink | undefined;
  return {
    flow(to) {
      sink = to;
      request.on("data", (chunk: Buffer) => {
        if (sink?.write(chunk) === false) request.pause();
      });
      request.on("end", () => sink?.end(trailersOf(request)));
      request.on("error", (error) => sink?.fail(error.message));
      request.on("close", () => {
        if (!request.complete) sink?.fail("closed");
      });
    },
    resume: () => void request.resume(),
    cancel() {
      sink = undefined;
      request.resume();
    },
  };
}

function trailersOf(request: IncomingMessage): FieldList | undefined {
  if (request.rawTrailers.length === 0) return undefined;
  const trailers = fieldList(request.rawTrailers);
  stripTrailers(trailers);
  return trailers.count() === 0 ? undefined : trailers;
}
