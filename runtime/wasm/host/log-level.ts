import type { LogLevel } from "../services.ts";

/** From what says most to what says least. */
const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** Whether lines of a level are written where this one is the least. */
export function isWritten(level: LogLevel, least: LogLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}
