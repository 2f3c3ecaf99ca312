import type { Agent } from "undici";
import { decodeJson } from "../artifact/schema.ts";
import { HeddleError, isHeddleError, messageOf } from "../errors.ts";
import { type BackoffOptions, createBackoff, pause } from "./backoff.ts";
import { createEventDecoder, type ServerEvent } from "./sse.ts";

export interface WatchOptions {
  /** URL of the mesh's event stream. */
  readonly url: URL;
  readonly token?: string | undefined;
  /**
   * Called in order with the parsed data of each `desired` event; awaited before the next one. Nothing about it has been
   * verified yet.
   */
  readonly onDesired: (message: unknown) => Promise<void> | void;
  /** Connected, or why not. */
  readonly onConnection?: (state: { connected: boolean; error?: HeddleError }) => void;
  readonly backoff?: BackoffOptions;
  /** Milliseconds without a byte, pings included, after which the connection counts as dead. */
  readonly stallTimeout?: number;
}

export interface Watch {
  /** Resolves once the connection is gone. */
  close(): Promise<void>;
}

/**
 * Follows a mesh's desired state over server-sent events until it is closed: resumes with Last-Event-ID, reconnects with
 * growing waits, and drops a connection that has gone silent.
 */
export function watchDesired(options: WatchOptions): Watch {
  const stop = new AbortController();
  const done = withAgent(options, (agent) => follow(options, agent, stop.signal));
  return {
    async close() {
      stop.abort();
      await done;
    },
  };
}

async function withAgent({ stallTimeout = 45_000 }: WatchOptions, use: (agent: Agent) => Promise<void>): Promise<void> {
  // A proxy without a registry does without the client.
  const { Agent } = await import("undici");
  const agent = new Agent({ bodyTimeout: stallTimeout, headersTimeout: 15_000, connect: { timeout: 5_000 } });
  await use(agent);
  await agent.destroy();
}

async function follow(options: WatchOptions, agent: Agent, signal: AbortSignal): Promise<void> {
  const backoff = createBackoff(options.backoff);
  const cursor: Cursor = { lastEventId: undefined };
  while (!signal.aborted) {
    try {
      await readStream(options, { agent, signal, cursor, onOpen: () => backoff.reset() });
      options.onConnection?.({ connected: false });
    } catch (error) {
      if (signal.aborted) return;
      options.onConnection?.({ connected: false, error: asUnreachable(error, options.url) });
    }
    await pause(backoff.next(), signal);
  }
}

interface Cursor {
  lastEventId: string | undefined;
}

interface StreamMeans {
  readonly agent: Agent;
  readonly signal: AbortSignal;
  readonly cursor: Cursor;
  readonly onOpen: () => void;
}

/** One connection, until it ends. */
async function readStream(options: WatchOptions, { agent, signal, cursor, onOpen }: StreamMeans): Promise<void> {
  const { request } = await import("undici");
  const { statusCode, headers, body } = await request(options.url, {
    dispatcher: agent,
    signal,
    headers: requestHeaders(options.token, cursor),
  });
  if (statusCode !== 200 || !String(headers["content-type"]).startsWith("text/event-stream")) {
    // undici reports its own destroy as an error event; without a listener that would end the process.
    body.on("error", () => {}).destroy();
    throw refused(statusCode, options.url);
  }
  options.onConnection?.({ connected: true });
  const decoder = createEventDecoder();
  for await (const chunk of body) {
    onOpen();
    for (const event of decoder.push(chunk)) await deliver(event, options, cursor);
  }
}

async function deliver(event: ServerEvent, { onDesired, url }: WatchOptions, cursor: Cursor): Promise<void> {
  if (event.event === "desired") await onDesired(decodeJson(event.data, "REGISTRY_PROTOCOL", url.href));
  cursor.lastEventId = event.id;
}

/** An id comes from the registry; one that no header can carry is not sent back, and the state comes whole again. */
const RESUMABLE = /^[\x21-\x7e]{1,128}$/;

function requestHeaders(token: string | undefined, { lastEventId }: Cursor): Record<string, string> {
  return {
    accept: "text/event-stream",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(lastEventId !== undefined && RESUMABLE.test(lastEventId) ? { "last-event-id": lastEventId } : {}),
  };
}

function refused(status: number, url: URL): HeddleError {
  const code = status === 401 || status === 403 ? "REGISTRY_DENIED" : "REGISTRY_UNREACHABLE";
  return new HeddleError(code, `expected an event stream, got status ${status}`, { where: url.href });
}

function asUnreachable(error: unknown, url: URL): HeddleError {
  if (isHeddleError(error)) return error;
  return new HeddleError("REGISTRY_UNREACHABLE", `the watch ended: ${messageOf(error)}`, {
    where: url.href,
    cause: error,
  });
}
