import { write } from "node:fs";
import type { LineSink } from "./access-log.ts";

export interface FileSink extends LineSink {
  readonly writableLength: number;
  readonly lost: number;
  /** Resolves once everything that was handed over has been written, or lost. */
  settled(): Promise<void>;
}

/** How long a full pipe is left alone before it is tried again, in milliseconds. */
const PATIENCE = 20;

/** Writes lines of ASCII to a file, pipe or terminal: one batch at a time, what comes meanwhile goes with the next. */
export function createFileSink(descriptor: number): FileSink {
  return new DescriptorSink(descriptor);
}

class DescriptorSink implements FileSink {
  readonly #descriptor: number;
  #waiting = "";
  /** What the system is writing. */
  #writing = "";
  #lost = 0;
  #idle: (() => void)[] = [];

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  get writableLength(): number {
    return this.#waiting.length + this.#writing.length;
  }

  get lost(): number {
    return this.#lost;
  }

  write(lines: string): void {
    this.#waiting += lines;
    if (this.#writing === "") this.#next();
  }

  settled(): Promise<void> {
    return this.writableLength === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    this.#writing = this.#waiting;
    this.#waiting = "";
    if (this.#writing !== "") {
      this.#send();
      return;
    }
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #send(): void {
    write(this.#descriptor, this.#writing, null, "latin1", (error, written) => this.#written(error, written));
  }

  #written(error: NodeJS.ErrnoException | null, written: number): void {
    if (error?.code === "EAGAIN") {
      setTimeout(() => this.#send(), PATIENCE);
      return;
    }
    if (error === null && written < this.#writing.length) {
      this.#writing = this.#writing.slice(written);
      this.#send();
      return;
    }
    if (error !== null) this.#lost += countLines(this.#writing);
    this.#next();
  }
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
