import type { Exchange } from "../http/exchange.ts";
import type { RecordedExchange } from "../telemetry/recorded-exchange.ts";
import { redactHeaders, redactQuery, redactText } from "../telemetry/redact.ts";

/** Keeps what exchanges looked like before filters saw them. */
export interface Recorder {
  /** Its route is known, and no filter has seen it. */
  asked(exchange: Exchange): void;
  /** A backend has answered, and no filter has seen that. */
  answered(exchange: Exchange): void;
  ended(exchange: Exchange): void;
}

export interface RecorderOptions {
  /** Whether secrets are left in. */
  readonly raw: boolean;
  /** Whether it still has somewhere to put lines. */
  readonly isOpen: () => boolean;
  readonly now: () => number;
  /** Takes a line of JSON without its end. */
  readonly write: (line: string) => void;
}

/** Secrets are gone before a line leaves the thread. */
export function createRecorder({ raw, isOpen, now, write }: RecorderOptions): Recorder {
  const drafts = new WeakMap<Exchange, RecordedExchange>();
  const headers = (fields: [string, string][]) => (raw ? fields : redactHeaders(fields));
  return {
    asked(exchange) {
      if (!isOpen()) return;
      const { request, connection, routing } = exchange;
      const { method, scheme, authority, path, query, hasBody } = request;
      const asked = {
        ...{ method, scheme, authority, hasBody, headers: headers(request.fields.entries()) },
        path: raw ? path : redactText(path),
        ...(query !== undefined && { query: raw ? query : redactQuery(query) }),
      };
      const { clientAddress: client, protocol } = connection;
      const { route, backends } = routing;
      drafts.set(exchange, { time: now(), request: asked, client, protocol, route, backends });
    },
    answered(exchange) {
      const draft = drafts.get(exchange);
      if (draft === undefined) return;
      const { status, fields } = exchange.response;
      drafts.set(exchange, { ...draft, response: { status, headers: headers(fields.entries()) } });
    },
    ended(exchange) {
      const draft = drafts.get(exchange);
      if (draft !== undefined) write(JSON.stringify(draft));
    },
  };
}
