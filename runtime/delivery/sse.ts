import { HeddleError } from "../errors.ts";

/** One event of a server-sent event stream (WHATWG HTML, 9.2.6). */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** The last id seen so far, as `Last-Event-ID` would carry it. */
  readonly id: string | undefined;
}

export interface EventDecoder {
  /** Takes the next piece of the stream and returns the events that it completes. Throws REGISTRY_PROTOCOL. */
  push(chunk: Uint8Array): ServerEvent[];
}

/** Decodes a stream whose lines and events stay under `limit` characters. */
export function createEventDecoder({ limit = 4 << 20 }: { limit?: number } = {}): EventDecoder {
  const text = new TextDecoder("utf-8");
  let pending = "";
  /** Whether `pending` ends in a carriage return, which ends its line unless a line feed follows. */
  let returned = false;
  let event = "";
  let data: string[] = [];
  let size = 0;
  let id: string | undefined;

  function field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") event = value;
    else if (name === "data") data.push(value);
    else if (name === "id" && !value.includes("\0")) id = value;
  }

  /** An empty line ends an event; one without data is dropped. */
  function finish(): ServerEvent | undefined {
    const done = data.length === 0 ? undefined : { event: event || "message", data: data.join("\n"), id };
    event = "";
    data = [];
    size = 0;
    return done;
  }

  return {
    push(chunk) {
      const piece = text.decode(chunk, { stream: true });
      const ends = returned || /[\r\n]/.test(piece);
      pending += piece;
      returned = piece === "" ? returned : piece.endsWith("\r");
      // Looking at all that is pending for every piece would let a peer buy much time with little data.
      const lines = ends ? pending.split(/\r\n|\n|\r(?!$)/) : [pending];
      pending = lines.pop() ?? "";
      const events: ServerEvent[] = [];
      for (const line of lines) {
        size += line.length;
        if (size > limit) throw tooLong(limit);
        const done = line === "" ? finish() : field(line);
        if (done) events.push(done);
      }
      if (pending.length + size > limit) throw tooLong(limit);
      return events;
    },
  };
}

function tooLong(limit: number): HeddleError {
  return new HeddleError("REGISTRY_PROTOCOL", `expected an event of at most ${limit} characters, got more`);
}
