import { systemClock } from "../../../telemetry/clock.ts";
import { createWheel, type Wheel } from "../../../telemetry/wheel.ts";
import { createDial, type Dial } from "../../dial.ts";
import type { BodySource } from "../../exchange.ts";
import {
  type Connect,
  OUTBOUND_LIMITS,
  type Outbound,
  type OutboundCall,
  type OutboundEndpoint,
  type OutboundLimits,
  type OutboundListener,
  type OutboundRequest,
} from "../../outbound.ts";
import { CallQueue } from "./call-queue.ts";
import { H1Call } from "./h1-call.ts";
import { type ConnectionOwner, H1Connection } from "./h1-connection.ts";
import { requestText } from "./request-text.ts";
import { rest } from "./rest.ts";

/** This thread's, coarse: it only connects too slowly or is idle for too long. */
const WHEEL = createWheel({ clock: systemClock, tick: 100, slots: 512 });

/** HTTP/1.1 out: a pool of connections to one endpoint, the last one used first, one request at a time on each. */
export const connectH1: Connect = (endpoint, limits) => createH1Outbound(endpoint, limits, WHEEL);

/** With a wheel of the caller's: `connectH1` has one for its thread. */
export function createH1Outbound(
  endpoint: OutboundEndpoint,
  limits: Partial<OutboundLimits> | undefined,
  wheel: Wheel,
): Outbound {
  return new Pool(createDial(endpoint, "http/1.1"), { ...OUTBOUND_LIMITS, ...limits }, wheel);
}

class Pool implements Outbound, ConnectionOwner {
  readonly limits: OutboundLimits;
  readonly wheel: Wheel;
  readonly #dial: Dial;
  readonly #open = new Set<H1Connection>();
  /** Idle ones, the last one used at the end. */
  readonly #ready: H1Connection[] = [];
  readonly #waiting = new CallQueue();
  #connecting = 0;
  #closing = false;
  #closed: (() => void)[] = [];

  constructor(dial: Dial, limits: OutboundLimits, wheel: Wheel) {
    this.#dial = dial;
    this.limits = limits;
    this.wheel = wheel;
  }

  send(request: OutboundRequest, body: (() => BodySource) | undefined, listener: OutboundListener): OutboundCall {
    const text = requestText(request, body !== undefined);
    const call = new H1Call(request, body, listener, text ?? "");
    if (text === undefined) call.fail("request", "a part of the request must not go out", false);
    else if (this.#closing) call.fail("connect", "the pool is closed", false);
    else this.#dispatch(call);
    return call;
  }

  #dispatch(call: H1Call): void {
    for (let idle = this.#ready.pop(); idle !== undefined; idle = this.#ready.pop()) {
      if (idle.isFresh) {
        idle.take(call);
        return;
      }
      idle.destroy();
    }
    if (this.#waiting.length >= this.limits.waiting) {
      call.fail("overflow", `${this.limits.waiting} requests wait for a connection already`, false);
      return;
    }
    this.#waiting.push(call);
    this.#grow();
    rest.hurry();
  }

  /** Opens a connection for a call that has none coming, within the cap. */
  #grow(): void {
    if (this.#connecting >= this.#waiting.length || this.#open.size >= this.limits.connections) return;
    this.#connecting += 1;
    this.#open.add(new H1Connection(this.#dial, this));
  }

  ready(connection: H1Connection, isNew: boolean): void {
    if (isNew) this.#connecting -= 1;
    const call = this.#waiting.shift();
    if (call !== undefined) connection.take(call);
    else if (this.#closing) connection.destroy();
    else this.#ready.push(connection);
  }

  gone(connection: H1Connection, failure: string | undefined): void {
    this.#open.delete(connection);
    const idle = this.#ready.indexOf(connection);
    if (idle >= 0) this.#ready.splice(idle, 1);
    if (failure !== undefined) {
      this.#connecting -= 1;
      // One failure for one attempt: the next call has its own, or gets it now.
      this.#waiting.shift()?.fail("connect", this.#dial.faultOf(failure), false);
    }
    this.#grow();
    if (this.#open.size === 0 && this.#waiting.length === 0) for (const closed of this.#closed.splice(0)) closed();
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const connection of this.#ready.splice(0)) connection.destroy();
    // Those that rest are closed when they have rested.
    rest.hurry();
    await this.#emptied();
  }

  async destroy(): Promise<void> {
    this.#closing = true;
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      call.fail("connect", "the pool is closed", false);
    }
    for (const connection of this.#open) connection.cut();
    await this.#emptied();
  }

  #emptied(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#closed.push(resolve));
  }
}
