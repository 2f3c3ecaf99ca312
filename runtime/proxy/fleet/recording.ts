/** Where a fleet's recording goes, in the main thread. */
export interface RecordTarget {
  /** Whether secrets are left in. */
  readonly raw: boolean;
  /** Takes lines with their ends; false when it has taken all that it will. */
  write(lines: string): boolean;
}

/** What a worker records by. */
export interface RecordSetup {
  readonly raw: boolean;
  /** One number: 0 once nothing more is taken. */
  readonly open: SharedArrayBuffer;
}

/** Lines that one turn may post; more of them are lost, not the memory of the main thread. */
const MOST = 1_000;

/** Collects a worker's lines: those of one turn of its event loop go to the main thread as one message. */
export function createRecordPost(post: (lines: string) => void): (line: string) => void {
  let waiting: string[] = [];
  const flush = () => {
    post(`${waiting.join("\n")}\n`);
    waiting = [];
  };
  return (line) => {
    if (waiting.length === 0) setImmediate(flush);
    if (waiting.length < MOST) waiting.push(line);
  };
}

/** The recording of all workers: closes for all of them when its target is full. */
export function createRecording(target: RecordTarget): { readonly setup: RecordSetup; take(lines: string): void } {
  const open = new Int32Array(new SharedArrayBuffer(4)).fill(1);
  return {
    setup: { raw: target.raw, open: open.buffer },
    take(lines) {
      if (Atomics.load(open, 0) === 1 && !target.write(lines)) Atomics.store(open, 0, 0);
    },
  };
}
