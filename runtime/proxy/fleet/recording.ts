import type { RecordContent } from "../recording/recorder.ts";

/** Where a fleet's recording goes, in the main thread. */
export interface RecordTarget {
  readonly content: RecordContent;
  /** Takes lines with their ends, and how many more the thread has given up; false when it has taken all that it will. */
  write(lines: string, lost: number): boolean;
  /** Exchanges that are not in it, since they came faster than they could be written. */
  readonly lost: number;
}

/** What a worker records by. */
export interface RecordSetup {
  readonly content: RecordContent;
  /** One number: 0 once nothing more is taken. */
  readonly open: SharedArrayBuffer;
}

/** Lines that one turn may post; more of them are counted, and do not fill the memory of the main thread. */
const MOST = 1_000;
/** Characters that one turn may post: bodies may be long. */
const MOST_CHARACTERS = 8 << 20;

/** Collects a worker's lines: those of one turn of its event loop go to the main thread as one message. */
export function createRecordPost(post: (lines: string, lost: number) => void): (line: string) => void {
  let waiting: string[] = [];
  let [characters, lost] = [0, 0];
  const flush = () => {
    post(waiting.map((line) => `${line}\n`).join(""), lost);
    waiting = [];
    [characters, lost] = [0, 0];
  };
  return (line) => {
    if (waiting.length + lost === 0) setImmediate(flush);
    if (waiting.length === MOST || characters + line.length > MOST_CHARACTERS) {
      lost += 1;
      return;
    }
    waiting.push(line);
    characters += line.length;
  };
}

/** The recording of all workers: closes for all of them when its target is full. */
export interface Recording {
  readonly setup: RecordSetup;
  readonly lost: number;
  take(lines: string, lost: number): void;
}

export function createRecording(target: RecordTarget): Recording {
  const open = new Int32Array(new SharedArrayBuffer(4)).fill(1);
  return {
    setup: { content: target.content, open: open.buffer },
    get lost() {
      return target.lost;
    },
    take(lines, lost) {
      if (Atomics.load(open, 0) === 1 && !target.write(lines, lost)) Atomics.store(open, 0, 0);
    },
  };
}
