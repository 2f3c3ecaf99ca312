// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { Pending } from "./pending.ts";

/** Why an edit was refused. `forbidden` names framing, hop-by-hop and host-owned fields. */
export type RequestEdit = "done" | "bad-name" | "bad-value" | "forbidden" | "too-many";

/** The request on its way to the backend. Edits are seen by later filters, by routing's rewrites, and by the backend. */
export interface RequestCapability {
  method(): string;
  scheme(): string;
  authority(): string;
  /** The canonical path, without the query. */
  path(): string;
  /** The raw query without its `?`; none when the target has no `?`. */
  query(): string | undefined;
  /** The first value of a field. */
  header(name: string): string | undefined;
  /** Every value of a field, in order. */
  headerValues(name: string): string[];
  /** Every field, in order. */
  headers(): [string, string][];
  /** Whether the field occurs exactly once with exactly this value. */
  headerEquals(name: string, value: string): boolean;
  /** Replaces every occurrence of the field. */
  setHeader(name: string, value: string): RequestEdit;
  addHeader(name: string, value: string): RequestEdit;
  removeHeader(name: string): RequestEdit;
  /** Whether a body follows the head. */
  hasBody(): boolean;
}

export type ResponseEdit = "done" | "bad-name" | "bad-value" | "forbidden" | "too-many";

/** The response on its way back to the client; readable and editable in `on-response`, readable in `on-log`. */
export interface ResponseCapability {
  /** 0 while there is no response yet. */
  status(): number;
  setStatus(status: number): ResponseEdit;
  header(name: string): string | undefined;
  headerValues(name: string): string[];
  headers(): [string, string][];
  setHeader(name: string, value: string): ResponseEdit;
  addHeader(name: string, value: string): ResponseEdit;
  removeHeader(name: string): ResponseEdit;
  /** Whether a body follows the head, as far as that is known. */
  hasBody(): boolean;
}

/** `forbidden`: there is no body here. `too-large`: more than may be kept of one body. */
export type BodyEdit = "done" | "forbidden" | "too-large";

/**
 * The bytes that `on-request-body` or `on-response-body` is about: a piece of the body, or all of it where the head was
 * held. Empty in every other hook. A filter that edits changes what the next filter sees and what is sent.
 */
export interface BodyCapability {
  /** Bytes, edits included. */
  size(): number;
  /** Whether nothing follows these bytes. */
  end(): boolean;
  /** Bytes from `start` on, at most `length`: fewer where they end. */
  read(start: number, length: number): Uint8Array;
  /** Puts bytes in the place of all of them; empty drops them. */
  replace(bytes: Uint8Array): BodyEdit;
  /** Puts bytes behind them. */
  append(bytes: Uint8Array): BodyEdit;
}

export type LocalResponseOutcome = "done" | "bad-status" | "bad-header" | "too-large" | "too-late";

/** Answers the client in place of the backend. Takes effect when the hook returns the verdict `respond` (1). */
export interface LocalResponseCapability {
  /** `detail` is a short machine-readable reason for the access log, such as `jwt_expired`; it never reaches the client. */
  send(status: number, headers: [string, string][], body: Uint8Array, detail: string): LocalResponseOutcome;
}

/** Who is talking to whom. */
export interface ConnectionCapability {
  /** The client's address after the listener's trusted-hop rules; no port, no brackets. */
  clientAddress(): string;
  clientPort(): number;
  serverAddress(): string;
  serverPort(): number;
  /** `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`. */
  protocol(): string;
}

/** Where the request goes. */
export interface RoutingCapability {
  /** `namespace/name/rule` of the matched route. */
  route(): string;
  /** The backends that the matched rule may use, as `namespace/name:port`. */
  backends(): string[];
  /** Sends this request to one of them, whatever the weights say. False when it is not in `backends`. */
  chooseBackend(name: string): boolean;
  /** The key for a consistent-hash balancer. */
  setHashKey(key: string): void;
}

