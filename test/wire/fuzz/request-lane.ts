import { canonicalHost, canonicalTarget } from "../canonical.ts";
import { differences } from "../forwarded.ts";
import { type Message, type Reading, readResponse, valuesOf } from "../strict.ts";
import { type Heddle, startHeddle } from "../target.ts";
import { type Foretold, foretell, isForUs } from "./foretell.ts";
import { split } from "./mutation.ts";
import type { Random } from "./numbers.ts";
import { STRICTER } from "./stricter.ts";
import { memoryListener, type OpenWire, tcpWire, type Wire } from "./wire.ts";

/** Milliseconds after which a stream counts as stuck. */
const PATIENCE = 20_000;

export interface Verdict {
  /** What is wrong; empty where nothing is. */
  readonly faults: readonly string[];
  /** The reason for which a valid request was refused. */
  readonly stricter: string | undefined;
}

/** One proxy, one origin and one connection at a time: streams go through one behind the other. */
export class RequestLane {
  readonly heddle: Heddle;
  readonly #open: OpenWire;
  #wire: Wire | undefined;
  #text = "";
  #finals: Message[] = [];
  #wrong = "";
  #closed = false;
  #foretold: Foretold = { requests: [], tail: "none" };
  #ends = false;
  #done: (() => void) | undefined;
  #read = 0;

  private constructor(heddle: Heddle, open: OpenWire) {
    this.heddle = heddle;
    this.#open = open;
    heddle.origin.answer = answerOf;
  }

  /** @param over `tcp`: real sockets; `memory`: the client's side without the system, which is the most of the time */
  static async start(over: "tcp" | "memory" = "tcp"): Promise<RequestLane> {
    const limits = { requestsPerConnection: 1_000_000_000 };
    const { listen, open } = memoryListener();
    const heddle = await startHeddle(over === "memory" ? { limits, listen } : { limits });
    return new RequestLane(heddle, over === "memory" ? open : tcpWire(heddle.port));
  }

  async close(): Promise<void> {
    this.#wire?.destroy();
    await this.heddle.close();
  }

