import { write } from "node:fs";
import type { LineSink } from "./access-log.ts";

export interface FileSink extends LineSink {
  writeBytes(lines: Buffer): void;
  rest(): void;
  readonly writableLength: number;
  readonly lost: number;
  /** Resolves once everything that was handed over has been written, or lost. */
  settled(): Promise<void>;
}

/** How long a full pipe is left alone before it is tried again, in milliseconds. */
const PATIENCE = 20;

/** What a sink keeps of memory for each of its batches while it rests, in bytes; and the least that it takes. */
const KEPT = 1 << 16;

/** Writes lines of ASCII to a file, pipe or terminal: one batch at a time, what comes meanwhile goes with the next. */
export function createFileSink(descriptor: number): FileSink {
  return new DescriptorSink(descriptor);
}

/** Bytes of lines. */
class Batch {
  bytes: Buffer = Buffer.alloc(0);
  length = 0;
  /** How many of them the system has taken. */
  written = 0;

  /** Makes room for so many bytes more. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(KEPT, 2 * this.bytes.length, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  clear(): void {
    this.length = 0;
    this.written = 0;
  }

  /** Lets go of memory that a batch needed and the next ones will not. */
  shrink(): void {
    if (this.bytes.length > KEPT) this.bytes = Buffer.alloc(0);
  }

  countLines(): number {
    let count = 0;
    const { bytes, length } = this;
    for (let at = bytes.indexOf(10, this.written); at >= 0 && at < length; at = bytes.indexOf(10, at + 1)) count += 1;
    return count;
  }
}

/**
 * Two batches take turns, and keep their memory while lines come: some 30 MB a second of new buffers had the engine
 * collect the whole heap of the main thread twice a second.
 */
class DescriptorSink implements FileSink {
  readonly #descriptor: number;
  #waiting = new Batch();
  /** What the system is writing. */
  #writing = new Batch();
  #lost = 0;
  #idle: (() => void)[] = [];
  readonly #done = (error: NodeJS.ErrnoException | null, written: number): void => this.#written(error, written);

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  get writableLength(): number {
    return this.#waiting.length + this.#writing.length - this.#writing.written;
  }

  get lost(): number {
    return this.#lost;
  }

  write(lines: string): void {
    const waiting = this.#waiting;
    waiting.reserve(lines.length);
    waiting.length += waiting.bytes.write(lines, waiting.length, "latin1");
    if (this.#writing.length === 0) this.#next();
  }

  writeBytes(lines: Buffer): void {
    const waiting = this.#waiting;
    waiting.reserve(lines.length);
    // Of memory that threads share `set` copies word by word: twelve times slower.
    lines.copy(waiting.bytes, waiting.length);
    waiting.length += lines.length;
    if (this.#writing.length === 0) this.#next();
  }

  rest(): void {
    if (this.writableLength > 0) return;
    this.#waiting.shrink();
    this.#writing.shrink();
  }

  settled(): Promise<void> {
    return this.writableLength === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    const written = this.#writing;
    written.clear();
    this.#writing = this.#waiting;
    this.#waiting = written;
    if (this.#writing.length > 0) {
      this.#send();
      return;
    }
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #send(): void {
    const { bytes, length, written } = this.#writing;
    write(this.#descriptor, bytes, written, length - written, null, this.#done);
  }

  #written(error: NodeJS.ErrnoException | null, written: number): void {
    const writing = this.#writing;
    if (error?.code === "EAGAIN") {
      setTimeout(() => this.#send(), PATIENCE);
      return;
    }
    if (error !== null) this.#lost += writing.countLines();
    else {
      writing.written += written;
      if (writing.written < writing.length) {
        this.#send();
        return;
      }
    }
    this.#next();
  }
}
