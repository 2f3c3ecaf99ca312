/** A call of a guest to a backend: HTTP semantics, no framing. */
export interface GuestCall {
  /** `namespace/name:port`, one that the plugin was granted. */
  readonly backend: string;
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** With the query. */
  readonly target: string;
  /** Names in lower case, checked; no framing, hop-by-hop fields or host. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** Milliseconds for the whole call. */
  readonly timeout: number;
  /** Bytes of the response's body. */
  readonly maxBytes: number;
  /** Of the exchange on whose behalf the call is made, for its trace. */
  readonly exchange: number | undefined;
}

export interface CallResponse {
  readonly kind: "response";
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  readonly trailers: readonly (readonly [name: string, value: string])[];
}

export interface CallFailure {
  readonly kind: "failure";
  readonly reason: "unknown-backend" | "unreachable" | "timeout" | "too-large" | "broken" | "overflow";
  /** For the log. */
  readonly detail: string;
}

export type CallOutcome = CallResponse | CallFailure;

/** Makes calls through the proxy's clusters: balancing, connection pools, TLS. */
export interface GuestCalls {
  /** Whether there is such a backend. */
  knows(backend: string): boolean;
  /** Whether it is called over TLS. Undefined where that is all the same. */
  isSecure?(backend: string): boolean;
  /** @param done told once, never within this call, and not after `cancel` */
  send(call: GuestCall, done: (outcome: CallOutcome) => void): { cancel(): void };
}
