import type { Logger } from "../../telemetry/logger.ts";
import type { Notice, WorkerEvent } from "./messages.ts";

/** Events that one turn may post; a flood of them costs events, not the memory of the main thread. */
const MOST = 1_000;

/** A worker's log: what is said in one turn of its event loop goes to the main thread as one message. */
export function createEventSink(say: (notice: Notice) => void): Logger {
  let waiting: WorkerEvent[] = [];
  const flush = () => {
    say({ kind: "events", events: waiting });
    waiting = [];
  };
  return {
    log(level, message, details = {}) {
      if (waiting.length === 0) setImmediate(flush);
      if (waiting.length < MOST) waiting.push({ level, message, details });
    },
  };
}
