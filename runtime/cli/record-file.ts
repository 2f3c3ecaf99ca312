import { closeSync, openSync } from "node:fs";
import { HeddleError, messageOf } from "../errors.ts";
import type { RecordTarget } from "../proxy/fleet/recording.ts";
import type { RecordContent } from "../proxy/recording/recorder.ts";
import { createFileSink } from "../telemetry/file-sink.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { RecordingEnd } from "../telemetry/recorded-exchange.ts";

export interface RecordFileOptions {
  readonly file: string;
  /** Bytes after which nothing more is written. */
  readonly limit: number;
  readonly content: RecordContent;
}

export interface RecordFile extends RecordTarget {
  /** Writes how the recording ended as its last line. Resolves once all is in the file. */
  close(): Promise<void>;
}

/** Bytes that may wait for a slow disk; more of them are lost, and counted. */
const BACKLOG = 32 << 20;

/**
 * Opens the file of a recording, for its owner alone: new, since a recording is about one run of a proxy. The system
 * writes while the thread goes on.
 *
 * @throws USAGE when it exists or cannot be made
 */
export function openRecordFile({ file, limit, content }: RecordFileOptions, logger: Logger): RecordFile {
  const descriptor = open(file);
  const sink = createFileSink(descriptor);
  const counts = { bytes: 0, taken: 0, lost: 0 };
  let [reason, closed] = ["", false];
  const finish = (why: string): false => {
    reason = why;
    logger.log("warn", "recording ended", { file, bytes: counts.bytes, lost: counts.lost, reason });
    return false;
  };
  const lost = (): number => counts.lost + sink.lost;
  return {
    content,
    get lost() {
      return lost();
    },
    write(lines, more) {
      counts.lost += more;
      const bytes = Buffer.from(lines);
      const exchanges = countLines(bytes);
      if (sink.writableLength + bytes.length > BACKLOG) {
        counts.lost += exchanges;
        return true;
      }
      if (counts.bytes + bytes.length > limit) return finish("limit");
      sink.writeBytes(bytes);
      counts.bytes += bytes.length;
      counts.taken += exchanges;
      return true;
    },
    async close() {
      if (closed) return;
      closed = true;
      await sink.settled();
      const exchanges = counts.taken - sink.lost;
      const last: RecordingEnd = { end: { exchanges, lost: lost(), reason: reason || "closed" } };
      sink.writeBytes(Buffer.from(`${JSON.stringify(last)}\n`));
      await sink.settled();
      closeSync(descriptor);
      if (lost() > 0) logger.log("warn", "exchanges were not recorded", { file, lost: lost() });
    },
  };
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

function open(file: string): number {
  try {
    return openSync(file, "wx", 0o600);
  } catch (cause) {
    throw new HeddleError("USAGE", `expected a file that can be made for the recording, but ${messageOf(cause)}`, {
      where: file,
      cause,
    });
  }
}
