import { ByteSink } from "./byte-sink.ts";

/**
 * Where the bytes of a metered module were before: pairs of how far on the next moved stretch begins, and how many bytes
 * were put in in front of it (or taken away: folded to an even or odd number), as LEB128 numbers. Where nothing was, what follows
 * is none of the module's own. Plain bytes, for threads.
 */
export type OffsetMap = Uint8Array;

/** Notes stretches of bytes that moved together, in order. */
export class OffsetMapWriter {
  readonly #sink = new ByteSink(256);
  #at = 0;
  #moved = 0;

  /** From `at` on, bytes are those that began at `from`. */
  note(at: number, from: number): void {
    const moved = at - from;
    if (moved === this.#moved) return;
    const by = moved - this.#moved;
    this.#sink.u32(at - this.#at);
    this.#sink.u32(by < 0 ? -by * 2 - 1 : by * 2);
    this.#at = at;
    this.#moved = moved;
  }

  /** From `at` on, nothing was in the module before. Noted last. */
  end(at: number): void {
    this.#sink.u32(at - this.#at);
    this.#sink.u32(0);
  }

  take(): OffsetMap {
    return this.#sink.take();
  }
}

/**
 * The place in the original module of a place in the metered one; what was put in counts as what follows it. Undefined in the
 * functions that were added.
 */
export function originalOffset(map: OffsetMap, offset: number): number | undefined {
  let [at, moved, next] = [0, 0, 0];
  const number = (): number => {
    let [value, scale] = [0, 1];
    for (; ; scale *= 128) {
      const byte = map[next++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (next < map.length) {
    const start = at + number();
    const by = number();
    const original = start - moved - (by % 2 === 1 ? -(by + 1) / 2 : by / 2);
    if (start > offset) return Math.min(offset - moved, original);
    if (by === 0) return undefined;
    moved = start - original;
    at = start;
  }
  return offset - moved;
}
