import type { ConnectionInfo } from "../http/exchange.ts";
import { quote } from "../telemetry/access-log.ts";
import { type Authority, parseAuthority } from "./route/host.ts";
import type { Services } from "./services.ts";

/**
 * What the proxy knows about a connection beyond its addresses. Most clients name the same authority and user agent in
 * all of their requests: what was made of the last ones is kept.
 */
export class Client {
  readonly connection: ConnectionInfo;
  readonly trusted: boolean;
  /** Protocol and address, as members of a line of the access log. */
  readonly #text: string;
  #agent: string | undefined = undefined;
  #agentText: string;
  #named = "";
  #authority: Authority | undefined = undefined;

  constructor(connection: ConnectionInfo, isTrusted: Services["isTrusted"]) {
    this.connection = connection;
    this.trusted = isTrusted(connection.clientAddress);
    const address = quote(`${connection.clientAddress}:${connection.clientPort}`);
    this.#text = own(`,"protocol":${quote(connection.protocol)},"client":${address}`);
    this.#agentText = this.#text;
  }

  /** `parseAuthority`. */
  authorityOf(named: string): Authority | undefined {
    if (named !== this.#named) {
      this.#authority = parseAuthority(named);
      this.#named = own(named);
    }
    return this.#authority;
  }

  /** Protocol, address and user agent, as members of a line of the access log. */
  text(agent: string | undefined): string {
    if (agent !== this.#agent) {
      this.#agent = agent && own(agent);
      this.#agentText = agent === undefined ? this.#text : own(`${this.#text},"userAgent":${quote(agent)}`);
    }
    return this.#agentText;
  }
}

export function clientOf(connection: ConnectionInfo, isTrusted: Services["isTrusted"]): Client {
  const known = connection.memo;
  // The memo of a copy of the connection's facts speaks of another connection.
  if (known instanceof Client && known.connection === connection) return known;
  const client = new Client(connection, isTrusted);
  connection.memo = client;
  return client;
}

/** The same text in one piece of its own: a slice would keep all of the head that it was cut from. */
function own(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
