import type { Socket } from "node:net";
import type { BodySink, BodySource } from "../../exchange.ts";
import type { FieldList } from "../../fields.ts";
import { fieldLines } from "../head/field-lines.ts";
import { writeLarge } from "../large-write.ts";
import { latin1 } from "../latin1.ts";

/** What goes out as a string. */
const SMALL = 16_384;

/** How the bytes of a body are put on the wire. `raw` has no end but that of the connection's sending side. */
export type UploadFraming = "chunked" | "raw" | number;

export interface UploadOwner {
  /** The last byte was handed to the socket. */
  uploaded(): void;
  /** The body cannot be completed; the message on the wire is broken. */
  uploadFailed(reason: string): void;
}

/**
 * Writes the body of one request to its socket, what is held back of the head in front of it. Pieces are the source's for
 * the time of the call only. Never more than a declared length goes out, and never an end after less.
 */
export class Upload implements BodySink {
  readonly frame: ((bytes: Uint8Array) => boolean) | undefined;
  readonly #socket: Socket;
  readonly #framing: UploadFraming;
  readonly #owner: UploadOwner;
  readonly #source: BodySource;
  #held: string;
  #left: number;
  #over = false;

  constructor(options: {
    socket: Socket;
    framing: UploadFraming;
    owner: UploadOwner;
    source: BodySource;
    head: string;
  }) {
    this.#socket = options.socket;
    this.#framing = options.framing;
    this.#owner = options.owner;
    this.#source = options.source;
    this.#held = options.head;
    this.#left = typeof options.framing === "number" ? options.framing : Number.POSITIVE_INFINITY;
    this.frame = options.framing === "chunked" ? (bytes) => this.#send(bytes, "", "") : undefined;
  }

  /** Whether everything was handed to the socket, or given up. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether a byte of the request may be on its way. */
  get begun(): boolean {
    return this.#held === "";
  }

  /** Lets the body flow; the head goes out with its first piece if that comes at once. */
  start(): void {
    this.#source.flow(this);
    this.#flush();
  }

  drained(): void {
    if (!this.#over) this.#source.resume();
  }

  /** Nobody wants the rest. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#source.cancel();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over || chunk.length === 0) return true;
    this.#left -= chunk.length;
    if (this.#left < 0) {
      this.#fail("longer than its content-length");
      return true;
    }
    if (this.#framing !== "chunked") return this.#send(chunk, "", "");
    return this.#send(chunk, `${chunk.length.toString(16)}\r\n`, "\r\n");
  }

  end(trailers: FieldList | undefined): void {
    if (this.#over) return;
    if (typeof this.#framing === "number" && this.#left > 0) {
      this.#fail("shorter than its content-length");
      return;
    }
    const lines = trailers === undefined ? "" : fieldLines(trailers);
    if (lines === undefined) {
      this.#fail("a trailer that must not go out");
      return;
    }
    if (this.#framing === "chunked") this.#held += `0\r\n${lines}\r\n`;
    this.#over = true;
    this.#flush();
    if (this.#framing === "raw") this.#socket.end();
    this.#owner.uploaded();
  }

  fail(reason: string): void {
    if (!this.#over) this.#fail(reason);
  }

  #fail(reason: string): void {
    this.stop();
    this.#owner.uploadFailed(reason);
  }

  #send(bytes: Uint8Array, before: string, after: string): boolean {
    if (this.#over) return true;
    const socket = this.#socket;
    const head = this.#held + before;
    this.#held = "";
    if (bytes.length <= SMALL) return socket.write(head + latin1(bytes, 0, bytes.length) + after, "latin1");
    return writeLarge(socket, head, bytes, after);
  }

  #flush(): void {
    if (this.#held === "" || this.#socket.destroyed) return;
    const head = this.#held;
    this.#held = "";
    this.#socket.write(head, "latin1");
  }
}
