import type { LineSink } from "../../telemetry/access-log.ts";
import type { LineRingReader } from "./line-ring.ts";

/** Characters that the sink may owe before lines are left where they are. */
const MOST_OWED = 1 << 18;

/**
 * Milliseconds between two looks at the rings, while lines come and while none do. What a look finds is copied in one go,
 * for which a thread that serves may have to wait: a quarter of a millisecond once every 40 ms was what p99 showed. At
 * 50,000 requests a second a ring is full after 60 ms.
 */
const BUSY = 10;
const QUIET = 40;

/** Brings the lines of all threads to one sink, in batches: what it does not take waits in the threads' own rings. */
export class LineCollector {
  readonly #sink: LineSink;
  readonly #rings = new Set<LineRingReader>();
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  add(ring: LineRingReader): void {
    this.#rings.add(ring);
  }

  /** The thread has ended. */
  remove(ring: LineRingReader): void {
    this.#rings.delete(ring);
    this.#take(ring);
  }

  start(): void {
    this.#schedule(QUIET);
  }

  /** Takes all that is there, and looks no more. */
  stop(): void {
    clearTimeout(this.#timer);
    for (const ring of this.#rings) this.#take(ring);
  }

  /** Whether more is to be expected soon. */
  collect(): boolean {
    let found = false;
    for (const ring of this.#rings) {
      const owes = (this.#sink.writableLength ?? 0) > MOST_OWED;
      found = owes || this.#take(ring) || found;
    }
    if (!found) this.#sink.rest?.();
    return found;
  }

  #schedule(delay: number): void {
    this.#timer = setTimeout(() => this.#schedule(this.collect() ? BUSY : QUIET), delay).unref();
  }

  /** Whether there were any. */
  #take(ring: LineRingReader): boolean {
    if (this.#sink.writeBytes !== undefined) return ring.drain((lines) => this.#sink.writeBytes?.(lines));
    const lines = ring.read();
    if (lines !== "") this.#sink.write(lines);
    return lines !== "";
  }
}
