/**
 * `node load-generator.ts PORT CONNECTIONS SECONDS`: a closed loop of keep-alive connections on raw sockets. Each sends the
 * same request again as soon as its answer is complete. Prints a LoadResult as JSON.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { LoadResult } from "./load.ts";
import { requestBytes } from "./request.ts";
import { createResponseCounter } from "./response-counter.ts";

const [port = 0, connections = 1, seconds = 1] = process.argv.slice(2).map(Number);
const request = requestBytes(port);
const latencies: number[] = [];
let failed = 0;

async function open(): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

function drive(socket: Socket): void {
  let sentAt = performance.now();
  const counter = createResponseCounter((status) => {
    latencies.push(performance.now() - sentAt);
    if (status !== 200) failed += 1;
    sentAt = performance.now();
    socket.write(request);
  });
  socket.on("data", (chunk: Buffer) => counter.push(chunk));
  socket.once("error", () => socket.destroy());
  socket.once("close", () => {
    failed += stopping ? 0 : 1;
  });
  socket.write(request);
}

let stopping = false;
const sockets = await Promise.all(Array.from({ length: connections }, open));
const started = performance.now();
for (const socket of sockets) drive(socket);
await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const elapsed = (performance.now() - started) / 1000;
stopping = true;
for (const socket of sockets) socket.destroy();

latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.floor(share * latencies.length)];
const result: LoadResult = { requests: latencies.length, elapsed, failed, p50: at(0.5), p99: at(0.99) };
process.stdout.write(JSON.stringify(result));
