/**
 * `node open-loop.ts PORT RATE CONNECTIONS SECONDS WARMUP`: RATE requests a second, evenly spaced, whatever the server does. A request is
 * sent on the connection that has been free the longest; where none is, it waits. Its latency counts from the moment at
 * which it was due, so that a server that falls behind cannot hide it (coordinated omission). Prints an OpenLoopResult as JSON.
 *
 * What was due in the first WARMUP seconds (none unless given) is sent and must be answered, but has no latency: this program is
 * compiled meanwhile, and falls behind by milliseconds.
 *
 * It never sleeps: to be run at the lowest priority, where it yields to whoever else wants its CPU.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { requestBytes } from "./request.ts";
import { createResponseCounter } from "./response-counter.ts";
import { percentile } from "./statistics.ts";

export interface OpenLoopResult {
  readonly requests: number;
  /** Answers other than 200 and connections that broke. */
  readonly failed: number;
  /** Whether the server fell so far behind that the run was ended. */
  readonly saturated: boolean;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const [port = 0, rate = 1, connections = 1, seconds = 1, warmup = 0] = process.argv.slice(2).map(Number);
const total = Math.round(rate * (warmup + seconds));
const request = requestBytes(port).toString("latin1");
const latencies = new Float64Array(total);
const buffer = Buffer.allocUnsafe(65_536);
/** Milliseconds that requests may be late before the run ends. */
const PATIENCE = 1000;

interface Line {
  readonly socket: Socket;
  /** When the request on it was due, in milliseconds since the start. */
  due: number;
}

const free: Line[] = [];
let answered = 0;
/** Of those, the ones with a latency. */
let timed = 0;
let failed = 0;
let started = 0;

const now = (): number => performance.now() - started;

function answer(line: Line, status: number): void {
  if (status !== 200) failed += 1;
  answered += 1;
  if (line.due >= warmup * 1000) latencies[timed++] = now() - line.due;
  free.push(line);
}

async function open(): Promise<void> {
  const counter = createResponseCounter((status) => answer(line, status));
  const callback = (bytes: number): boolean => {
    counter.push(Buffer.from(buffer.subarray(0, bytes)));
    return true;
  };
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer, callback } });
  const line: Line = { socket, due: 0 };
  socket.on("error", () => socket.destroy());
  socket.once("close", () => {
    failed += 1;
    void open();
  });
  await once(socket, "connect");
  free.push(line);
}

function finish(saturated: boolean): never {
  if (!saturated) failed += total - answered;
  const sorted = latencies.subarray(0, timed).toSorted();
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(sorted, share));
  process.stdout.write(JSON.stringify({ requests: answered, failed, saturated, p50, p99, max }));
  process.exit();
}

await Promise.all(Array.from({ length: connections }, open));
let sent = 0;
started = performance.now();

function turn(): void {
  const at = now();
  const due = Math.min(total, Math.floor((at / 1000) * rate) + 1);
  for (; sent < due; sent++) {
    const line = free.shift();
    if (line === undefined) break;
    line.due = (sent / rate) * 1000;
    line.socket.write(request, "latin1");
  }
  if (answered === total) finish(false);
  // Once all are sent, this is how long the last answers have been waited for.
  const late = at - (sent / rate) * 1000;
  if (late > PATIENCE) finish(sent < total);
  setImmediate(turn);
}

turn();
