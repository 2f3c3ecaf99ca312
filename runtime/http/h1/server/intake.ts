import type { Socket } from "node:net";
import type { Wheel } from "../../../telemetry/wheel.ts";
import { type SocketReader, unsentBytes } from "./accepted-socket.ts";
import type { PartialHead } from "./partial-head.ts";
import { Patience } from "./patience.ts";
import { BODY, CLOSED, HEAD, LEAVE, WAIT } from "./phase.ts";
import type { RequestBody } from "./request-body.ts";

/** How many bytes that nobody reads a client may go on sending before its connection is closed. */
const LINGER_BYTES = 1_048_576;

/**
 * What a client sends: the piece that is being read, and what came too early. A class to derive from, for the reason
 * that `Patience` has.
 */
export abstract class Intake extends Patience implements SocketReader {
  protected readonly socket: Socket;
  protected phase = HEAD;
  protected body: RequestBody | undefined = undefined;
  /** The beginning of a head that comes in pieces. */
  protected partial: PartialHead | undefined = undefined;
  /** Bytes that came too early. While there are any nothing is read. */
  protected early: Buffer | undefined = undefined;
  /** The piece that is being read. */
  protected piece: Buffer | undefined = undefined;
  protected at = 0;
  protected end = 0;
  /** All that the client sent has been read. */
  protected clientEnded = false;
  /** The client sends nothing more; what it sent before may still wait. */
  #ending = false;
  #dropped = 0;

  constructor(socket: Socket, wheel: Wheel, stallTimeout: number) {
    super(wheel, stallTimeout);
    this.socket = socket;
  }

  /** Reads the head of a request at `at`. */
  protected abstract readHead(bytes: Buffer): void;
  /** False when the body takes nothing now. */
  protected abstract takeBody(body: RequestBody): boolean;
  /** There are no more bytes to read, nor will there be. */
  protected abstract inputEnded(): void;
  /** A fault of ours. */
  protected abstract failed(error: unknown): void;
  abstract drained(): void;
  abstract closed(): void;

  read(bytes: Buffer, start: number, end: number): boolean {
    if (this.early !== undefined) {
      this.early = Buffer.concat([this.early, bytes.subarray(start, end)]);
      return false;
    }
    return this.#consume(bytes, start, end, false);
  }

  ended(): void {
    this.#ending = true;
    // A stream that was paused tells its end although what came before has not been read here.
    if (this.early === undefined) this.#endOfInput();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Goes on with what came too early, and then with the socket. */
  protected pump(): void {
    if (this.piece !== undefined) return;
    const { early } = this;
    if (early !== undefined) {
      this.early = undefined;
      if (!this.#consume(early, 0, early.length, true)) return;
    }
    if (this.#ending) this.#endOfInput();
    else if (this.phase !== CLOSED && (this.phase !== BODY || this.body?.takes === true)) this.socket.resume();
  }

  /** Whether there are bytes behind a request for a tunnel, which may be meant for the tunnel: they are no request. */
  protected get hasMore(): boolean {
    return this.early !== undefined || (this.piece !== undefined && this.at < this.end);
  }

  /** Closes the connection without a word. */
  protected abandon(): void {
    this.phase = LEAVE;
    this.socket.destroy();
  }

  protected get unsent(): number {
    return unsentBytes(this.socket);
  }

  protected get received(): number {
    return this.body?.received ?? 0;
  }

  /** @param own the bytes are nobody else's. False where some of them have to wait, and the reading with them */
  #consume(bytes: Buffer, start: number, end: number, own: boolean): boolean {
    this.piece = bytes;
    this.at = start;
    this.end = end;
    try {
      while (this.at < this.end && this.#step(bytes));
    } catch (error) {
      this.at = this.end;
      this.failed(error);
    }
    this.piece = undefined;
    if (this.at >= this.end) return true;
    const rest = bytes.subarray(this.at, this.end);
    this.early = own ? rest : Buffer.from(rest);
    return false;
  }

  /** False when nothing can be done with the next byte now. */
  #step(bytes: Buffer): boolean {
    if (this.phase === HEAD) this.readHead(bytes);
    else if (this.phase === BODY) return this.takeBody(this.body as RequestBody);
    else if (this.phase === WAIT) return false;
    else this.#discard();
    return true;
  }

  #discard(): void {
    this.#dropped += this.end - this.at;
    this.at = this.end;
    if (this.#dropped > LINGER_BYTES) this.abandon();
  }

  #endOfInput(): void {
    if (this.clientEnded) return;
    this.clientEnded = true;
    this.inputEnded();
  }
}
