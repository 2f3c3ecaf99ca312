import { connect, type Socket } from "node:net";

/** One thing asked after another, on a connection that stays as long as the proxy lets it. */
export class Caller {
  readonly #port: number;
  #socket: Socket | undefined = undefined;
  #waiting: ((status: number) => void) | undefined = undefined;

  constructor(port: number) {
    this.#port = port;
  }

  get busy(): boolean {
    return this.#waiting !== undefined;
  }

  /** The status; 0 when the connection breaks or nothing comes for so many milliseconds. */
  ask(method: string, path: string, body = "", patience = 5_000): Promise<number> {
    const socket = this.#socket ?? this.#connect();
    return new Promise((resolve) => {
      const late = setTimeout(() => socket.destroy(), patience);
      this.#waiting = (status) => {
        this.#waiting = undefined;
        clearTimeout(late);
        resolve(status);
      };
      const length = body === "" ? "" : `content-length: ${body.length}\r\n`;
      socket.write(`${method} ${path} HTTP/1.1\r\nhost: arena.test\r\n${length}\r\n${body}`);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const socket = connect(this.#port, "127.0.0.1");
    this.#socket = socket;
    let text = "";
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#waiting?.(0);
    });
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const head = /^HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n/.exec(text);
      if (head === null || !isComplete(text, head[0])) return;
      text = "";
      if (/^connection: close/im.test(head[0])) {
        this.#socket = undefined;
        socket.destroy();
      }
      this.#waiting?.(Number(head[1]));
    });
    return socket;
  }
}

function isComplete(text: string, head: string): boolean {
  if (/^transfer-encoding: chunked/im.test(head)) return text.endsWith("0\r\n\r\n");
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  return text.length >= head.length + length;
}
