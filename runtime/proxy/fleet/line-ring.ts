import type { LineSink } from "../../telemetry/access-log.ts";

/** Words before the lines: how many bytes were ever written and read, modulo 2^32. */
const WRITTEN = 0;
const READ = 1;
const HEADER = 8;

/** Bytes of lines that a ring holds; a power of two. */
const SIZE = 1 << 21;
/** A batch that finds no room is lost, so lines are given up before. */
export const RING_BACKLOG: number = SIZE - (1 << 17);

/**
 * Lines of ASCII on their way from one thread to another, in memory that both see: the writer wakes nobody, which costs
 * more than all of its lines, and what it has written is there when it has ended.
 */
export function createLineRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER + SIZE);
}

/** The thread that writes. */
export class LineRingWriter implements LineSink {
  readonly #words: Int32Array;
  readonly #lines: Buffer;
  #written = 0;
  #lost = 0;

  constructor(ring: SharedArrayBuffer) {
    this.#words = new Int32Array(ring, 0, 2);
    this.#lines = Buffer.from(ring, HEADER, SIZE);
  }

  get lost(): number {
    return this.#lost;
  }

  /** Asked once per line, so by a plain load: at worst less has been read than is true. */
  get writableLength(): number {
    return (this.#written - (this.#words[READ] as number)) >>> 0;
  }

  write(lines: string): void {
    if (lines.length > SIZE - ((this.#written - Atomics.load(this.#words, READ)) >>> 0)) {
      this.#lost += lines.split("\n").length - 1;
      return;
    }
    const at = this.#written & (SIZE - 1);
    const first = this.#lines.write(lines, at, "latin1");
    if (first < lines.length) this.#lines.write(lines.slice(first), 0, "latin1");
    this.#written = (this.#written + lines.length) | 0;
    Atomics.store(this.#words, WRITTEN, this.#written);
  }
}

/** The thread that reads. */
export class LineRingReader {
  readonly #words: Int32Array;
  readonly #lines: Buffer;

  constructor(ring: SharedArrayBuffer) {
    this.#words = new Int32Array(ring, 0, 2);
    this.#lines = Buffer.from(ring, HEADER, SIZE);
  }

  /** Takes what is there; whole lines, empty when there are none. */
  read(): string {
    let lines = "";
    this.drain((bytes) => {
      lines += bytes.latin1Slice(0, bytes.length);
    });
    return lines;
  }

  /** The same in at most two pieces, without a text: bytes that are valid during the call only. False: there were none. */
  drain(take: (lines: Buffer) => void): boolean {
    const [written, read] = [Atomics.load(this.#words, WRITTEN), Atomics.load(this.#words, READ)];
    const length = (written - read) >>> 0;
    if (length === 0) return false;
    const at = read & (SIZE - 1);
    const end = Math.min(at + length, SIZE);
    take(this.#lines.subarray(at, end));
    if (end - at < length) take(this.#lines.subarray(0, length - (end - at)));
    Atomics.store(this.#words, READ, written);
    return true;
  }
}
