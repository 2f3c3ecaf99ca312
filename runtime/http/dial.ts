import { lookup as askSystem } from "node:dns";
import { connect, type LookupFunction, type OnReadOpts, type Socket } from "node:net";
import { systemClock } from "../telemetry/clock.ts";
import { forbidden, isForbidden } from "./forbidden-addresses.ts";
import { createNameCache } from "./name-cache.ts";
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

/** This thread's. */
const names = createNameCache({ ask: askSystem, clock: systemClock });

/**
 * @param protocol what is asked for by ALPN where there is TLS
 * @param lookup resolves an endpoint that is a name, anew for each connection
 */
export function createDial(
  { address, port, tls }: OutboundEndpoint,
  protocol: "http/1.1" | "h2",
  lookup: LookupFunction = names,
): Dial {
  const place = isForbidden(address) ? nowhere(address) : { host: address, lookup };
  const options = { ...place, port, allowHalfOpen: protocol === "http/1.1", noDelay: true };
  if (tls !== undefined) return secureDial(options, tls, protocol);
  return {
    ready: "connect",
    open: (onread) => connect(onread === undefined ? options : { ...options, onread }),
    faultOf: (code) => code,
  };
}

/** A name that is refused for the address that it would stand for (`createNameCache`): an address itself is not looked at. */
function nowhere(address: string): { host: string; lookup: LookupFunction } {
  const error = forbidden(`${address} is a link-local address or a metadata service`);
  return { host: "endpoint.invalid", lookup: (_name, _options, done) => process.nextTick(done, error, "", 0) };
}
