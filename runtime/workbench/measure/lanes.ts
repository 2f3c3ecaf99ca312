import type { Generation } from "../../wasm/generation.ts";
import type { CaseStep } from "../cases/filter-case.ts";
import { createFakeExchange, type FakeExchange, piecesOf } from "../fake-exchange.ts";
import { answer, requestHooks, responseHooks } from "../run-exchange.ts";
import { type MessageHooks, type MessageRun, runMessage } from "../run-message.ts";

/** A part of an exchange: `request` and `response` with their bodies, `log`. */
export type Part = "request" | "response" | "log";

/** One part of an exchange, to be run again and again. */
export interface Lane {
  /** Exchanges that are as they are when this part begins. */
  batch(size: number): FakeExchange[];
  /** A promise only where a hook waits. */
  run(exchange: FakeExchange): MessageRun | Promise<MessageRun>;
}

/** @param between called before each batch */
export function lanesOf(
  generation: Generation,
  { request = {}, response = {} }: CaseStep,
  between: () => void,
): Record<Part, Lane> {
  const [asked, answered] = [piecesOf(request), piecesOf(response)];
  const fresh = (size: number): FakeExchange[] => {
    between();
    return Array.from({ length: size }, () => createFakeExchange(request));
  };
  const withResponse = (size: number): FakeExchange[] => {
    const exchanges = fresh(size);
    for (const exchange of exchanges) answer(exchange, response);
    return exchanges;
  };
  return {
    request: { batch: fresh, run: (exchange) => message(requestHooks(generation, exchange), asked) },
    response: { batch: withResponse, run: (exchange) => message(responseHooks(generation, exchange), answered) },
    log: {
      batch: withResponse,
      run: (exchange) => ({ verdict: generation.onLog(exchange), body: NOTHING }),
    },
  };
}

const NOTHING = new Uint8Array(0);

/** Puts a message through; at once unless a hook waits. */
export function message(hooks: MessageHooks, pieces: readonly Uint8Array[]): MessageRun | Promise<MessageRun> {
  let run: MessageRun | undefined;
  let tell: ((run: MessageRun) => void) | undefined;
  runMessage(hooks, pieces, (done) => {
    run = done;
    tell?.(done);
  });
  return (
    run ??
    new Promise((resolve) => {
      tell = resolve;
    })
  );
}
