import type { OnReadOpts, TcpNetConnectOpts } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { type Clock, systemClock } from "../../telemetry/clock.ts";
import type { Dial } from "../dial.ts";
import type { OutboundTls } from "../outbound.ts";
import { handshakeFault, NO_PROTOCOL } from "./handshake-fault.ts";
import { nodeTls } from "./node-tls.ts";
import { identityCheck } from "./peer-identity.ts";
import { clientContextOf } from "./secure-contexts.ts";

/** Connections over TLS: verified, and each but the first resumes the session of one before where the endpoint lets it. */
export function secureDial(
  options: TcpNetConnectOpts,
  tls: OutboundTls,
  protocol: "http/1.1" | "h2",
  clock: Clock = systemClock,
): Dial {
  return new SecureDial(options, tls, protocol, clock);
}

class SecureDial implements Dial {
  readonly ready = "secureConnect";
  readonly #tls: OutboundTls;
  readonly #protocol: string;
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  /** Of a connection whose endpoint was verified: to resume it is to skip that. */
  #session: Buffer | undefined = undefined;
  /** When the certificate that was verified expires, in milliseconds since the epoch. */
  #expiry = 0;

  constructor(options: TcpNetConnectOpts, tls: OutboundTls, protocol: "http/1.1" | "h2", clock: Clock) {
    this.#clock = clock;
    this.#tls = tls;
    this.#protocol = protocol;
    this.#options = {
      ...{ ...options, servername: tls.serverName, ALPNProtocols: [protocol] },
      ...{ rejectUnauthorized: true, checkServerIdentity: identityCheck(tls.names) },
    };
  }

  open(onread?: OnReadOpts): TLSSocket {
    const session = this.#clock.now() < this.#expiry ? this.#session : undefined;
    const secureContext = clientContextOf(this.#tls);
    const options = { ...this.#options, secureContext, ...(session && { session }), ...(onread && { onread }) };
    const socket = nodeTls().connect(options).setNoDelay(true);
    let latest: Buffer | undefined;
    let isVerified = false;
    socket.on("session", (given) => {
      latest = given;
      if (isVerified) this.#session = given;
    });
    socket.once("secureConnect", () => {
      if (!this.#hasProtocol(socket)) return;
      isVerified = true;
      if (!socket.isSessionReused()) this.#expiry = Date.parse(socket.getPeerX509Certificate()?.validTo ?? "");
      if (latest !== undefined) this.#session = latest;
    });
    socket.once("error", () => {
      if (!isVerified) this.#session = undefined;
    });
    return socket;
  }

  faultOf(code: string): string {
    return handshakeFault(code);
  }

  /** HTTP/1.1 is spoken to endpoints that know nothing of ALPN, HTTP/2 is not (RFC 9113 3.2). */
  #hasProtocol(socket: TLSSocket): boolean {
    const { alpnProtocol } = socket;
    if (alpnProtocol === this.#protocol || (alpnProtocol === false && this.#protocol === "http/1.1")) return true;
    socket.destroy(Object.assign(new Error(`the endpoint does not speak ${this.#protocol}`), { code: NO_PROTOCOL }));
    return false;
  }
}
