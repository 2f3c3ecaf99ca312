import { openSync, writeSync } from "node:fs";
import { HeddleError, messageOf } from "../errors.ts";
import type { RecordTarget } from "../proxy/fleet/recording.ts";
import type { Logger } from "../telemetry/logger.ts";

export interface RecordFileOptions {
  readonly file: string;
  /** Bytes after which nothing more is written. */
  readonly limit: number;
  /** Whether secrets are left in. */
  readonly raw: boolean;
}

/**
 * Opens the file of a recording, for its owner alone: new, since a recording is about one run of a proxy.
 *
 * @throws USAGE when it exists or cannot be written
 */
export function openRecordFile({ file, limit, raw }: RecordFileOptions, logger: Logger): RecordTarget {
  const descriptor = open(file);
  let written = 0;
  const full = (reason: string): false => {
    logger.log("warn", "recording ended", { file, bytes: written, reason });
    return false;
  };
  return {
    raw,
    write(lines) {
      const bytes = Buffer.from(lines);
      if (written + bytes.length > limit) return full(`more than ${limit} bytes`);
      try {
        writeSync(descriptor, bytes);
      } catch (error) {
        return full(messageOf(error));
      }
      written += bytes.length;
      return true;
    },
  };
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
