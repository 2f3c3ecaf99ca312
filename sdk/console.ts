import { log } from "./log";

/**
 * The console that everyone knows, writing to `log`. It is global: nothing has to be imported.
 *
 * @example
 * ```ts
 * console.log("hello");
 * console.warn("careful");
 * console.assert(request.path().length > 0, "a path is never empty");
 * ```
 */
export namespace console {
  export function log(message: string = ""): void {
    logInfo(message);
  }

  export function debug(message: string = ""): void {
    logDebug(message);
  }

  export function info(message: string = ""): void {
    logInfo(message);
  }

  export function warn(message: string = ""): void {
    logWarn(message);
  }

  export function error(message: string = ""): void {
    logError(message);
  }

  /** Writes an error line when the condition does not hold, and goes on; `assert` stops the hook. */
  export function assert(condition: bool, message: string = "console.assert"): void {
    if (!condition) logError("Assertion failed: " + message);
  }
}

function logDebug(message: string): void {
  log.debug(message);
}

function logInfo(message: string): void {
  log.info(message);
}

function logWarn(message: string): void {
  log.warn(message);
}

function logError(message: string): void {
  log.error(message);
}
