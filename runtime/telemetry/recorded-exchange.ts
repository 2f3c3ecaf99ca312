/** What a proxy keeps of an exchange for a replay: heads as the filters met them, one JSON document on a line. */
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
    readonly headers: readonly (readonly [name: string, value: string])[];
    /** Whether a body followed, which is not kept. */
    readonly hasBody: boolean;
  };
  readonly client: string;
  readonly protocol: string;
  /** `namespace/name/rule`. */
  readonly route: string;
  readonly backends: readonly string[];
  /** Of the backend, before filters saw it; left out where none answered. */
  readonly response?: {
    readonly status: number;
    readonly headers: readonly (readonly [name: string, value: string])[];
  };
}
