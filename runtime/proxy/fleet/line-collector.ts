import type { LineSink } from "../../telemetry/access-log.ts";
import type { LineRingReader } from "./line-ring.ts";

/** Characters that the sink may owe before lines are left where they are. */
const MOST_OWED = 1 << 18;

/** Brings the lines of all threads to one sink, in batches: what it does not take waits in the threads' own rings. */
export class LineCollector {
  readonly #sink: LineSink;
  readonly #rings = new Set<LineRingReader>();

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

  collect(): void {
    let found = false;
    for (const ring of this.#rings) {
      if ((this.#sink.writableLength ?? 0) <= MOST_OWED) found = this.#take(ring) || found;
    }
    if (!found) this.#sink.rest?.();
  }

  /** Whether there were any. */
  #take(ring: LineRingReader): boolean {
    if (this.#sink.writeBytes !== undefined) return ring.drain((lines) => this.#sink.writeBytes?.(lines));
    const lines = ring.read();
    if (lines !== "") this.#sink.write(lines);
    return lines !== "";
  }
}
