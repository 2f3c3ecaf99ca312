import * as host from "./host";

/**
 * Who is talking to whom.
 *
 * @example
 * ```ts
 * if (connection.clientAddress().startsWith("10.")) log.debug("an internal client");
 * ```
 */
export namespace connection {
  /** The client's address behind trusted proxies; no port, no brackets. */
  export function clientAddress(): string {
    return host.connectionClientAddress();
  }

  export function clientPort(): u32 {
    return host.connectionClientPort();
  }

  export function serverAddress(): string {
    return host.connectionServerAddress();
  }

  export function serverPort(): u32 {
    return host.connectionServerPort();
  }

  /** `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`. */
  export function protocol(): string {
    return host.connectionProtocol();
  }
}
