import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { requestBytes } from "./request.ts";
import { createResponseCounter } from "./response-counter.ts";

/** Keep-alive connections that made one request each and say nothing more. */
export interface IdleConnections {
  /** How many are still open. */
  readonly open: number;
  close(): void;
}

/** Opened side by side. */
const AT_ONCE = 100;

/** Opens connections and waits until each has its answer. @throws Error when one cannot be opened or is not answered with 200. */
export async function openIdle(port: number, count: number): Promise<IdleConnections> {
  const sockets: Socket[] = [];
  const some = async () => {
    while (sockets.length < count) await openOne(port, sockets);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, some));
  return {
    get open() {
      return sockets.filter(({ readyState }) => readyState === "open").length;
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function openOne(port: number, sockets: Socket[]): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  sockets.push(socket);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const counter = createResponseCounter((status) => {
    if (status === 200) resolve();
    else reject(new Error(`expected status 200 on connection ${sockets.length}, got ${status}`));
  });
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`connection ${sockets.length} was closed before its answer`)));
  socket.on("data", (chunk: Buffer) => counter.push(chunk));
  socket.write(requestBytes(port));
  return promise;
}

/**
 * Milliseconds of requests on one connection of their own, one after another with a pause between, sorted.
 *
 * @throws Error when the connection is closed
 */
export async function probe(port: number, count: number, pause: number): Promise<number[]> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const fail = () => Promise.reject(new Error("the proxy closed the connection of the probe"));
  const closed = once(socket, "close").then(fail, fail);
  closed.catch(() => {});
  socket.on("error", () => socket.destroy());
  let answered: () => void = () => {};
  const counter = createResponseCounter(() => answered());
  socket.on("data", (chunk: Buffer) => counter.push(chunk));
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const began = performance.now();
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    socket.write(requestBytes(port));
    await Promise.race([answer, closed]);
    times.push(performance.now() - began);
    await new Promise((next) => setTimeout(next, pause));
  }
  socket.destroy();
  return times.toSorted((a, b) => a - b);
}

/** How many files a process that we start may open: Node raises its own limit to the hard one. */
export function openFilesLimit(limits = readFileSync("/proc/self/limits", "utf8")): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard ?? Number.NaN);
}
