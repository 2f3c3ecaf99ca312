import type { Socket } from "node:net";
import { Timer, type Wheel } from "../../../telemetry/wheel.ts";
import type { Dial } from "../../dial.ts";
import type { FieldList } from "../../fields.ts";
import type { OutboundFault, OutboundLimits } from "../../outbound.ts";
import { writeDirectly, writesDirectly } from "../direct-write.ts";
import { HeadFields } from "../head/head-fields.ts";
import type { HeadTable } from "../head/head-table.ts";
import { type Held, writeAtTurnEnd } from "../turn-writes.ts";
import type { H1Call } from "./h1-call.ts";
import { IncomingResponse } from "./incoming-response.ts";
import { type Resting, rest } from "./rest.ts";
import { Upload, type UploadFraming, type UploadOwner } from "./upload.ts";
import { openSocket, type SocketReader } from "./upstream-socket.ts";
import { acceptsWebSocket } from "./websocket-accept.ts";

/** What keeps connections. */
export interface ConnectionOwner {
  readonly limits: OutboundLimits;
  readonly wheel: Wheel;
  /** It can take a call: just connected, or rested after the last one. */
  ready(connection: H1Connection, isNew: boolean): void;
  /** It will never take a call again. @param failure why it never connected */
  gone(connection: H1Connection, failure: string | undefined): void;
}

/** One connection to an endpoint, with one request at a time. */
export class H1Connection extends IncomingResponse implements SocketReader, UploadOwner, Resting, Held {
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #timer: Timer;
  #connected = false;
  /** Known when it is connected. */
  #isDirect = false;
  #gone = false;
  #upload: Upload | undefined = undefined;
  /** The head of a request that goes out at the end of this turn. */
  #unsent = "";
  /** The tunnel's response is over, its request is not. */
  #halfClosed = false;
  /** The endpoint sends nothing more; what it sent before may still wait. */
  #hasEnded = false;
  // Between two requests.
  #idleSince = 0;
  #armedFor = 0;

