/** A number per cell. One thread writes a cell; any thread that holds the memory may read it. */
export interface Place {
  /** Number of the block, in the order in which they were made. */
  readonly block: number;
  readonly cells: Float64Array;
  readonly at: number;
}

/** Cells of one block: 32 KB. */
const BLOCK = 4096;

/**
 * Memory for metrics, given out in stretches that stay where they are. It is shared memory, so that another thread reads
 * without asking: a cell has one writer, which adds to what it wrote itself, so nothing is lost without Atomics; an aligned
 * 64-bit store is one instruction wherever Node runs, so a reader sees a value that was there, at worst one that is old.
 */
export class MetricCells {
  #block = -1;
  #cells: Float64Array = new Float64Array(0);
  #used = 0;

  reserve(count: number): Place {
    if (this.#used + count > this.#cells.length) {
      this.#cells = new Float64Array(new SharedArrayBuffer(8 * Math.max(BLOCK, count)));
      this.#block += 1;
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += count;
    return { block: this.#block, cells: this.#cells, at };
  }
}
