import type { Socket } from "node:net";
import type { BodySource, Downstream } from "../../exchange.ts";
import type { FieldList } from "../../fields.ts";
import { type Waiter, writeDirectly, writesDirectly } from "../direct-write.ts";
import { fieldLines } from "../head/field-lines.ts";
import { writeLarge } from "../large-write.ts";
import { latin1 } from "../latin1.ts";
import { type Held, writeAtTurnEnd } from "../turn-writes.ts";
import { isWaiting } from "./accepted-socket.ts";
import { dateLine, interimHead, lengthLine, statusLine } from "./response-head.ts";
import type { ResponseContext, ResponseOwner } from "./response-owner.ts";

const NONE = 0;
const LENGTH = 1;
const CHUNKED = 2;
const CLOSE = 3;
const TUNNEL = 4;

/** Up to here bytes go out as a string, which costs one copy and no buffer of their own. */
const SMALL = 16_384;

/** Writes the responses of one connection, one after another (RFC 9112 4, 6, 7). */
export class ResponseWriter implements Downstream, Held, Waiter {
  body: BodySource;
  expectsContinue = false;
  takesTrailers = false;
  /** Whether the connection ends with this response. */
  closing = false;
  /** Whether the head has been made, and whether a byte of it went out. */
  begun = false;
  sent = false;
  ended = false;
  readonly #socket: Socket;
  readonly #owner: ResponseOwner;
  readonly #context: ResponseContext;
  readonly #isDirect: boolean;
  #toHead = false;
  #old = false;
  #framing = NONE;
  #left = 0;
  /** Whether bytes waited behind the last write. */
  #unsent = false;
  /** A write past the stream waits, and what is to be called when it is out. */
  #queued = false;
  #whenOut: (() => void) | undefined = undefined;
  /** The head, and as much of the body as came in the same turn: they go out together. */
  #held = "";
  #waits = false;
  /** Nothing follows what is held. */
  #last = false;

  constructor(socket: Socket, owner: ResponseOwner, context: ResponseContext, body: BodySource) {
    this.#socket = socket;
    this.#isDirect = writesDirectly(socket);
    this.#owner = owner;
    this.#context = context;
    this.body = body;
  }

  get takesFrames(): boolean {
    return this.#framing === CHUNKED;
  }

  get isTunnel(): boolean {
    return this.#framing === TUNNEL;
  }

  /** Makes ready for the response to the next request. @param old the client speaks HTTP/1.0 */
  start(body: BodySource, old: boolean, toHead: boolean, expectsContinue: boolean, takesTrailers: boolean): void {
    this.body = body;
    this.expectsContinue = expectsContinue;
    this.takesTrailers = takesTrailers;
    this.closing = false;
    this.begun = false;
    this.sent = false;
    this.ended = false;
    this.#old = old;
    this.#toHead = toHead;
    this.#framing = NONE;
    this.#held = "";
    this.#last = false;
  }