  constructor(dial: Dial, owner: ConnectionOwner) {
    super(owner.limits);
    this.#owner = owner;
    this.#timer = new Timer(() => this.#timedOut());
    this.#socket = openSocket(dial, this);
    owner.wheel.arm(this.#timer, owner.limits.connectTimeout);
  }

  /** Whether it may take a call: nothing came while it was idle, and its endpoint has no reason to close it yet. */
  get isFresh(): boolean {
    return !this.#gone && this.#owner.wheel.now - this.#idleSince < this.idleTime;
  }

  /** Sends a request. The connection is one that was `ready`. */
  take(call: H1Call): void {
    this.call = call;
    call.carrier = this;
    this.begin();
    call.listener.started(this.#socket);
    if (this.call !== call) return;
    const { body, request } = call;
    if (body === undefined || request.upgrade !== undefined) {
      this.#unsent = call.text;
      writeAtTurnEnd(this);
    } else this.#startUpload(call, request.contentLength ?? "chunked", call.text);
  }

  flush(): void {
    const text = this.#unsent;
    if (text === "") return;
    this.#unsent = "";
    const socket = this.#socket;
    if (this.#isDirect && socket.writableLength === 0 && !socket.writableEnded) writeDirectly(socket, text, undefined);
    else socket.write(text, "latin1");
  }

  // What a call asks for.

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const unread = this.unread;
    this.unread = undefined;
    if (unread !== undefined) this.receive(unread, 0, unread.length);
    if (this.paused) return;
    if (this.#hasEnded) this.ended();
    else this.#socket.resume();
  }

  giveUp(): void {
    this.#leave();
    this.destroy();
  }

  destroy(): void {
    this.#gone = true;
    this.#socket.destroy();
  }

  /** For its owner, which goes: a running call is lost. */
  cut(): void {
    if (this.call !== undefined) this.fail("reset", "the connection was closed by the proxy");
    else this.destroy();
  }

  // What the socket does.

  connected(): void {
    this.#connected = true;
    this.#isDirect = writesDirectly(this.#socket);
    this.#owner.wheel.cancel(this.#timer);
    this.#offer(true);
  }

  read(bytes: Buffer, start: number, end: number): boolean {
    // Nobody has asked for anything: whatever this is, the next request must not get it (response queue poisoning).
    if (this.call === undefined) this.destroy();
    else if (this.#unsent !== "") this.fail("reset", "bytes came before the request went out");
    else this.receive(bytes, start, end);
    return !this.paused && !this.#gone;
  }

  ended(): void {
    const { call } = this;
    if (call === undefined) {
      this.destroy();
      return;
    }
    this.#hasEnded = true;
    if (this.paused) return;
    if (this.phase === "close") this.finish(undefined);
    else if (this.phase === "tunnel") this.#endTunnel(call);
    else this.fail("reset", this.phase === "head" ? "closed before a response" : "closed within the response");
  }

  drained(): void {
    this.#upload?.drained();
  }

  closed(error: string | undefined): void {
    this.#gone = true;
    this.#owner.wheel.cancel(this.#timer);
    this.#owner.gone(this, this.#connected ? undefined : (error ?? "closed"));
    if (this.call !== undefined) this.fail("reset", error ?? "closed");
  }

  #timedOut(): void {
    const { limits, wheel } = this.#owner;
    if (!this.#connected) {
      this.#socket.destroy(
        Object.assign(new Error("connect"), { code: `no connection within ${limits.connectTimeout} ms` }),
      );
      return;
    }
    if (this.call !== undefined) return;
    const left = this.#idleSince + this.idleTime - wheel.now;
    if (left <= 0) this.destroy();
    else wheel.arm(this.#timer, left);
  }

  // The request's body.

  uploaded(): void {
    if (this.#halfClosed) this.giveUp();
  }

  uploadFailed(reason: string): void {
    const sent = this.#upload?.begun ?? true;
    this.fail("request", `request body: ${reason}`, sent);
  }

  #startUpload(call: H1Call, framing: UploadFraming, head: string): void {
    const source = (call.body as NonNullable<H1Call["body"]>)();
    const upload = new Upload({ socket: this.#socket, framing, owner: this, source, head });
    this.#upload = upload;
    upload.start();
  }

  protected finish(trailers: FieldList | undefined, extra: boolean = false): void {
    const call = this.call as H1Call;
    // An early answer: what is left of the request is not sent, so that the connection's next request cannot begin.
    const isWhole = this.#upload === undefined || this.#upload.over;
    this.#leave();
    if (this.keepAlive && isWhole && !extra && this.idleTime > 0) rest.add(this);
    else this.destroy();
    call.over = true;
    call.listener.end(trailers);
  }

  /** Ends what binds call and connection to each other. */
  #leave(): void {
    const { call } = this;
    if (call !== undefined) call.carrier = undefined;
    this.call = undefined;
    this.forget();
    this.#unsent = "";
    const upload = this.#upload;
    this.#upload = undefined;
    upload?.stop();
    this.paused = false;
  }

  protected fail(fault: OutboundFault, detail: string, sent: boolean = this.#unsent === ""): void {
    const { call } = this;
    this.#leave();
    this.destroy();
    if (this.#halfClosed || call === undefined) return;
    call.fail(fault, detail, sent);
  }

  rested(): void {
    if (!this.#gone) this.#offer(false);
  }

  #offer(isNew: boolean): void {
    const { wheel } = this.#owner;
    this.#idleSince = wheel.now;
    // Armed for the first idle time after it fired, not for each: it looks at `#idleSince` when it fires.
    if (this.#timer.due === 0 || this.idleTime < this.#armedFor) {
      this.#armedFor = this.idleTime;
      wheel.arm(this.#timer, this.idleTime);
    }
    this.#owner.ready(this, isNew);
  }

  // A tunnel.

  protected switch(call: H1Call, table: HeadTable): void {
    const fields = new HeadFields(table);
    if (call.request.upgrade === undefined || !acceptsWebSocket(table, fields, call.request.fields)) {
      this.fail("protocol", "switched protocols without being asked to");
      return;
    }
    this.phase = "tunnel";
    this.keepAlive = false;
    call.listener.head(101, fields);
    if (this.call === call && call.body !== undefined) this.#startUpload(call, "raw", "");
  }

  /** The endpoint has closed its half; ours stays open until the client closes its own. */
  #endTunnel(call: H1Call): void {
    const upload = this.#upload;
    if (upload === undefined || upload.over) {
      this.finish(undefined);
      return;
    }
    this.#halfClosed = true;
    call.listener.end(undefined);
  }
}
