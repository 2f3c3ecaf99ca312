import { pino } from "pino";

export type Level = "trace" | "debug" | "info" | "warn" | "error";

/** The process's own log: events, not requests. */
export interface Logger {
  log(level: Level, message: string, details?: Record<string, unknown>): void;
}

export interface LoggerOptions {
  level?: Level | "silent";
  /** Where lines go; the process's standard error unless given. */
  destination?: { write(line: string): void };
  /** Fields that every line carries. */
  base?: Record<string, unknown>;
}

/** JSON lines through pino. */
export function createLogger({ level = "info", destination, base = {} }: LoggerOptions = {}): Logger {
  const options = { level, base, timestamp: pino.stdTimeFunctions.isoTime, messageKey: "message" };
  const sink = pino(options, destination ?? pino.destination({ dest: 2, sync: true }));
  return {
    log: (name, message, details = {}) => sink[name](details, message),
  };
}
