import type { MessagePort } from "node:worker_threads";
import type { Attribute } from "../../../../runtime/wasm/exchange.ts";

type Pairs = readonly (readonly [name: string, value: string])[];

/** What the test's thread asks of the thread that talks to Envoy. */
export type Wish =
  | {
      readonly what: "mount";
      readonly folder: string;
      readonly config: object;
      readonly backends: readonly string[];
      readonly routes: readonly string[];
      /** Attributes that are looked for. */
      readonly names: readonly string[];
    }
  | {
      readonly what: "request";
      readonly mount: number;
      readonly method: string;
      readonly path: string;
      readonly fields: Pairs;
      readonly pieces: readonly Uint8Array[];
    }
  | {
      readonly what: "respond";
      readonly status: number;
      readonly fields: Pairs;
      readonly pieces: readonly Uint8Array[];
    }
  | { readonly what: "counters" | "lines" }
  | { readonly what: "unmount"; readonly mount: number };

/** What became of a request, or of the response to it. */
export interface Seen {
  /** `next`: it is with a backend, or the response has come from there. */
  readonly kind: "next" | "respond" | "fault";
  readonly status: number;
  /** Of the request as the backend got it for a request that is with it, else of the response as the client got it. */
  readonly fields: Pairs;
  readonly body: Uint8Array;
  readonly cluster: string | undefined;
  readonly detail: string | undefined;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A worker's answers; an error as its code and words. */
export type Answer =
  | { readonly kind: "mounted"; readonly mount: number }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "seen"; readonly seen: Seen }
  | { readonly kind: "counters"; readonly counters: Readonly<Record<string, number>> }
  | { readonly kind: "lines"; readonly lines: readonly { readonly level: string; readonly message: string }[] }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string };

export interface Start {
  readonly command: string;
  readonly port: MessagePort;
  /** Set to 1 by the worker when its answer lies in the port; then the process id of Envoy, which must not outlive the test. */
  readonly signal: Int32Array;
}