export type AttributesStored = "done" | "bad-name" | "too-large" | "too-many";

/** Values that filters leave for later filters, the access log and traces. Names look like `auth.subject`. */
export interface AttributesCapability {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  flag(name: string): boolean | undefined;
  setText(name: string, value: string): AttributesStored;
  setNumber(name: string, value: number): AttributesStored;
  setFlag(name: string, value: boolean): AttributesStored;
  remove(name: string): void;
}

export type CryptoHash = "sha256" | "sha384" | "sha512";

/**
 * `algorithm-mismatch`: the key is pinned to another algorithm than the one asked for.
 * `ambiguous-key`: no key id was given and more than one key would do.
 */
export type CryptoVerification =
  | "valid"
  | "invalid"
  | "unknown-key-set"
  | "unknown-key"
  | "algorithm-mismatch"
  | "ambiguous-key"
  | "unavailable";

/** Cryptography done by the host. Private and shared keys never enter a guest: they are named. */
export interface CryptoCapability {
  digest(algorithm: CryptoHash, data: Uint8Array): Uint8Array;
  /** HMAC under a named shared key; none when the key set or key is unknown or holds no shared key. */
  hmac(algorithm: CryptoHash, keySet: string, keyId: string | undefined, data: Uint8Array): Uint8Array | undefined;
  /** Verifies a JWS-style signature: `algorithm` is RS256, ES256, EdDSA or HS256; ES256 signatures are r||s (RFC 7518 3.4). */
  verify(
    keySet: string,
    keyId: string | undefined,
    algorithm: string,
    data: Uint8Array,
    signature: Uint8Array,
  ): CryptoVerification;
  /** At most 65,536 bytes; a larger request yields an empty list. */
  random(length: number): Uint8Array;
  /** Equality in time that depends on the lengths only. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

export interface QuotaDecision {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly retryAfterMs: number;
  readonly resetAfterMs: number;
}

/** Token buckets (GCRA), shared by everything that names the same bucket of the same plugin. */
export interface QuotaCapability {
  /**
   * Takes `cost` tokens from a bucket that refills `limit` tokens every `period-ms` and holds at most `burst`.
   * A zero limit, period or burst allows nothing.
   */
  take(bucket: string, limit: number, periodMs: number, burst: number, cost: number): QuotaDecision;
}

export type StoreWritten = "done" | "conflict" | "too-large" | "full";

export interface StoreEntry {
  readonly value: Uint8Array;
  readonly version: number;
}

/** A small key-value store per plugin, bounded in entries and bytes. */
export interface StoreCapability {
  get(key: string): StoreEntry | undefined;
  /** `ttl-ms` 0 keeps the entry until it is evicted or deleted. */
  set(key: string, value: Uint8Array, ttlMs: number): StoreWritten;
  /** Writes only if the stored version is `expected`; 0 expects no entry. */
  compareAndSet(key: string, expected: number, value: Uint8Array, ttlMs: number): StoreWritten;
  delete(key: string): boolean;
}

/**
 * `unknown-backend`: not one that the Plugin document grants. `bad-request`: method, target, a field or the body's size
 * is none. `not-here`: the hook cannot wait, as `configure` and `on-log` cannot. `too-many`: the exchange's share of
 * calls is used up. `cancelled`: the exchange has ended. `too-large`: of the response. `broken`: no HTTP came back.
 * `overflow`: the backend has as much to do as it may have.
 */
export type HttpClientFailure =
  | "unknown-backend"
  | "bad-request"
  | "not-here"
  | "too-many"
  | "cancelled"
  | "unreachable"
  | "timeout"
  | "too-large"
  | "broken"
  | "overflow";

export interface HttpClientResponse {
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: Uint8Array;
}

/**
 * Calls to other services, through the proxy's clusters: balancing, connection pools, TLS, retries. The guest sleeps while a
 * call runs; only its own exchange waits for it.
 */
export interface HttpClientCapability {
  /**
   * `backend` is `namespace/name:port`; `target` is a path with its query. The field `host` names the authority, which is the
   * backend's own otherwise. `timeout-ms` is for the whole call; 0, and what is longer than the plugin may wait, is that.
   */
  send(
    backend: string,
    method: string,
    target: string,
    headers: [string, string][],
    body: Uint8Array,
    timeoutMs: number,
  ): HttpClientResponse | HttpClientFailure | Pending<HttpClientResponse | HttpClientFailure>;
}

export type TraceStored = "done" | "bad-name" | "too-large" | "too-many";

/** The exchange's span in a trace. Calls of `http-client` are spans below it without further ado. */
export interface TraceCapability {
  setText(name: string, value: string): TraceStored;
  setNumber(name: string, value: number): TraceStored;
  setFlag(name: string, value: boolean): TraceStored;
}

/** When `on-tick` runs. */
export interface TickCapability {
  /** From now on every so many milliseconds, 100 at least; 0 never. Each thread of a proxy has its own. */
  every(milliseconds: number): void;
}

/** Time, frozen for the length of one hook, or until a call has come back. */
export interface ClockCapability {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds of a clock that never goes back. */
  monotonic(): number;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** Lines in the proxy's log under the plugin's name, bounded per request. */
export interface LogCapability {
  write(level: LogLevel, message: string): void;
  /** Called by the SDK right before it traps, so that the trap has a message and a place. */
  fault(message: string, file: string, line: number, column: number): void;
}

/** Metrics, exported as `heddle_plugin_<name>` with the label `plugin`; bounded in number per plugin. */
export interface MetricsCapability {
  count(name: string, by: number): void;
  gauge(name: string, value: number): void;
  observe(name: string, value: number): void;
}

/** The host side of everything a guest may import, by interface. */
export interface Capabilities {
  /** The request on its way to the backend. Edits are seen by later filters, by routing's rewrites, and by the backend. */
  readonly request: RequestCapability;
  /** The response on its way back to the client; readable and editable in `on-response`, readable in `on-log`. */
  readonly response: ResponseCapability;
  /**
   * The bytes that `on-request-body` or `on-response-body` is about: a piece of the body, or all of it where the head was
   * held. Empty in every other hook. A filter that edits changes what the next filter sees and what is sent.
   */
  readonly body: BodyCapability;
  /** Answers the client in place of the backend. Takes effect when the hook returns the verdict `respond` (1). */
  readonly "local-response": LocalResponseCapability;
  /** Who is talking to whom. */
  readonly connection: ConnectionCapability;
  /** Where the request goes. */
  readonly routing: RoutingCapability;
  /** Values that filters leave for later filters, the access log and traces. Names look like `auth.subject`. */
  readonly attributes: AttributesCapability;
  /** Cryptography done by the host. Private and shared keys never enter a guest: they are named. */
  readonly crypto: CryptoCapability;
  /** Token buckets (GCRA), shared by everything that names the same bucket of the same plugin. */
  readonly quota: QuotaCapability;
  /** A small key-value store per plugin, bounded in entries and bytes. */
  readonly store: StoreCapability;
  /**
   * Calls to other services, through the proxy's clusters: balancing, connection pools, TLS, retries. The guest sleeps while a
   * call runs; only its own exchange waits for it.
   */
  readonly "http-client": HttpClientCapability;
  /** The exchange's span in a trace. Calls of `http-client` are spans below it without further ado. */
  readonly trace: TraceCapability;
  /** When `on-tick` runs. */
  readonly tick: TickCapability;
  /** Time, frozen for the length of one hook, or until a call has come back. */
  readonly clock: ClockCapability;
  /** Lines in the proxy's log under the plugin's name, bounded per request. */
  readonly log: LogCapability;
  /** Metrics, exported as `heddle_plugin_<name>` with the label `plugin`; bounded in number per plugin. */
  readonly metrics: MetricsCapability;
}
