import type { BodySource, Exchange } from "../../http/exchange.ts";
import type { RecordedCall, RecordedExchange } from "../../telemetry/recorded-exchange.ts";
import { createRedaction, NO_REDACTION, type Redaction } from "../../telemetry/redact.ts";
import type { CallOutcome, GuestCall } from "../../wasm/guest-calls.ts";
import { KeptBody } from "./kept-body.ts";
import { TappedSource } from "./tapped-source.ts";

/** Keeps what exchanges looked like before filters saw them, and what filters were answered. */
export interface Recorder {
  /** Whether it wants to see bodies; a proxy that passes them on as they came need not cut them up otherwise. */
  readonly wantsBodies: boolean;
  /** Its route is known, and no filter has seen it. */
  asked(exchange: Exchange): void;
  /** The request's body, which it looks at where it is wanted. */
  requestBody(exchange: Exchange, source: BodySource): BodySource;
  /** A backend has answered, and no filter has seen that. */
  answered(exchange: Exchange): void;
  /** A piece of the backend's body. */
  received(exchange: Exchange, chunk: Uint8Array): void;
  /** A call that a filter made is over. */
  called(call: GuestCall, outcome: CallOutcome): void;
  ended(exchange: Exchange): void;
}

/** What is recorded of exchanges, beside their heads. */
export interface RecordContent {
  /** Whether secrets are left in. */
  readonly raw: boolean;
  /** Names of header fields, query parameters and JSON members whose values are kept beside the harmless ones. */
  readonly keep: readonly string[];
  /** Bytes of a body that is kept; 0 keeps none. */
  readonly bodies: number;
}

export interface RecorderOptions extends RecordContent {
  /** Whether it still has somewhere to put lines. */
  readonly isOpen: () => boolean;
  readonly now: () => number;
  /** Takes a line of JSON without its end. */
  readonly write: (line: string) => void;
}

/** Secrets are gone before a line leaves the thread. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { raw, keep, bodies, isOpen, now, write } = options;
  const redaction = raw ? NO_REDACTION : createRedaction(keep);
  /** By the exchange's id. */
  const drafts = new Map<number, Draft>();
  return {
    wantsBodies: bodies > 0,
    asked(exchange) {
      if (isOpen()) drafts.set(exchange.id, { head: headOf(exchange, now(), redaction), calls: [] });
    },
    requestBody(exchange, source) {
      const draft = drafts.get(exchange.id);
      if (draft === undefined || bodies === 0 || exchange.request.upgrade !== undefined) return source;
      const kept = new KeptBody(bodies);
      draft.asked = kept;
      return new TappedSource(source, (chunk) => kept.add(chunk));
    },
    answered({ id, response }) {
      const draft = drafts.get(id);
      if (draft === undefined) return;
      draft.response = { status: response.status, headers: redaction.headers(response.fields.entries()) };
      if (bodies > 0 && response.status !== 101) draft.answered = new KeptBody(bodies);
    },
    received({ id }, chunk) {
      drafts.get(id)?.answered?.add(chunk);
    },
    called(call, outcome) {
      const draft = call.exchange === undefined ? undefined : drafts.get(call.exchange);
      draft?.calls.push(callOf(call, outcome, redaction, bodies));
    },
    ended({ id }) {
      const draft = drafts.get(id);
      if (draft === undefined) return;
      drafts.delete(id);
      write(JSON.stringify(recordedOf(draft, redaction)));
    },
  };
}

interface Draft {
  readonly head: RecordedExchange;
  asked?: KeptBody;
  response?: NonNullable<RecordedExchange["response"]>;
  answered?: KeptBody;
  readonly calls: RecordedCall[];
}

function headOf({ request, connection, routing }: Exchange, time: number, redaction: Redaction): RecordedExchange {
  const { method, scheme, authority, path, query, hasBody } = request;
  const { clientAddress: client, protocol } = connection;
  const { route, backends } = routing;
  const asked = {
    ...{ method, scheme, authority, hasBody, headers: redaction.headers(request.fields.entries()) },
    path: redaction.path(path),
    ...(query !== undefined && { query: redaction.query(query) }),
  };
  return { time, request: asked, client, protocol, route, backends };
}

function recordedOf({ head, asked, response, answered, calls }: Draft, redaction: Redaction): RecordedExchange {
  const body = asked && { body: asked.recorded(redaction) };
  const answer = answered && { body: answered.recorded(redaction) };
  return {
    ...head,
    request: { ...head.request, ...body },
    ...(response && { response: { ...response, ...answer } }),
    ...(calls.length > 0 && { calls }),
  };
}

function callOf(call: GuestCall, outcome: CallOutcome, redaction: Redaction, bodies: number): RecordedCall {
  const { backend, method, target } = call;
  const called = { backend, method, target: redactTarget(target, redaction) };
  if (outcome.kind === "failure") return { ...called, error: outcome.reason };
  const { status, headers, body } = outcome;
  const kept = new KeptBody(bodies);
  kept.add(body);
  return {
    ...called,
    status,
    headers: redaction.headers(headers),
    ...(bodies > 0 && { body: kept.recorded(redaction) }),
  };
}

/** Of a path with its query. */
function redactTarget(target: string, redaction: Redaction): string {
  const at = target.indexOf("?");
  if (at < 0) return redaction.path(target);
  return `${redaction.path(target.slice(0, at))}?${redaction.query(target.slice(at + 1))}`;
}
