import type { ServerHttp2Stream } from "node:http2";
import type { BodySource, Downstream } from "../exchange.ts";
import type { FieldList } from "../fields.ts";
import { stripHopByHop } from "../hop-by-hop.ts";
import { breakOff } from "./break-off.ts";
import { ERROR_CODES } from "./frame-codes.ts";
import { fieldObject, mayGoOut } from "./legal-fields.ts";

interface H2DownstreamOptions {
  stream: ServerHttp2Stream;
  body: BodySource;
  hasBody: boolean;
  expectsContinue: boolean;
  /** Hears the size of every piece of the response's body. */
  sent: (bytes: number) => void;
}

/** A response on its stream. */
export interface H2Downstream extends Downstream {
  /** Whether all of the response has been handed to the connection. */
  readonly complete: boolean;
  /** Whether the stream was reset by us, for no fault of the client. */
  readonly givenUp: boolean;
  /** Whether the client has left no room for what was written. */
  readonly blocked: boolean;
}

export function createH2Downstream(options: H2DownstreamOptions): H2Downstream {
  return new StreamDownstream(options);
}

class StreamDownstream implements H2Downstream {
  readonly body: BodySource;
  readonly expectsContinue: boolean;
  readonly takesTrailers = true;
  readonly takesFrames = false;
  readonly #stream: ServerHttp2Stream;
  readonly #options: H2DownstreamOptions;
  #ended = false;
  #trailers: FieldList | undefined = undefined;
  givenUp = false;

  constructor(options: H2DownstreamOptions) {
    this.#options = options;
    this.#stream = options.stream;
    this.body = options.body;
    this.expectsContinue = options.expectsContinue;
  }

  get complete(): boolean {
    return this.#ended && this.#stream.writableFinished;
  }

  get blocked(): boolean {
    return this.#stream.writableNeedDrain;
  }

  informational(status: number, fields: FieldList | undefined): void {
    // RFC 9113 8.6: HTTP/2 has no 101.
    if (status === 101 || this.#stream.headersSent || this.#stream.destroyed) return;
    if (fields !== undefined) {
      stripHopByHop(fields);
      if (!mayGoOut(fields.raw)) return;
    }
    this.#attempt(() => this.#stream.additionalHeaders({ ":status": status, ...fieldObject(fields) }));
  }

  head(status: number, fields: FieldList, hasBody: boolean): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    stripHopByHop(fields);
    const head = [":status", String(status), ...fields.raw];
    if (!mayGoOut(head)) {
      this.abort();
      return;
    }
    this.#stream.once("wantTrailers", () =>
      this.#attempt(() => this.#stream.sendTrailers(fieldObject(this.#trailers))),
    );
    this.#attempt(() => this.#stream.respond(head, { endStream: !hasBody, waitForTrailers: hasBody }));
  }

  write(chunk: Uint8Array): boolean {
    if (this.#stream.destroyed || this.#stream.writableEnded) return true;
    this.#options.sent(chunk.length);
    return this.#stream.write(Buffer.from(chunk));
  }

  frame(): boolean {
    return true;
  }

  end(trailers: FieldList | undefined): void {
    this.#ended = true;
    this.#trailers = trailers;
    const stream = this.#stream;
    if (this.#options.hasBody) {
      if (stream.writableFinished) setImmediate(() => this.#dismiss());
      else stream.once("finish", () => setImmediate(() => this.#dismiss()));
    }
    if (!stream.writableEnded) stream.end();
  }

  abort(): void {
    this.givenUp = true;
    breakOff(this.#stream);
  }

  /** Tells a client that still sends its body that nobody reads it (RFC 9113 8.1). */
  #dismiss(): void {
    if (this.#stream.readableEnded || this.#stream.destroyed) return;
    this.givenUp = true;
    this.#stream.close(ERROR_CODES.NO_ERROR);
  }

  /** node:http2 throws for a field that it would not send; that costs this stream, not the process. */
  #attempt(send: () => void): void {
    if (this.#stream.destroyed) return;
    try {
      send();
    } catch {
      this.abort();
    }
  }
}
