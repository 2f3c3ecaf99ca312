import { untouched } from "../wasm/effects.ts";
import type { GuestExchange } from "../wasm/exchange.ts";
import type { Generation } from "../wasm/generation.ts";
import {
  createFakeExchange,
  type FakeBody,
  type FakeExchange,
  type FakeHeaders,
  type FakeRequest,
  flatten,
  piecesOf,
} from "./fake-exchange.ts";
import {
  type FilterResult,
  filterResult,
  type ResponseResult,
  responseResult,
  type SeenBefore,
} from "./filter-result.ts";
import type { LogLine, Recording } from "./recording-services.ts";
import { type MessageHooks, type MessageRun, runMessage } from "./run-message.ts";

/** A response to put through a filter, as if the backend had sent it. */
export interface FakeResponse extends FakeBody {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: FakeHeaders;
}

/** What a filter made of a request, and the way on. */
export interface RequestResult extends FilterResult {
  /** Puts a response of the backend through `onResponse` and `onResponseBody`. */
  respond(response?: FakeResponse): ResponseResult;
  /** Ends the exchange: runs `onLog`. Lines that it logs are in `logs`. */
  end(): readonly LogLine[];
}

/** A `RequestResult` of a filter that calls. */
export interface SentResult extends FilterResult {
  respond(response?: FakeResponse): Promise<ResponseResult>;
  end(): readonly LogLine[];
}

/** Puts a request through a filter that never waits. */
export function runNow(generation: Generation, init: FakeRequest, { logs }: Recording): RequestResult {
  const exchange = createFakeExchange(init);
  const seen = seenBefore(exchange, piecesOf(init));
  const result = filterResult(decideNow(requestHooks(generation, exchange), seen.pieces), exchange, seen);
  return {
    ...result,
    respond(response = {}) {
      answer(exchange, response);
      const seen = seenBefore(exchange, piecesOf(response));
      const run = decideNow(responseHooks(generation, exchange), seen.pieces);
      return responseResult(run, result.request.body, exchange, seen);
    },
    end: () => endOf(generation, exchange, logs),
  };
}

function endOf(generation: Generation, exchange: GuestExchange, logs: LogLine[]): readonly LogLine[] {
  const before = logs.length;
  generation.onLog(exchange);
  generation.release?.(exchange);
  return logs.slice(before);
}

/** Puts a request through a filter that may wait for calls. */
export async function runLater(generation: Generation, init: FakeRequest, { logs }: Recording): Promise<SentResult> {
  const exchange = createFakeExchange(init);
  const seen = seenBefore(exchange, piecesOf(init));
  const result = filterResult(await decideLater(requestHooks(generation, exchange), seen.pieces), exchange, seen);
  return {
    ...result,
    async respond(response = {}) {
      answer(exchange, response);
      const seen = seenBefore(exchange, piecesOf(response));
      const run = await decideLater(responseHooks(generation, exchange), seen.pieces);
      return responseResult(run, result.request.body, exchange, seen);
    },
    end: () => endOf(generation, exchange, logs),
  };
}

function seenBefore(exchange: GuestExchange, pieces: readonly Uint8Array[]): SeenBefore {
  return { untouched: untouched(exchange), pieces };
}

export function requestHooks(generation: Generation, exchange: GuestExchange): MessageHooks {
  const { onRequestBody } = generation;
  return {
    head: () => generation.onRequest(exchange),
    body: onRequestBody && ((piece) => onRequestBody(exchange, piece)),
  };
}

export function responseHooks(generation: Generation, exchange: GuestExchange): MessageHooks {
  const { onResponseBody } = generation;
  return {
    head: () => generation.onResponse(exchange),
    body: onResponseBody && ((piece) => onResponseBody(exchange, piece)),
  };
}

export function answer({ response }: FakeExchange, fake: FakeResponse): void {
  const pairs = flatten(fake.headers);
  response.status = fake.status ?? 200;
  response.hasBody = piecesOf(fake).length > 0;
  for (let i = 0; i < pairs.length; i += 2) response.fields.add(pairs[i] ?? "", pairs[i + 1] ?? "");
}

function decideNow(hooks: MessageHooks, pieces: readonly Uint8Array[]): MessageRun {
  let run: MessageRun | undefined;
  runMessage(hooks, pieces, (done) => {
    run = done;
  });
  if (run === undefined) throw new Error("the filter waits for a call: use `await filter.send(...)`");
  return run;
}

function decideLater(hooks: MessageHooks, pieces: readonly Uint8Array[]): Promise<MessageRun> {
  return new Promise((resolve) => runMessage(hooks, pieces, resolve));
}
