import type { Conversation } from "../client.ts";
import { passing } from "../forwarded.ts";
import { type Field, type Message, readResponse } from "../strict.ts";
import { type Heddle, startHeddle } from "../target.ts";
import { oneOf, type Random } from "./numbers.ts";
import type { Verdict } from "./request-lane.ts";
import { memoryListener, type OpenWire, tcpWire, type Wire } from "./wire.ts";

/** What a strict recipient makes of an upstream's bytes. */
interface Foretold {
  readonly final: Message | undefined;
  /** The final response's head is in order, what follows is not. */
  readonly headed: boolean;
  readonly interims: readonly Message[];
  /** The upstream has to end its connection: more bytes, or fewer, or no other end. */
  readonly ends: boolean;
}

const MAX_INTERIMS = 10;
/** Milliseconds after which an exchange counts as stuck. */
const PATIENCE = 20_000;

function foretell(text: string, method: string): Foretold {
  const interims: Message[] = [];
  for (let at = 0; ; ) {
    const read = readResponse(text, at, method, true);
    if (read.kind !== "message")
      return { final: undefined, headed: read.head > 0 && read.kind === "incomplete", interims, ends: true };
    const { message } = read;
    at = message.end;
    if (message.status === 101) return { final: undefined, headed: false, interims, ends: true };
    if (message.status >= 200)
      return { final: message, headed: true, interims, ends: at < text.length || message.framing === "close" };
    interims.push(message);
    if (interims.length > MAX_INTERIMS) return { final: undefined, headed: false, interims, ends: true };
  }
}

/** One proxy whose origin answers with the stream; after each a plain exchange shows that nothing of it is left. */
export class ResponseLane {
  readonly heddle: Heddle;
  readonly #client: LaneClient;

  private constructor(heddle: Heddle, open: OpenWire) {
    this.heddle = heddle;
    this.#client = new LaneClient(open);
  }

  /** @param over as of a RequestLane; the origin's side is real either way */
  static async start(over: "tcp" | "memory" = "tcp"): Promise<ResponseLane> {
    const limits = { requestsPerConnection: 1_000_000_000 };
    const { listen, open } = memoryListener();
    const heddle = await startHeddle(over === "memory" ? { limits, listen } : { limits });
    return new ResponseLane(heddle, over === "memory" ? open : tcpWire(heddle.port));
  }

  close(): Promise<void> {
    this.#client.drop();
    return this.heddle.close();
  }

  async run(stream: string, random: Random): Promise<Verdict> {
    const { heddle } = this;
    const method = oneOf(random, ["GET", "GET", "GET", "POST", "HEAD"]);
    const foretold = foretell(stream, method);
    const ending = foretold.ends || random(8) === 0 ? "end" : "keep";
    heddle.reset();
    heddle.origin.answer = () => ({ bytes: stream, ending });
    const body = method === "POST" ? "Content-Length: 2\r\n\r\nok" : "\r\n";
    const request = `${method} /mutated HTTP/1.1\r\nHost: a.test\r\n${body}`;
    const seen = await this.#client.ask(request, (text) => isComplete(text, method));
    const faults = [...judge(foretold, seen, method), ...heddle.origin.broken];
    const stricter = faults.length === 0 && isStricter(foretold, seen, method) ? this.#reason() : undefined;
    faults.push(...(await this.#plain()));
    return { faults, stricter };
  }

  #reason(): string {
    const detail = this.heddle.lines.at(-1)?.detail ?? "";
    return detail.replace(/^bad response head: (\w+) at byte \d+$/, "$1");
  }

  /** On the same connection where that is still open. */
  async #plain(): Promise<string[]> {
    this.heddle.origin.answer = () => "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nplain";
    const { text, ending } = await this.#client.ask("GET /plain HTTP/1.1\r\nHost: a.test\r\n\r\n", (text) =>
      isComplete(text, "GET"),
    );
    const read = readResponse(text, 0, "GET", true);
    const right = read.kind === "message" && read.message.body === "plain" && read.message.end === text.length;
    return right ? [] : [`the next exchange (${ending}): ${JSON.stringify(text.slice(0, 300))}`];
  }
}

