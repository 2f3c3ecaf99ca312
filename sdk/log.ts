import * as host from "./host";

/**
 * Lines in the proxy's log under the plugin's name, bounded per request.
 *
 * @example
 * ```ts
 * log.info("started");
 * log.error("no key set named issuer");
 * ```
 */
export namespace log {
  export function trace(message: string): void {
    host.logWrite(0, message);
  }

  export function debug(message: string): void {
    host.logWrite(1, message);
  }

  export function info(message: string): void {
    host.logWrite(2, message);
  }

  export function warn(message: string): void {
    host.logWrite(3, message);
  }

  export function error(message: string): void {
    host.logWrite(4, message);
  }
}
