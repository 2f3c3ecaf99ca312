import { closes } from "../canonical.ts";
import { type Message, readRequest, valuesOf } from "../strict.ts";

/** What a strict recipient makes of the bytes of a connection. */
export interface Foretold {
  /** Complete requests, up to the first that ends the connection or cannot be read. */
  readonly requests: readonly Message[];
  /** What is behind them. */
  readonly tail: "none" | "incomplete" | "bad" | "closed";
}

export function foretell(text: string): Foretold {
  const requests: Message[] = [];
  for (let at = 0; at < text.length; ) {
    const read = readRequest(text, at);
    if (read.kind !== "message") return { requests, tail: read.kind };
    requests.push(read.message);
    if (closes(read.message)) return { requests, tail: "closed" };
    at = read.message.end;
  }
  return { requests, tail: "none" };
}

/** Valid, but for the proxy to answer itself. */
export function isForUs({ method, target, fields }: Message): boolean {
  return method === "OPTIONS" && (target === "*" || valuesOf(fields, "max-forwards")[0] === "0");
}
