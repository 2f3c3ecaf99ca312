import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { requestBytes } from "./request.ts";
import { createResponseCounter } from "./response-counter.ts";
import { createStallWatch } from "./stall-watch.ts";
import { percentile } from "./statistics.ts";

export interface WindowShape {
  /** A second. */
  readonly rate: number;
  /** Requests that are sent first and have no latency. */
  readonly lead: number;
  /** Requests behind them, whose latencies count. */
  readonly requests: number;
  /** How many pieces those are cut into, each with a p99 of its own. */
  readonly pieces: number;
  /** Milliseconds that a request may be late before the window is given up. */
  readonly patience: number;
}

/** What one window saw; times in milliseconds. */
export interface WindowResult {
  readonly p50: number;
  /** Of each piece, in the order of the answers. */
  readonly p99: readonly number[];
  readonly max: number;
  /** From the moment at which the last request was due to the one at which all were answered. */
  readonly behind: number;
  /** The longest time that the generator itself computed without a look at its sockets. */
  readonly own: number;
}

/** Keep-alive connections to one server, on which windows are run. */
export interface WindowLoad {
  /** Answers other than 200 and connections that broke, so far. */
  readonly failed: number;
  /** All latencies since it was opened or has forgotten them, sorted. */
  latencies(): Float64Array;
  forget(): void;
  close(): void;
  /** Undefined when the server is so far behind that waiting has no sense. To be run one at a time. */
  run(shape: WindowShape): Promise<WindowResult | undefined>;
}

interface Line {
  readonly socket: Socket;
  /** When the request on it was due. */
  due: number;
}

export async function openWindowLoad(port: number, connections: number): Promise<WindowLoad> {
  const load = new Load(port);
  await Promise.all(Array.from({ length: connections }, () => load.open()));
  return load;
}

class Load implements WindowLoad {
  readonly #port: number;
  readonly #request: string;
  readonly #buffer = Buffer.allocUnsafe(65_536);
  readonly #watch = createStallWatch();
  readonly #free: Line[] = [];
  readonly #sockets = new Set<Socket>();
  #isClosed = false;
  #latencies: Float64Array[] = [];
  #window = new Float64Array(0);
  #lead = 0;
  #answered = 0;
  failed = 0;

  constructor(port: number) {
    this.#port = port;
    this.#request = requestBytes(port).toString("latin1");
  }

  async open(): Promise<void> {
    const buffer = this.#buffer;
    const counter = createResponseCounter((status) => this.#answer(line, status));
    const callback = (bytes: number): boolean => {
      counter.push(buffer.subarray(0, bytes));
      return true;
    };
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true, onread: { buffer, callback } });
    const line: Line = { socket, due: 0 };
    socket.on("error", () => socket.destroy());
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (this.#isClosed) return;
      this.failed += 1;
      void this.open();
    });
    await once(socket, "connect");
    this.#free.push(line);
  }

  latencies(): Float64Array {
    const all = new Float64Array(this.#latencies.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const window of this.#latencies) {
      all.set(window, at);
      at += window.length;
    }
    return all.sort();
  }

  forget(): void {
    this.#latencies = [];
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  run({ rate, lead, requests, pieces, patience }: WindowShape): Promise<WindowResult | undefined> {
    this.#window = new Float64Array(requests);
    [this.#lead, this.#answered] = [lead, 0];
    const [total, each] = [lead + requests, 1000 / rate];
    const { promise, resolve } = Promise.withResolvers<WindowResult | undefined>();
    let sent = 0;
    const started = performance.now();
    this.#watch.reset(started);
    const turn = (): void => {
      const at = performance.now();
      this.#watch.look(at);
      const due = Math.min(total, Math.floor((at - started) / each) + 1);
      for (; sent < due; sent++) {
        const line = this.#free.shift();
        if (line === undefined) break;
        line.due = started + sent * each;
        line.socket.write(this.#request, "latin1");
      }
      // Once all are sent, this is how long the last answers have been waited for.
      const late = at - started - sent * each;
      if (this.#answered === total) resolve(this.#result(at - started - (total - 1) * each, pieces));
      else if (late > patience) resolve(undefined);
      else setImmediate(turn);
    };
    turn();
    return promise;
  }

  #answer(line: Line, status: number): void {
    if (status !== 200) this.failed += 1;
    const counted = this.#answered++ - this.#lead;
    if (counted >= 0) this.#window[counted] = performance.now() - line.due;
    this.#free.push(line);
  }

  #result(behind: number, pieces: number): WindowResult {
    const window = this.#window;
    this.#latencies.push(window);
    const sorted = window.toSorted();
    const edge = (piece: number): number => Math.round((piece * window.length) / pieces);
    const p99 = Array.from({ length: pieces }, (_, piece) =>
      percentile(window.slice(edge(piece), edge(piece + 1)).sort(), 0.99),
    );
    return { p50: percentile(sorted, 0.5), p99, max: percentile(sorted, 1), behind, own: this.#watch.own };
  }
}
