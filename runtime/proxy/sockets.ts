import type { Listener } from "../config/snapshot.ts";
import { HeddleError } from "../errors.ts";
import type { Inbound, InboundHandlers, Listen } from "../http/inbound.ts";
import { socketKey } from "./scope.ts";
import { createTermination, type Termination } from "./termination.ts";

/** The listening sockets of a proxy, kept in step with the listeners of its configuration. */
export interface Sockets {
  /** Opens what is new. Throws LISTEN_FAILED and changes nothing when one cannot be opened. */
  prepare(listeners: readonly Listener[]): Promise<PreparedSockets>;
  /** `prepare` and `commit`. */
  apply(listeners: readonly Listener[]): Promise<void>;
  get(key: string): Inbound | undefined;
  drain(): void;
  close(): Promise<void>;
}

/** Sockets that listen beside the old ones until the change is made or dropped; who connects meanwhile waits for that. */
export interface PreparedSockets {
  /** Drains what is gone. Changed certificates, and a change to TLS or back, count for the next connection. */
  commit(): void;
  /** Closes what was opened. */
  discard(): Promise<void>;
}

export interface SocketsOptions {
  listen: Listen;
  handlersOf: (key: string) => InboundHandlers;
}

/** A listening socket, and the certificates that it shows where it speaks TLS. */
interface OpenSocket {
  readonly inbound: Inbound;
  readonly termination: Termination;
}

export function createSockets(options: SocketsOptions): Sockets {
  return new ListeningSockets(options);
}

class ListeningSockets implements Sockets {
  readonly #options: SocketsOptions;
  readonly #open = new Map<string, OpenSocket>();
  readonly #leaving = new Set<Inbound>();

  constructor(options: SocketsOptions) {
    this.#options = options;
  }

  async apply(listeners: readonly Listener[]): Promise<void> {
    (await this.prepare(listeners)).commit();
  }

  async prepare(listeners: readonly Listener[]): Promise<PreparedSockets> {
    const wanted = Map.groupBy(listeners, socketKey);
    const fresh = [...wanted].filter(([key]) => !this.#open.has(key));
    const opened = await settle(fresh.map(([key, sharing]) => this.#bind(key, sharing)));
    return {
      commit: () => this.#commit(wanted, opened),
      discard: async () => void (await Promise.all(opened.map(([, { inbound }]) => inbound.close()))),
    };
  }

  get(key: string): Inbound | undefined {
    return this.#open.get(key)?.inbound;
  }

  drain(): void {
    for (const { inbound } of this.#open.values()) inbound.drain();
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()].map(({ inbound }) => inbound);
    await Promise.all([...open, ...this.#leaving].map((inbound) => inbound.close()));
  }

  #commit(wanted: ReadonlyMap<string, readonly Listener[]>, opened: readonly [string, OpenSocket][]): void {
    for (const [key, socket] of opened) this.#open.set(key, socket);
    for (const [key, { inbound, termination }] of this.#open) {
      const listeners = wanted.get(key);
      if (listeners === undefined) {
        inbound.drain();
        this.#leaving.add(inbound);
        this.#open.delete(key);
      } else {
        termination.update(listeners);
        inbound.secure(isSecured(listeners) ? termination : undefined);
      }
    }
    for (const [, { inbound }] of opened) inbound.release();
    void letGo(this.#leaving);
  }

  async #bind(key: string, sharing: readonly Listener[]): Promise<[string, OpenSocket]> {
    const listener = sharing[0] as Listener;
    const { address: host, port } = listener;
    const { listen, handlersOf } = this.#options;
    const termination = createTermination(sharing);
    const tls = isSecured(sharing) ? termination : undefined;
    try {
      return [key, { inbound: await listen({ host, port, handlers: handlersOf(key), tls, held: true }), termination }];
    } catch (cause) {
      throw listenFailed(listener, cause as NodeJS.ErrnoException);
    }
  }
}

/** Of those that share a socket all are, or none. */
function isSecured(listeners: readonly Listener[]): boolean {
  return listeners[0]?.tls !== undefined;
}

/** Lets go of sockets that were drained before and have no connection left. */
async function letGo(leaving: Set<Inbound>): Promise<void> {
  const empty = [...leaving].filter((inbound) => inbound.connections === 0);
  for (const inbound of empty) leaving.delete(inbound);
  await Promise.all(empty.map((inbound) => inbound.close()));
}

/** All of them, or none: what was opened is closed again when one fails. */
async function settle(binding: readonly Promise<[string, OpenSocket]>[]): Promise<[string, OpenSocket][]> {
  const results = await Promise.allSettled(binding);
  const failed = results.find((result) => result.status === "rejected");
  const opened = results.filter((result) => result.status === "fulfilled").map((result) => result.value);
  if (failed === undefined) return opened;
  await Promise.all(opened.map(([, { inbound }]) => inbound.close()));
  throw failed.reason;
}

/** What a listener's error means to whoever runs the proxy. */
export function listenFailed(listener: Listener, cause: NodeJS.ErrnoException): HeddleError {
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