  /** Sends one stream, waits for all that must come of it, and judges. */
  async run(stream: string, random: Random): Promise<Verdict> {
    const { heddle } = this;
    heddle.reset();
    heddle.origin.answer = answerOf;
    this.#foretold = foretell(stream);
    const { tail } = this.#foretold;
    // Half a message has to end with our direction, and now and then whole ones do too.
    const finish = tail === "incomplete" || random(8) === 0;
    this.#ends = finish || tail !== "none";
    this.#finals = [];
    this.#text = "";
    this.#read = 0;
    this.#wrong = "";
    const stuck = await this.#talk(split(stream, random), finish);
    if (this.#ends || this.#closed) this.#drop();
    return this.#judge(stuck);
  }

  async #talk(pieces: readonly string[], finish: boolean): Promise<boolean> {
    const wire = this.#wire ?? this.#connect();
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<boolean>((resolve) => {
      this.#done = () => resolve(false);
      timer = setTimeout(() => resolve(true), PATIENCE);
    });
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await new Promise(setImmediate);
      wire.write(piece);
    }
    if (finish) wire.end();
    const stuck = await over;
    clearTimeout(timer);
    this.#done = undefined;
    return stuck;
  }

  #connect(): Wire {
    this.#closed = false;
    const wire = this.#open({
      received: (text) => {
        if (this.#wire !== wire) return;
        this.#text += text;
        this.#readAll(false);
      },
      closed: () => {
        if (this.#wire !== wire) return;
        this.#closed = true;
        this.#readAll(true);
        this.#done?.();
      },
    });
    this.#wire = wire;
    return wire;
  }

  #drop(): void {
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.destroy();
  }

  #readAll(closed: boolean): void {
    while (this.#read < this.#text.length) {
      const read = this.#readOne(closed);
      if (read.kind === "incomplete" && !closed) return;
      if (read.kind !== "message") {
        this.#wrong = `response ${read.kind}: ${JSON.stringify(this.#text.slice(this.#read, this.#read + 300))}`;
        this.#done?.();
        return;
      }
      this.#read = read.message.end;
      if (read.message.status >= 200) this.#finals.push(read.message);
      // A refusal ends the connection.
      if (read.message.status >= 400) this.#ends = true;
    }
    if (!this.#ends && this.#finals.length >= this.#foretold.requests.length) this.#done?.();
  }

  #readOne(closed: boolean): Reading {
    const request = this.#foretold.requests[this.#finals.length];
    const read = readResponse(this.#text, this.#read, request?.method ?? "GET", closed);
    if (request !== undefined || read.kind === "message" || !closed) return read;
    // What is no request may have begun with HEAD, and then its error has no body.
    return readResponse(this.#text, this.#read, "HEAD", closed);
  }

  #judge(stuck: boolean): Verdict {
    const { requests, tail } = this.#foretold;
    const finals = this.#finals;
    const faults: string[] = [];
    if (stuck) faults.push(`stuck after ${finals.length} of ${requests.length} responses (${tail})`);
    if (this.#wrong !== "") faults.push(this.#wrong);
    faults.push(...this.heddle.origin.broken.map((broken) => `origin: ${broken}`));
    const refusedAt = finals.findIndex((response) => response.status >= 400);
    const answered = refusedAt < 0 ? finals.length : refusedAt;
    // A response to HTTP/1.0 may have no other end than that of the connection (RFC 9112 6.3).
    const old = refusedAt < 0 && this.#closed && requests[answered - 1]?.version === "1.0";
    if (refusedAt >= 0 && refusedAt !== finals.length - 1) faults.push("it went on behind a refusal");
    if (refusedAt >= 0 && !this.#closed) faults.push("the connection stayed open behind a refusal");
    if (refusedAt < 0 && tail === "bad" && !old) faults.push("what is no request got no error");
    if (refusedAt < 0 && answered < requests.length && !old)
      faults.push(`${answered} of ${requests.length} were answered`);
    if (answered > requests.length) faults.push(`${answered} answers for ${requests.length} requests`);
    faults.push(...this.#atOrigin(requests.slice(0, answered)));
    const stricter = refusedAt >= 0 && refusedAt < requests.length ? this.#reason() : undefined;
    if (stricter !== undefined && !STRICTER.has(stricter)) faults.push(`refused: ${stricter}`);
    return { faults, stricter };
  }

  /** Every request that was answered is there once, in order, as it was allowed, and its answer came back. */
  #atOrigin(sent: readonly Message[]): string[] {
    const { requests } = this.heddle.origin;
    const faults: string[] = [];
    let at = 0;
    for (const [index, request] of sent.entries()) {
      const answer = this.#finals[index];
      if (isForUs(request)) continue;
      const got = requests[at];
      at += 1;
      if (got === undefined) {
        faults.push(`request ${index} never reached the origin, yet got ${answer?.status}`);
        continue;
      }
      const host = canonicalHost(request) ?? valuesOf(got.fields, "host").join();
      faults.push(...differences(request, got, { target: canonicalTarget(request.target), host }));
      const wanted = request.method === "HEAD" ? "" : `#${at - 1}`;
      if (answer?.status !== 200 || answer.body !== wanted)
        faults.push(`answer ${index}: ${answer?.status} ${answer?.body}`);
    }
    if (requests.length > at) faults.push(`${requests.length - at} more requests reached the origin`);
    return faults;
  }

  #reason(): string {
    return this.heddle.lines.at(-1)?.detail ?? "no line in the log";
  }
}

/** The number of the request, in each of the framings in turn. */
function answerOf({ method }: Message, index: number): string {
  const data = `#${index}`;
  if (method === "HEAD") return `HTTP/1.1 200 OK\r\ncontent-length: ${data.length}\r\n\r\n`;
  if (index % 3 === 0) return `HTTP/1.1 200 OK\r\ncontent-length: ${data.length}\r\n\r\n${data}`;
  const chunk = `${data.length}${index % 3 === 2 ? ";a=b" : ""}\r\n${data}\r\n`;
  return `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk}0\r\n${index % 3 === 2 ? "x-sum: 1\r\n" : ""}\r\n`;
}
