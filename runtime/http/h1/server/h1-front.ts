import type { Socket } from "node:net";
import { type Clock, systemClock } from "../../../telemetry/clock.ts";
import { createWheel, type Wheel } from "../../../telemetry/wheel.ts";
import { INBOUND_LIMITS, type InboundHandlers, type InboundLimits } from "../../inbound.ts";
import type { HeadLimits } from "../head/head-table.ts";
import { inOnePiece } from "../latin1.ts";
import { H1Connection } from "./connection.ts";

/** Turns HTTP/1.1 connections into exchanges. The listener accepts the sockets. */
export interface H1Front {
  /** A connection of which nothing was read: accepted with `pauseOnConnect`, or secured by TLS. */
  accept(socket: Socket, scheme?: "http" | "https"): void;
  /** Ends the connections that wait for a request; every response from now on ends its own. */
  drain(): void;
  /** Cuts every connection. */
  close(): void;
  readonly connections: number;
}

export interface H1FrontOptions {
  readonly handlers: InboundHandlers;
  readonly limits?: Partial<InboundLimits> | undefined;
  readonly clock?: Clock | undefined;
  /** The timeouts of all connections. */
  readonly wheel?: Wheel | undefined;
  /** Takes a connection that begins with HTTP/2's preface, unread. Without it such a client is refused. */
  readonly http2?: ((socket: Socket) => void) | undefined;
}

/** What the connections of one front have in common. */
export interface FrontContext {
  readonly handlers: InboundHandlers;
  readonly limits: InboundLimits;
  readonly headLimits: HeadLimits;
  readonly clock: Clock;
  readonly wheel: Wheel;
  readonly http2: ((socket: Socket) => void) | undefined;
  readonly keepAlive: KeepAlive;
  readonly connections: Set<H1Connection>;
  draining: boolean;
}

interface KeepAlive {
  /** Fields that say that the connection stays open, with the empty line behind the head. */
  readonly lines: string;
  readonly timeout: number;
}

let shared: Wheel | undefined;

/** The wheel of this thread. */
export function sharedWheel(): Wheel {
  shared ??= createWheel({ clock: systemClock });
  return shared;
}

export function createH1Front(options: H1FrontOptions): H1Front {
  const limits = { ...INBOUND_LIMITS, ...options.limits };
  const context: FrontContext = {
    handlers: options.handlers,
    limits,
    headLimits: {
      headBytes: limits.headerBytes,
      targetBytes: Math.min(8_192, limits.headerBytes),
      fields: limits.headerCount,
    },
    clock: options.clock ?? systemClock,
    wheel: options.wheel ?? sharedWheel(),
    http2: options.http2,
    keepAlive: keepAliveOf(limits),
    connections: new Set(),
    draining: false,
  };
  return {
    accept(socket, scheme = "http") {
      new H1Connection(socket, context, scheme);
    },
    drain() {
      context.draining = true;
      for (const connection of context.connections) if (connection.isIdle) connection.retire();
    },
    close() {
      context.draining = true;
      for (const connection of [...context.connections]) connection.destroy();
    },
    get connections() {
      return context.connections.size;
    },
  };
}

/**
 * The connection is closed a little later than it was announced, so that a client that uses it at the last moment, by
 * its own clock, still finds it open.
 */
function keepAliveOf({ keepAliveTimeout }: InboundLimits): KeepAlive {
  const seconds = Math.floor(keepAliveTimeout / 1_000);
  const announced = seconds === 0 ? "" : `keep-alive: timeout=${seconds}\r\n`;
  return { lines: inOnePiece(`connection: keep-alive\r\n${announced}\r\n`), timeout: keepAliveTimeout * 1.2 };
}
