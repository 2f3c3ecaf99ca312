import { connect, type OnReadOpts, type Socket } from "node:net";
import type { OutboundEndpoint } from "./outbound.ts";
import { secureDial } from "./tls/secure-dial.ts";

/** Opens connections to one endpoint. */
export interface Dial {
  /** Begins to connect. @param onread reads into a buffer of the caller's instead of the socket's stream */
  open(onread?: OnReadOpts): Socket;
  /** The event after which a socket can be used. */
  readonly ready: "connect" | "secureConnect";
  /** Of a connection that did not come about: words for the log. @param code of Node's error */
  faultOf(code: string): string;
}

/** @param protocol what is asked for by ALPN where there is TLS */
export function createDial(endpoint: OutboundEndpoint, protocol: "http/1.1" | "h2"): Dial {
  const { address, port, tls } = endpoint;
  if (tls !== undefined) return secureDial(address, port, tls, protocol);
  const options = { host: address, port, noDelay: true, allowHalfOpen: protocol === "http/1.1" };
  return {
    ready: "connect",
    open: (onread) => connect(onread === undefined ? options : { ...options, onread }),
    faultOf: (code) => code,
  };
}
