import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A client that sends bytes as they are. */
export interface RawClient {
  readonly socket: Socket;
  send(bytes: string): void;
  /** Everything that came so far, a character per byte. */
  readonly text: string;
  /** Waits until what came matches, or the connection has ended; returns everything that came. */
  until(pattern: RegExp): Promise<string>;
  /** Waits for the end of the connection: `reset` where it was one. */
  ended(): Promise<"closed" | "reset">;
}

export function rawClient(t: TestContext, port: number, bytes: string = ""): RawClient {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  let text = "";
  let over: "closed" | "reset" | undefined;
  let check = () => {};
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    check();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNRESET" || error.code === "EPIPE") over = "reset";
  });
  socket.on("end", () => {
    over ??= "closed";
    check();
    socket.end();
  });
  socket.on("close", () => {
    over ??= "closed";
    check();
  });
  t.after(() => socket.destroy());
  if (bytes !== "") socket.write(bytes, "latin1");
  const wait = (done: () => boolean) =>
    new Promise<void>((resolve) => {
      check = () => {
        if (done()) resolve();
      };
      check();
    });
  return {
    socket,
    send: (more) => void socket.write(more, "latin1"),
    get text() {
      return text;
    },
    async until(pattern) {
      await wait(() => pattern.test(text) || over !== undefined);
      return text;
    },
    async ended() {
      await wait(() => over !== undefined);
      return over as "closed" | "reset";
    },
  };
}

/** Sends bytes and returns everything that came until the connection ended. */
export async function askRaw(t: TestContext, port: number, bytes: string): Promise<string> {
  const client = rawClient(t, port, bytes);
  await client.ended();
  return client.text;
}
