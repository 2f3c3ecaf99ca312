import { connect, type Socket } from "node:net";
import { ownTime } from "../own-time.ts";

/** A good client that asks all the time, on a connection of its own. */
export interface Probe {
  /**
   * The longest that an answer took since it was asked last, in own milliseconds of this thread; what is waited for counts.
   *
   * @throws Error when it got a wrong answer, or half of one
   */
  worst(): number;
  /** Also the last `worst`; infinite where that would have thrown. */
  stop(): number;
}

const REQUEST = "GET /probe HTTP/1.1\r\nHost: probe.test\r\n\r\n";
/** Milliseconds in which a good client is answered whatever others do. */
export const PATIENCE_OF_OTHERS = 250;

/** Milliseconds between an answer and the next question. */
const PAUSE = 5;

export function startProbe(port: number): Probe {
  const probe = new Asking(port);
  probe.connect();
  return probe;
}

class Asking implements Probe {
  readonly #port: number;
  #socket: Socket | undefined;
  #asked = 0;
  #worst = 0;
  #failure = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  connect(): void {
    let text = "";
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    socket.on("connect", () => this.#ask(socket));
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (!text.endsWith("\r\n\r\nprobe")) return;
      this.#answered(socket, text);
      text = "";
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") this.#failure = error.message;
    });
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      clearTimeout(this.#timer);
      // Closed as idle before it saw what was asked at the same moment: every client asks again.
      if (text === "") this.connect();
      else this.#failure ||= "its connection was closed in the middle of an answer";
    });
  }

  worst(): number {
    if (this.#failure !== "") throw new Error(`the probe failed: ${this.#failure}`);
    const seen = Math.max(this.#worst, this.#late());
    this.#worst = 0;
    return seen;
  }

  stop(): number {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    return this.#failure === "" ? this.worst() : Number.POSITIVE_INFINITY;
  }

  #ask(socket: Socket): void {
    if (this.#asked === 0) this.#asked = ownTime();
    socket.write(REQUEST, "latin1");
  }

  #late(): number {
    return this.#asked === 0 ? 0 : ownTime() - this.#asked;
  }

  #answered(socket: Socket, text: string): void {
    if (!text.startsWith("HTTP/1.1 200 ")) this.#failure = text;
    this.#worst = Math.max(this.#worst, this.#late());
    this.#asked = 0;
    this.#timer = setTimeout(() => this.#ask(socket), PAUSE);
  }
}
