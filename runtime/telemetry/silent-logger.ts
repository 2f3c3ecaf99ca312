import type { Logger } from "./logger.ts";

/** Says nothing. Apart from `logger.ts`, so that a thread that sends its events elsewhere does without pino. */
export const silentLogger: Logger = { log: () => {} };
