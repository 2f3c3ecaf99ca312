import { type AddressInfo, createServer, type Socket } from "node:net";
import { type Message, readRequest } from "./strict.ts";

/** A backend that keeps what it was sent and reads it by the strict reader. */
export interface Origin {
  readonly port: number;
  /** Complete requests since the last `reset`, in the order in which they were complete. */
  readonly requests: readonly Message[];
  /** What no strict reader can read: each is a fault of the proxy. */
  readonly broken: readonly string[];
  /** Connections that have ended in the middle of a request, and those that still wait in one. */
  readonly cut: number;
  readonly pending: number;
  readonly connections: number;
  /** Bytes that were written and not taken yet. */
  readonly backlog: number;
  /** Gives the bytes of a response; ends the connection behind them where `close` is set. */
  answer: (request: Message, index: number, connection: number) => string | Answer;
  /** In place of `answer`: given as soon as the first bytes of a connection have come. */
  early: ((connection: number) => string) | undefined;
  /** In place of `answer`: writes as long as it likes; `write` says false once the connection has gone. */
  trickle: ((write: (text: string) => boolean) => Promise<void>) | undefined;
  reset(): void;
  close(): Promise<void>;
}

export interface Answer {
  readonly bytes: string;
  readonly ending: "keep" | "end" | "reset";
}

export const plainAnswer = (request: Message): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n${request.method === "HEAD" ? "" : "ok"}`;

class RecordingOrigin implements Origin {
  requests: Message[] = [];
  broken: string[] = [];
  cut = 0;
  answer: Origin["answer"] = plainAnswer;
  early: Origin["early"] = undefined;
  trickle: Origin["trickle"] = undefined;
  #accepted = 0;
  readonly #unread = new Map<Socket, string>();
  readonly #server = createServer({ noDelay: true }, (socket) => this.#accept(socket));

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get pending(): number {
    return [...this.#unread.values()].filter((text) => text !== "").length;
  }

  get connections(): number {
    return this.#unread.size;
  }

  get backlog(): number {
    return [...this.#unread.keys()].reduce((sum, socket) => sum + socket.writableLength, 0);
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  reset(): void {
    this.requests = [];
    this.broken = [];
    this.cut = 0;
    this.answer = plainAnswer;
    this.early = undefined;
    this.trickle = undefined;
  }

  async close(): Promise<void> {
    for (const socket of this.#unread.keys()) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#accepted += 1;
    const number = this.#accepted;
    this.#unread.set(socket, "");
    socket.on("data", (bytes) => {
      const before = this.#unread.get(socket) ?? "";
      if (this.early !== undefined && before === "") socket.write(this.early(number), "latin1");
      this.#read(socket, number, before + bytes.toString("latin1"));
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#unread.get(socket) !== "") this.cut += 1;
      this.#unread.delete(socket);
    });
  }

  #read(socket: Socket, number: number, text: string): void {
    let at = 0;
    while (at < text.length) {
      const read = readRequest(text, at);
      if (read.kind === "incomplete") break;
      if (read.kind === "bad") {
        this.broken.push(`${read.why}: ${JSON.stringify(text.slice(at, at + 2_000))}`);
        at = text.length;
        socket.destroy();
        break;
      }
      at = read.message.end;
      this.requests.push(read.message);
      this.#respond(socket, number, read.message);
    }
    this.#unread.set(socket, text.slice(at));
  }

  #respond(socket: Socket, number: number, request: Message): void {
    if (this.trickle !== undefined) {
      void this.trickle((text) => {
        if (!socket.destroyed) socket.write(text, "latin1");
        return !socket.destroyed;
      });
      return;
    }
    const answer = this.answer(request, this.requests.length - 1, number);
    const { bytes, ending } = typeof answer === "string" ? { bytes: answer, ending: "keep" } : answer;
    if (ending === "end") socket.end(bytes, "latin1");
    else socket.write(bytes, "latin1", () => ending === "reset" && socket.resetAndDestroy());
  }
}

export function startOrigin(): Promise<Origin> {
  return new RecordingOrigin().listen();
}
