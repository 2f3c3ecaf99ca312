type Headers = readonly (readonly [name: string, value: string])[];

/** A body, as far as it was kept. */
export interface RecordedBody {
  /** Of all of it. */
  readonly bytes: number;
  /** Where it is UTF-8, and short enough to be kept. */
  readonly text?: string;
  readonly base64?: string;
}

/** A call of a filter, and what came back. */
export interface RecordedCall {
  /** `namespace/name:port`. */
  readonly backend: string;
  readonly method: string;
  /** With its query. */
  readonly target: string;
  readonly status?: number;
  readonly headers?: Headers;
  readonly body?: RecordedBody;
  /** In place of a response. */
  readonly error?: "unknown-backend" | "unreachable" | "timeout" | "too-large" | "broken" | "overflow";
}

/** What a proxy keeps of an exchange for a replay: messages as the filters met them, one JSON document on a line. */
export interface RecordedExchange {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly request: {
    readonly method: string;
    readonly scheme: string;
    readonly authority: string;
    /** Canonical path without the query. */
    readonly path: string;
    readonly query?: string | undefined;
    readonly headers: Headers;
    /** Whether a body followed. */
    readonly hasBody: boolean;
    /** Where bodies are recorded. */
    readonly body?: RecordedBody;
  };
  readonly client: string;
  readonly protocol: string;
  /** `namespace/name/rule`. */
  readonly route: string;
  readonly backends: readonly string[];
  /** Of the backend, before filters saw it; left out where none answered. */
  readonly response?: {
    readonly status: number;
    readonly headers: Headers;
    readonly body?: RecordedBody;
  };
  /** Of all filters, in the order in which they ended; left out where there was none. */
  readonly calls?: readonly RecordedCall[];
}

/** The last line of a recording. */
export interface RecordingEnd {
  readonly end: {
    /** Exchanges that were written. */
    readonly exchanges: number;
    /** Exchanges that were not, since they came faster than they could be written. */
    readonly lost: number;
    /** Why it ended: `closed`, `limit`, or what the system said. */
    readonly reason: string;
  };
}
