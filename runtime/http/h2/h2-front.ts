import type { ServerOptions } from "node:http2";
import type { Socket } from "node:net";
import type { InboundHandlers } from "../inbound.ts";
import { type H2Limits, h2Limits } from "./h2-limits.ts";
import { H2Session } from "./h2-session.ts";
import { nodeHttp2 } from "./node-http2.ts";

/** Turns HTTP/2 connections into exchanges. The listener accepts the sockets; who has found out that they speak it hands them over. */
export interface H2Front {
  /** A connection whose next byte is the first of the preface. TLS hands over its sockets likewise, after ALPN. */
  accept(socket: Socket, scheme?: "http" | "https"): void;
  /** GOAWAY to every client; what runs goes on. */
  drain(): void;
  /** Cuts every connection. */
  close(): void;
}

export function createH2Front(handlers: InboundHandlers, overrides: Partial<H2Limits> = {}): H2Front {
  const limits = h2Limits(overrides);
  const sessions = new Set<H2Session>();
  let sweeper: NodeJS.Timeout | undefined;
  let draining = false;
  const sweep = () => {
    for (const session of sessions) session.sweep();
  };
  const left = (session: H2Session) => {
    sessions.delete(session);
    if (sessions.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  };
  return {
    accept(socket, scheme = "http") {
      const http2 = nodeHttp2().performServerHandshake(socket, optionsOf(limits));
      const session = new H2Session({ session: http2, socket, scheme, handlers, limits, left });
      sessions.add(session);
      sweeper ??= setInterval(sweep, tickOf(limits)).unref();
      if (draining) session.drain();
    },
    drain() {
      draining = true;
      for (const session of sessions) session.drain();
    },
    close() {
      draining = true;
      for (const session of [...sessions]) session.cut();
    },
  };
}

/** Often enough for the shortest of the times that it watches, and for a flood that nothing else tells of. */
function tickOf({ headersTimeout, requestTimeout, stallTimeout, idleTimeout }: H2Limits): number {
  const times = [headersTimeout, requestTimeout, stallTimeout, idleTimeout].filter((time) => time > 0);
  return Math.max(10, Math.min(250, ...times.map((time) => time / 4)));
}

/** reliability.md 5.8. More fields than the limit are let in by a few, so that they can be answered with 431. */
function optionsOf(limits: H2Limits): ServerOptions {
  return {
    settings: {
      maxConcurrentStreams: limits.streams,
      initialWindowSize: 65_535,
      maxHeaderListSize: limits.headerListBytes,
      enablePush: false,
      enableConnectProtocol: false,
    },
    maxSessionMemory: limits.sessionMemory,
    maxHeaderListPairs: limits.headerCount + 10,
    maxSettings: 32,
    maxOutstandingPings: 10,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
  };
}
