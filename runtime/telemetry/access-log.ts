/** One line of the access log: what was asked, what was answered, by whom, and why. */
export interface AccessRecord {
  /** RFC 3339, when the request's head had arrived. */
  time: string;
  requestId: string;
  traceId: string;
  spanId: string;
  method: string;
  authority: string;
  path: string;
  query?: string | undefined;
  protocol: string;
  client: string;
  /** 0 when the client left before there was an answer. */
  status: number;
  /** Envoy's response flags joined by commas; `-` when there is nothing to say. */
  flags: string;
  /** Why, in words or a filter's short reason. */
  detail: string;
  listener: string;
  route: string;
  backend: string;
  /** `address:port` of the endpoint that answered last. */
  upstream: string;
  attempts: number;
  /** Milliseconds: the whole exchange, and from the last attempt to the head of its response. */
  duration: number;
  upstreamDuration: number;
  bytesReceived: number;
  bytesSent: number;
  /** Of exchanges that filters held up: milliseconds in which they made it wait, and the most that one kept of a body. */
  waited?: number | undefined;
  bytesKept?: number | undefined;
  /** Version of each plugin that saw the exchange. */
  plugins: Record<string, string>;
  attributes: Record<string, string | number | boolean>;
  /** Attributes that filters have set of the span `spanId`. */
  span?: Record<string, string | number | boolean> | undefined;
  userAgent?: string | undefined;
}

export interface AccessLog {
  /** Never blocks and never throws. */
  record(entry: AccessRecord): void;
  /** A record that its writer has made into a line already: JSON in printable ASCII, with the line's end. */
  line(json: string): void;
  /** Lines that were given up because the sink was too slow or failed. */
  readonly dropped: number;
  /** Hands on what is waiting. */
  flush(): void;
}

/** What takes the lines: a stream, a file, or a test's array. */
export interface LineSink {
  write(lines: string): unknown;
  /** The same for lines that are bytes already, the caller's again when this returns; the end of a line may come with the next. */
  writeBytes?(lines: Buffer): unknown;
  /** Nothing has come for a while: memory that was kept for more may go. */
  rest?(): void;
  /** Characters written but not yet taken. */
  readonly writableLength?: number;
  /** Lines that were taken but could not be written after all. */
  readonly lost?: number;
}

export interface AccessLogOptions {
  sink: LineSink;
  /** Characters that may wait before a batch is written. */
  batch?: number;
  /** Characters that the sink may owe before lines are dropped. */
  backlog?: number;
  /** Milliseconds that a line may wait for its batch; 0 is the end of the event loop's turn. */
  linger?: number;
}

/**
 * Writes JSON lines in batches, off the request's path. Every control character is escaped, so that a request cannot
 * forge a line; a sink that does not keep up costs lines, which are counted, and never a request's time.
 */
export function createAccessLog(options: AccessLogOptions): AccessLog {
  return new BatchedLog(options);
}

class BatchedLog implements AccessLog {
  readonly #sink: LineSink;
  readonly #batch: number;
  readonly #backlog: number;
  readonly #linger: number;
  /** Left to fire when a batch was full before: one timer for many batches. */
  readonly #due = () => {
    this.#scheduled = false;
    this.flush();
  };
  #waiting = "";
  #count = 0;
  #dropped = 0;
  #scheduled = false;

  constructor({ sink, batch = 65_536, backlog = 1_048_576, linger = 0 }: AccessLogOptions) {
    this.#sink = sink;
    this.#batch = batch;
    this.#backlog = backlog;
    this.#linger = linger;
  }

  get dropped(): number {
    return this.#dropped + (this.#sink.lost ?? 0);
  }

  record(entry: AccessRecord): void {
    this.line(`${printable(JSON.stringify(entry))}\n`);
  }

  line(json: string): void {
    const owed = this.#sink.writableLength;
    if (owed !== undefined && owed > this.#backlog) {
      this.#dropped += 1;
      return;
    }
    this.#waiting += json;
    this.#count += 1;
    if (this.#waiting.length > this.#batch) this.flush();
    else if (!this.#scheduled) this.#schedule();
  }

  flush(): void {
    if (this.#waiting === "") return;
    const [lines, count] = [this.#waiting, this.#count];
    this.#waiting = "";
    this.#count = 0;
    try {
      this.#sink.write(lines);
    } catch {
      // A file on a full disk: nobody is refused for that.
      this.#dropped += count;
    }
  }

  #schedule(): void {
    this.#scheduled = true;
    if (this.#linger === 0) setImmediate(this.#due);
    else setTimeout(this.#due, this.#linger).unref();
  }
}

/** A JSON text in printable ASCII: JSON leaves DEL, C1 controls and Unicode's line separators alone; terminals do not. */
export function printable(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A JSON string in printable ASCII; what needs no escaping, as most do, is not escaped. */
export function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : printable(JSON.stringify(text));
}

/** What stands between the quotes of that string. */
export function escaped(text: string): string {
  return PLAIN.test(text) ? text : printable(JSON.stringify(text)).slice(1, -1);
}

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