  informational(status: number, fields: FieldList | undefined): void {
    // RFC 9110 15.2: HTTP/1.0 knows none of them; 101 is no interim response.
    if (this.begun || this.#old || status === 101) return;
    const text = interimHead(status, fields);
    if (text === undefined) return;
    this.#send(text);
  }

  head(status: number, fields: FieldList, hasBody: boolean): void {
    if (this.begun) return;
    this.begun = true;
    const lines = fieldLines(fields);
    if (lines === undefined) {
      this.#owner.broken("a field of the response must not go out");
      return;
    }
    const date = fields.has("date") ? "" : dateLine(this.#context.clock.now());
    if (status === 101) {
      this.#switch(`${statusLine(status)}${lines}${date}`);
      return;
    }
    const framing = this.#frame(status, fields, hasBody);
    if (framing === undefined) {
      this.#owner.broken("the response's content-length is no number");
      return;
    }
    if (this.#framing === CLOSE || this.#owner.mustClose()) this.closing = true;
    const end = this.closing ? "connection: close\r\n\r\n" : this.#context.keepAlive.lines;
    this.#held = statusLine(status) + lines + date + framing + end;
    if (hasBody) this.#wait();
  }

  write(chunk: Uint8Array): boolean {
    const { length } = chunk;
    if (!this.#admits(length)) return true;
    if (this.#framing !== CHUNKED) return this.#put("", chunk, "");
    return this.#put(`${length.toString(16)}\r\n`, chunk, "\r\n");
  }

  writeText(piece: string): boolean {
    const { length } = piece;
    if (!this.#admits(length)) return true;
    return this.#putText(this.#framing === CHUNKED ? `${length.toString(16)}\r\n${piece}\r\n` : piece);
  }

  frame(bytes: Uint8Array): boolean {
    return this.#framing === CHUNKED ? this.#put("", bytes, "") : true;
  }

  end(trailers: FieldList | undefined): void {
    if (this.#framing === LENGTH && this.#left > 0) {
      this.#owner.broken("the response is shorter than its content-length");
      return;
    }
    this.ended = true;
    if (this.#framing === CHUNKED) {
      const lines = trailers === undefined || !this.takesTrailers ? "" : (fieldLines(trailers) ?? "");
      this.#held += `0\r\n${lines}\r\n`;
    }
    if (this.#held !== "") {
      this.#last = true;
      this.#wait();
      return;
    }
    if (this.#unsent) this.#unsent = this.#queued || this.#socket.writableLength > 0;
    this.#owner.finished(this.#unsent);
  }

  /** Calls back once everything is out; never when the socket dies before. */
  whenOut(done: () => void): void {
    if (this.#queued && this.#socket.writableLength === 0) {
      this.#whenOut = done;
      return;
    }
    this.#socket.write("", "latin1", (error) => {
      if (error == null) done();
    });
  }

  /** What waited past the stream is out. */
  out(): void {
    this.#queued = false;
    const done = this.#whenOut;
    this.#whenOut = undefined;
    if (done === undefined) this.#owner.drained();
    else done();
  }

  closeAfter(): void {
    this.closing = true;
  }

  abort(): void {
    this.drop();
    this.#owner.aborted();
  }

  flush(): void {
    this.#waits = false;
    const text = this.#held;
    if (text === "") return;
    const last = this.#last;
    this.#held = "";
    this.#last = false;
    this.#send(text);
    if (last) this.#owner.finished(this.#unsent);
  }

  /** Drops what was not sent yet. */
  drop(): void {
    this.#framing = NONE;
    this.#held = "";
    this.#last = false;
  }

  #wait(): void {
    if (this.#waits) return;
    this.#waits = true;
    writeAtTurnEnd(this);
  }

  /** The bytes of the tunnel follow (RFC 9110 7.8). */
  #switch(head: string): void {
    this.#framing = TUNNEL;
    this.closing = true;
    this.#send(`${head}connection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    this.#owner.switched();
  }

  /** Chooses the framing of the body (RFC 9112 6.3) and returns its field line; undefined for a broken length. */
  #frame(status: number, fields: FieldList, hasBody: boolean): string | undefined {
    const length = status === 204 ? undefined : fields.contentLength;
    const bodiless = this.#toHead || status === 204 || status === 304;
    if (length !== undefined) {
      if (!Number.isSafeInteger(length) || length < 0) return undefined;
      if (bodiless) return lengthLine(length);
      this.#framing = hasBody ? LENGTH : NONE;
      this.#left = length;
      return lengthLine(hasBody ? length : 0);
    }
    if (bodiless) return "";
    if (!hasBody) return lengthLine(0);
    this.#framing = this.#old ? CLOSE : CHUNKED;
    return this.#old ? "" : "transfer-encoding: chunked\r\n";
  }

  /** Whether a piece of so many bytes is to go out. */
  #admits(length: number): boolean {
    if (length === 0 || this.#framing === NONE) return false;
    if (this.#framing !== LENGTH) return true;
    this.#left -= length;
    if (this.#left < 0) this.#owner.broken("the response is longer than its content-length");
    return this.#left >= 0;
  }

  #put(before: string, bytes: Uint8Array, behind: string): boolean {
    if (this.#held.length + bytes.length > SMALL) return this.#putLarge(this.#held + before, bytes, behind);
    return this.#putText(before + latin1(bytes, 0, bytes.length) + behind);
  }

  #putText(text: string): boolean {
    if (this.#held === "") return this.#send(text);
    this.#held += text;
    return true;
  }

  /** Copied, since the bytes are the caller's again when this returns. */
  #putLarge(before: string, bytes: Uint8Array, behind: string): boolean {
    this.#held = "";
    this.sent = true;
    const waiting = this.#socket.writableLength;
    writeLarge(this.#socket, before, bytes, behind);
    return this.#hasRoom(waiting);
  }

  #send(text: string): boolean {
    this.sent = this.begun;
    const socket = this.#socket;
    const waiting = socket.writableLength;
    if (this.#isDirect && waiting === 0 && !this.#queued && !socket.writableEnded) return this.#sendDirectly(text);
    socket.write(text, "latin1");
    return this.#hasRoom(waiting);
  }

  #sendDirectly(text: string): boolean {
    const written = writeDirectly(this.#socket, text, this);
    this.#unsent = written === "waiting";
    if (!this.#unsent) return true;
    this.#queued = true;
    this.#owner.blocked();
    return false;
  }

  /** @param before what waited before the write */
  #hasRoom(before: number): boolean {
    this.#unsent = this.#queued || isWaiting(this.#socket, before);
    if (!this.#unsent) return true;
    this.#owner.blocked();
    return !this.#socket.writableNeedDrain;
  }
}
