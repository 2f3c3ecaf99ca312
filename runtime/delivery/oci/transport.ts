import type { Agent } from "undici";
import { HeddleError, isHeddleError } from "../../errors.ts";
import { answerChallenge, type Credentials } from "./authorize.ts";
import { readCapped } from "./body.ts";
import { isInternal } from "./origin.ts";

export interface RawRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** One request on the wire, as it is: no redirects, no credentials. Throws REGISTRY_UNREACHABLE. */
export type Send = (request: RawRequest) => Promise<RawReply>;

export interface Transport {
  /**
   * Sends to a path or URL of the registry, follows redirects, answers a 401, and reads at most `limit` bytes.
   * Throws REGISTRY_UNREACHABLE, REGISTRY_PROTOCOL, REGISTRY_DENIED, ARTIFACT_TOO_LARGE.
   */
  fetch(target: string, request: TransportRequest): Promise<Reply>;
  /** Ends what is in flight; more often than once does nothing. */
  close(): Promise<void>;
}

export interface TransportRequest {
  readonly method: RawRequest["method"];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** The largest answer that is read, in bytes. */
  readonly limit: number;
}

export interface Reply {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  /** Where the answer came from, for messages. */
  readonly where: string;
}

export interface TransportOptions {
  readonly origin: URL;
  readonly credentials?: Credentials;
  /** Milliseconds until headers arrive, and between two pieces of a body. */
  readonly idleTimeout?: number;
  /** Milliseconds for one whole exchange. */
  readonly totalTimeout?: number;
}

const MAX_REDIRECTS = 4;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** HTTP to one registry over kept connections. */
export function createTransport({
  origin,
  credentials = {},
  idleTimeout = 15_000,
  totalTimeout = 120_000,
}: TransportOptions): Transport {
  let agent: Promise<Agent> | undefined;
  /** Answers to challenges, by the challenge: a token is valid for one scope. */
  let authorization: string | undefined;

  /** A client is loaded for the first request: most of what holds a transport may never send one. */
  const within =
    (signal: AbortSignal): Send =>
    async (options) => {
      agent ??= createAgent(idleTimeout);
      return sendOnce(options, await agent, signal);
    };

  async function exchange(url: URL, options: TransportRequest, send: Send): Promise<RawReply> {
    const authorized = { ...options.headers, ...(authorization === undefined ? {} : { authorization }) };
    const first = await send({ ...options, url, headers: authorized });
    if (first.status !== 401) return first;
    const challenge = first.headers["www-authenticate"];
    await readCapped(first.body, options.limit, url.href);
    authorization = await answerChallenge([challenge ?? ""].flat().join(", "), { origin, credentials, send });
    if (authorization === undefined) throw denied(url, 401, credentials.token === undefined);
    return send({ ...options, url, headers: { ...options.headers, authorization } });
  }

  async function follow(url: URL, options: TransportRequest, send: Send): Promise<{ reply: RawReply; url: URL }> {
    let reply = await exchange(url, options, send);
    let current = url;
    for (let hops = 0; REDIRECTS.has(reply.status) && options.method !== "POST"; hops += 1) {
      if (hops === MAX_REDIRECTS) throw protocol(`expected at most ${MAX_REDIRECTS} redirects, got more`, url);
      current = redirectTarget(reply, current, origin);
      await readCapped(reply.body, options.limit, current.href);
      // Another host gets nothing of ours: what a registry may know, its storage may not.
      reply =
        current.origin === origin.origin
          ? await exchange(current, options, send)
          : await send({ method: options.method, url: current, body: options.body });
    }
    return { reply, url: current };
  }

  return {
    async fetch(target, options) {
      const send = within(AbortSignal.timeout(totalTimeout));
      const start = resolveTarget(target, origin);
      try {
        const { reply, url } = await follow(start, options, send);
        const body = await readCapped(reply.body, options.limit, url.href);
        if (reply.status === 401 || reply.status === 403) throw denied(url, reply.status, false);
        return { status: reply.status, header: (name) => one(reply.headers[name]), body, where: url.href };
      } catch (error) {
        throw isHeddleError(error) ? error : unreachable(start, error);
      }
    },
    close: async () => (await agent)?.destroy(),
  };
}

async function createAgent(idleTimeout: number): Promise<Agent> {
  const { Agent } = await import("undici");
  return new Agent({ headersTimeout: idleTimeout, bodyTimeout: idleTimeout, connect: { timeout: 5_000 } });
}

async function sendOnce(options: RawRequest, agent: Agent, signal: AbortSignal): Promise<RawReply> {
  const { method, url, headers = {}, body } = options;
  const { request } = await import("undici");
  const reply = await request(url, {
    method,
    headers: { "accept-encoding": "identity", ...headers },
    body: body ?? null,
    dispatcher: agent,
    signal,
  }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  return { status: reply.statusCode, headers: reply.headers, body: reply.body };
}

/** A registry may name the next URL of an upload; it stays on the registry's own origin. */
function resolveTarget(target: string, origin: URL): URL {
  const url = URL.canParse(target, origin) ? new URL(target, origin) : undefined;
  if (url?.origin === origin.origin) return url;
  throw protocol(`expected a location on ${origin.origin}, got ${JSON.stringify(target)}`, origin);
}

function redirectTarget(reply: RawReply, from: URL, origin: URL): URL {
  const location = one(reply.headers.location) ?? "";
  const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const safe =
    url !== undefined &&
    (url.origin === origin.origin || isInternal(origin.host) || (url.protocol === "https:" && !isInternal(url.host)));
  if (safe && /^https?:$/.test(url.protocol)) return url;
  throw protocol(`refused a redirect to ${JSON.stringify(location)}`, from);
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function protocol(message: string, url: URL): HeddleError {
  return new HeddleError("REGISTRY_PROTOCOL", message, { where: url.href });
}

function denied(url: URL, status: number, anonymous: boolean): HeddleError {
  const remedy = anonymous ? { remedy: "Pass --token, or set HEDDLE_TOKEN." } : {};
  return new HeddleError("REGISTRY_DENIED", `the registry answered ${status}`, { where: url.href, ...remedy });
}

function unreachable(url: URL, cause: unknown): HeddleError {
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new HeddleError("REGISTRY_UNREACHABLE", `expected an answer, got: ${reason}`, { where: url.href, cause });
}
