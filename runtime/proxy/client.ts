import type { ConnectionInfo } from "../http/exchange.ts";
import { quote } from "../telemetry/access-log.ts";
import type { Services } from "./services.ts";

/** What the proxy knows about a connection beyond its addresses: worked out by its first exchange, kept for the others. */
export class Client {
  readonly connection: ConnectionInfo;
  readonly trusted: boolean;
  /** Protocol and address, as members of a line of the access log. */
  readonly text: string;
  #agent: string | undefined = undefined;
  #agentText = "";

  constructor(connection: ConnectionInfo, isTrusted: Services["isTrusted"]) {
    this.connection = connection;
    this.trusted = isTrusted(connection.clientAddress);
    const address = quote(`${connection.clientAddress}:${connection.clientPort}`);
    this.text = `,"protocol":${quote(connection.protocol)},"client":${address}`;
  }

  /** The end of a line, with the user agent. Most clients say the same in all of their requests. */
  agentText(agent: string | undefined): string {
    if (agent === undefined) return "}";
    if (agent !== this.#agent) {
      this.#agent = agent;
      this.#agentText = `,"userAgent":${quote(agent)}}`;
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
