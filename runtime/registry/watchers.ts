/** Proxies that follow a mesh: open event streams, each told of every new desired state. */

import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { OciFailure } from "./failure.ts";
import type { StoredDesired } from "./store/mesh-store.ts";

export interface Watchers {
  /** Takes the connection over. */
  add(mesh: string, reply: FastifyReply, first: StoredDesired | undefined): void;
  announce(mesh: string, state: StoredDesired): void;
  close(): void;
}

export interface WatchersOptions {
  /** Milliseconds between comments that keep a connection alive. */
  readonly pingInterval?: number;
  readonly limit?: number;
}

/** A watcher that lets this many bytes pile up is cut off; it resumes by Last-Event-ID. */
const BACKLOG = 4 << 20;

export function createWatchers({ pingInterval = 15_000, limit = 10_000 }: WatchersOptions = {}): Watchers {
  const streams = new Map<ServerResponse, string>();
  const ping = setInterval(() => {
    for (const stream of streams.keys()) write(stream, ": ping\n\n");
  }, pingInterval);
  ping.unref();
  return {
    add(mesh, reply, first) {
      if (streams.size >= limit) {
        throw new OciFailure(429, "TOOMANYREQUESTS", `${limit} proxies are watching already.`, {
          headers: { "retry-after": "5" },
        });
      }
      reply.hijack();
      const stream = reply.raw;
      // Gone while its token was looked at: it would never say so again.
      if (stream.destroyed) return;
      streams.set(stream, mesh);
      stream.once("close", () => streams.delete(stream));
      stream.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      write(stream, first === undefined ? ": watching\n\n" : eventOf(first));
    },
    announce(mesh, state) {
      const event = eventOf(state);
      for (const [stream, watched] of streams) if (watched === mesh) write(stream, event);
    },
    close() {
      clearInterval(ping);
      for (const stream of streams.keys()) stream.end();
      streams.clear();
    },
  };
}

function eventOf({ seq, digest, envelope }: StoredDesired): string {
  return `event: desired\nid: ${seq}\ndata: {"seq":${seq},"digest":"${digest}","envelope":${envelope}}\n\n`;
}

function write(stream: ServerResponse, text: string): void {
  if (stream.writableLength > BACKLOG) stream.destroy();
  else stream.write(text);
}
