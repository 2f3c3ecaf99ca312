import type { Listener } from "../config/snapshot.ts";
import { HeddleError } from "../errors.ts";
import type { Inbound, InboundHandlers, Listen } from "../http/inbound.ts";
import { socketKey } from "./scope.ts";

/** The listening sockets of a proxy, kept in step with the listeners of its configuration. */
export interface Sockets {
  /** Opens what is new, then drains what is gone. Throws LISTEN_FAILED and changes nothing when one cannot be opened. */
  apply(listeners: readonly Listener[]): Promise<void>;
  get(key: string): Inbound | undefined;
  drain(): void;
  close(): Promise<void>;
}

export interface SocketsOptions {
  listen: Listen;
  handlersOf: (key: string) => InboundHandlers;
}

export function createSockets({ listen, handlersOf }: SocketsOptions): Sockets {
  let open = new Map<string, Inbound>();
  const leaving = new Set<Inbound>();
  const bind = async (listener: Listener): Promise<[string, Inbound]> => {
    const key = socketKey(listener);
    try {
      return [key, await listen({ host: listener.address, port: listener.port, handlers: handlersOf(key) })];
    } catch (cause) {
      throw listenFailed(listener, cause as NodeJS.ErrnoException);
    }
  };
  return {
    async apply(listeners) {
      const wanted = new Map(listeners.map((listener) => [socketKey(listener), listener]));
      const fresh = [...wanted].filter(([key]) => !open.has(key)).map(([, listener]) => bind(listener));
      const opened = await settle(fresh);
      const next = new Map([...[...open].filter(([key]) => wanted.has(key)), ...opened]);
      for (const [key, inbound] of open) {
        if (next.has(key)) continue;
        inbound.drain();
        leaving.add(inbound);
      }
      open = next;
      await release(leaving);
    },
    get: (key) => open.get(key),
    drain() {
      for (const inbound of open.values()) inbound.drain();
    },
    async close() {
      await Promise.all([...open.values(), ...leaving].map((inbound) => inbound.close()));
    },
  };
}

/** Lets go of sockets that were drained before and have no connection left. */
async function release(leaving: Set<Inbound>): Promise<void> {
  const empty = [...leaving].filter((inbound) => inbound.connections === 0);
  for (const inbound of empty) leaving.delete(inbound);
  await Promise.all(empty.map((inbound) => inbound.close()));
}

/** All of them, or none: what was opened is closed again when one fails. */
async function settle(binding: readonly Promise<[string, Inbound]>[]): Promise<[string, Inbound][]> {
  const results = await Promise.allSettled(binding);
  const failed = results.find((result) => result.status === "rejected");
  const opened = results.filter((result) => result.status === "fulfilled").map((result) => result.value);
  if (failed === undefined) return opened;
  await Promise.all(opened.map(([, inbound]) => inbound.close()));
  throw failed.reason;
}

function listenFailed(listener: Listener, cause: NodeJS.ErrnoException): HeddleError {
  const place = `${listener.address}:${listener.port}`;
  const why: Record<string, string> = {
    EADDRINUSE: "another process listens there",
    EACCES: "this user may not use that port",
    EADDRNOTAVAIL: "this machine has no such address",
  };
  return new HeddleError(
    "LISTEN_FAILED",
    `expected to listen on ${place}, but ${why[cause.code ?? ""] ?? cause.message} (${cause.code ?? "unknown"})`,
    {
      where: `listener ${listener.name}`,
      remedy: `Stop the process that uses ${place}, or change the port of listener ${listener.name}.`,
      cause,
    },
  );
}
