import type { TestContext } from "node:test";
import type { BodySink, Departure, Exchange } from "../../../../runtime/http/exchange.ts";
import { fieldList } from "../../../../runtime/http/fields.ts";
import type { InboundLimits, Refusal } from "../../../../runtime/http/inbound.ts";
import { listenHttp } from "../../../../runtime/http/listen.ts";
import { type ManualClock, manualClock } from "../../../../runtime/telemetry/clock.ts";
import { createWheel } from "../../../../runtime/telemetry/wheel.ts";

export interface Served {
  readonly port: number;
  readonly refusals: Refusal[];
  readonly faults: unknown[];
  readonly exchanges: Exchange[];
  /** How each exchange that the client cut short ended, with its detail. */
  readonly departures: string[];
  /** Exchanges that have ended. */
  ended: number;
  /** Moves time on; what is due happens. */
  pass(milliseconds: number): void;
  drain(): void;
  connections(): number;
}

/** A listener whose time stands still until the test moves it. */
export async function serve(
  t: TestContext,
  handle: (exchange: Exchange) => void = (exchange) => answer(exchange, 200, "ok"),
  limits: Partial<InboundLimits> = {},
): Promise<Served> {
  const clock: ManualClock = manualClock();
  const wheel = createWheel({ clock });
  const served: Served = {
    port: 0,
    refusals: [],
    faults: [],
    exchanges: [],
    departures: [],
    ended: 0,
    pass(milliseconds) {
      clock.advance(milliseconds);
      wheel.turn();
    },
    drain: () => inbound.drain(),
    connections: () => inbound.connections,
  };
  const inbound = await listenHttp({
    host: "127.0.0.1",
    port: 0,
    clock,
    wheel,
    limits,
    handlers: {
      exchange(exchange) {
        served.exchanges.push(exchange);
        exchange.listener = {
          drained() {},
          gone: (departure: Departure, detail: string) => served.departures.push(`${departure} ${detail}`),
          ended: () => {
            served.ended += 1;
          },
        };
        handle(exchange);
      },
      refused: (refusal) => served.refusals.push(refusal),
      failed: (error) => served.faults.push(error),
    },
  });
  t.after(() => inbound.close());
  return Object.assign(served, { port: inbound.port });
}

/** Answers with a body, or without one. */
export function answer(exchange: Exchange, status: number, body: string = "", fields: string[] = []): void {
  exchange.response.status = status;
  exchange.response.fields = fieldList([...fields]);
  if (body !== "" && !fields.includes("content-length")) {
    exchange.response.fields.set("content-length", String(body.length));
  }
  const bodiless = exchange.request.method === "HEAD" || status === 204 || status === 304;
  exchange.begin(body !== "" && !bodiless);
  if (body !== "" && !bodiless) exchange.write(Buffer.from(body, "latin1"));
  exchange.end(undefined);
}

/** What a body was when it was complete. */
export interface ReadBody {
  readonly text: string;
  readonly trailers: readonly string[];
  /** Of the pieces, whether they came by `frame`. */
  readonly framed: boolean;
}

/** Reads the whole body of a request; rejects when it breaks. */
export function readBody(exchange: Exchange, framed: boolean = false): Promise<ReadBody> {
  return new Promise((resolve, reject) => {
    let text = "";
    let byFrame = false;
    const sink: BodySink = {
      write(chunk) {
        text += Buffer.from(chunk).toString("latin1");
        return true;
      },
      end: (trailers) => resolve({ text, trailers: trailers?.copy() ?? [], framed: byFrame }),
      fail: (reason) => reject(new Error(reason)),
      frame: framed
        ? (bytes) => {
            byFrame = true;
            text += Buffer.from(bytes).toString("latin1");
            return true;
          }
        : undefined,
    };
    exchange.readBody(sink);
  });
}