/** Asks one thing at a time, on one connection as long as that lasts. */
class LaneClient {
  readonly #open: OpenWire;
  #wire: Wire | undefined;
  #text = "";
  #heard: (closed: boolean) => void = () => {};

  constructor(open: OpenWire) {
    this.#open = open;
  }

  drop(): void {
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.destroy();
  }

  ask(request: string, isComplete: (text: string) => boolean): Promise<Conversation> {
    this.#text = "";
    return new Promise((resolve) => {
      const done = (ending: Conversation["ending"]) => {
        clearTimeout(timer);
        if (ending === "end" || /\r\nconnection: close\r\n/.test(this.#text)) this.drop();
        resolve({ text: this.#text, ending });
      };
      const timer = setTimeout(() => {
        this.drop();
        done("open");
      }, PATIENCE);
      this.#heard = (closed) => {
        if (closed) done("end");
        else if (isComplete(this.#text)) done("open");
      };
      this.#wire ??= this.#connect();
      this.#wire.write(request);
    });
  }

  #connect(): Wire {
    const wire = this.#open({
      received: (text) => {
        if (this.#wire !== wire) return;
        this.#text += text;
        this.#heard(false);
      },
      closed: () => {
        if (this.#wire === wire) this.#heard(true);
      },
    });
    return wire;
  }
}

function finalIn(text: string, method: string, closed: boolean): Message | undefined {
  for (let at = 0; ; ) {
    const read = readResponse(text, at, method, closed);
    if (read.kind !== "message") return undefined;
    if (read.message.status >= 200) return read.message;
    at = read.message.end;
  }
}

const isComplete = (text: string, method: string): boolean => finalIn(text, method, false) !== undefined;

function isStricter({ final }: Foretold, seen: Conversation, method: string): boolean {
  return final !== undefined && finalIn(seen.text, method, true)?.status === 502 && final.status !== 502;
}

function judge({ final, headed }: Foretold, seen: Conversation, method: string): string[] {
  const got = finalIn(seen.text, method, seen.ending === "end");
  if (seen.ending === "open" && got === undefined) return [`stuck: ${JSON.stringify(seen.text.slice(0, 300))}`];
  if (got !== undefined && seen.text.length > got.end)
    return [`more than one response: ${JSON.stringify(seen.text.slice(0, 600))}`];
  if (got?.status === 502) return [];
  if (final === undefined) {
    if (got === undefined) return headed || seen.text === "" ? [] : isTruncated(seen.text, method);
    // A body that may not be there is not forwarded (RFC 9110 15.3.5).
    if (got.status === 204 && got.body === "") return [];
    return [`a whole ${got.status} where the upstream's is none`];
  }
  if (got === undefined) return [`no response (${seen.ending}): ${JSON.stringify(seen.text.slice(0, 300))}`];
  const found: string[] = [];
  const same = (what: string, want: unknown, is: unknown) => {
    if (JSON.stringify(want) !== JSON.stringify(is))
      found.push(`${what}: ${JSON.stringify(is)}, want ${JSON.stringify(want)}`);
  };
  same("status", final.status, got.status);
  same("fields", dated(passing(final.fields)), dated(passing(got.fields)));
  same("body", final.body, got.body);
  same("trailers", [], got.trailers);
  return found;
}

/** Without Date, which a response gets that has none (RFC 9110 6.6.1). */
const dated = (fields: readonly Field[]) =>
  fields.filter(([name, value]) => name !== "date" || value.endsWith(" 00:00:00 GMT"));

/** Interim responses, and then a head in order and not all of its body, or nothing. */
function isTruncated(text: string, method: string): string[] {
  for (let at = 0; at < text.length; ) {
    const read = readResponse(text, at, method, false);
    if (read.kind === "incomplete") return [];
    if (read.kind === "bad" || read.message.status >= 200)
      return [`half a response: ${JSON.stringify(text.slice(0, 300))}`];
    at = read.message.end;
  }
  return [];
}
