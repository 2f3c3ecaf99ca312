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
  #named = "";
  #authority: Authority | undefined = undefined;
  readonly #asked = new Remembered();
  readonly #forwarded = new Remembered();
  #agent: string | undefined = undefined;
  #agentText = "";

  constructor(connection: ConnectionInfo, isTrusted: Services["isTrusted"]) {
    this.connection = connection;
    this.trusted = isTrusted(connection.clientAddress);
    const address = quote(`${connection.clientAddress}:${connection.clientPort}`);
    this.#text = own(`","protocol":${quote(connection.protocol)},"client":${address}`);
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

  /** The lines of `x-forwarded-for`, `-proto` and `-host`, where nobody forwarded the request before, and how the next one begins. */
  forwardedLines(scheme: string, authority: string): string {
    const known = this.#forwarded.recall(scheme, authority);
    if (known !== undefined) return known;
    const lines = `x-forwarded-for: ${this.connection.clientAddress}\r\nx-forwarded-proto: ${scheme}\r\n`;
    return this.#forwarded.keep(scheme, authority, `${lines}x-forwarded-host: ${authority}\r\ntraceparent: `);
  }

  /** Of a line of the access log: what was asked for. */
  askedText(method: string, authority: string): string {
    const known = this.#asked.recall(method, authority);
    return (
      known ??
      this.#asked.keep(method, authority, `","method":${quote(method)},"authority":${quote(authority)},"path":"`)
    );
  }

  /** Of a line of the access log, from the end of what was asked for: who asked. */
  text(agent: string | undefined): string {
    if (agent !== this.#agent) {
      this.#agent = agent && own(agent);
      this.#agentText = agent === undefined ? this.#text : own(`${this.#text},"userAgent":${quote(agent)}`);
    }
    return this.#agentText;
  }
}

/** The text that was made of two others, as long as they stay the same. */
class Remembered {
  #first = "";
  #second = "";
  #text: string | undefined = undefined;

  recall(first: string, second: string): string | undefined {
    return first === this.#first && second === this.#second ? this.#text : undefined;
  }

  keep(first: string, second: string, text: string): string {
    this.#first = first;
    this.#second = second;
    this.#text = own(text);
    return this.#text;
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
