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
  /** Version of each plugin that saw the exchange. */
  plugins: Record<string, string>;
  attributes: Record<string, string | number | boolean>;
  userAgent?: string | undefined;
}

export interface AccessLog {
  /** Never blocks and never throws. */
  record(entry: AccessRecord): void;
  /** Lines that were given up because the sink was too slow. */
  readonly dropped: number;
  /** Hands on what is waiting. */
  flush(): void;
}

/** What takes the lines: a stream, or a test's array. */
export interface LineSink {
  write(lines: string): unknown;
  /** Characters written but not yet taken. */
  readonly writableLength?: number;
}

export interface AccessLogOptions {
  sink: LineSink;
  /** Characters that may wait before a batch is written. */
  batch?: number;
  /** Characters that the sink may owe before lines are dropped. */
  backlog?: number;
}

/**
 * Writes JSON lines in batches, off the request's path. JSON escapes every control character, so that a request cannot
 * forge a line; a sink that does not keep up costs lines, which are counted, and never a request's time.
 */
export function createAccessLog({ sink, batch = 65_536, backlog = 1_048_576 }: AccessLogOptions): AccessLog {
  let waiting = "";
  let count = 0;
  let dropped = 0;
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    if (waiting === "") return;
    const [lines, counted] = [waiting, count];
    waiting = "";
    count = 0;
    try {
      sink.write(lines);
    } catch {
      // A file on a full disk: nobody is refused for that.
      dropped += counted;
    }
  };
  return {
    record(entry) {
      if ((sink.writableLength ?? 0) > backlog) {
        dropped += 1;
        return;
      }
      waiting += `${escapeLine(JSON.stringify(entry))}\n`;
      count += 1;
      if (waiting.length > batch) flush();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(flush);
      }
    },
    get dropped() {
      return dropped;
    },
    flush,
  };
}

/** JSON leaves DEL, C1 controls and the Unicode line separators alone; terminals and line readers do not. */
function escapeLine(json: string): string {
  return json.replace(/[\x7f-\x9f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
