import { decodePairs } from "../../../runtime/wasm/abi/proxy-wasm/pairs.ts";
import type { FilterText } from "../../wasm/proxy-wasm/filters.ts";
import { CALLBACK_NAMES } from "../../wasm/proxy-wasm/script.ts";

/** One request and what is asked of its response. */
export interface Shot {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of its body, one after the other. */
  readonly pieces?: readonly string[];
  readonly trailers?: Readonly<Record<string, string>>;
}

/** Filters that report what they are called for and what calls answer, and requests for them. */
export interface Scene {
  readonly name: string;
  /** In the order in which a request meets them. */
  readonly filters: readonly FilterText[];
  /** Of every filter. */
  readonly config?: string;
  readonly vmConfig?: string;
  readonly stopIteration?: boolean;
  /** TLS on both sides. */
  readonly secure?: boolean;
  /** @default one GET */
  readonly shots?: readonly Shot[];
  /** A line that comes when all is over, where that is not the last `delete` of a stream. */
  readonly last?: string;
  /** Lines that come in another order, or as often as it happens: only which there are is compared. */
  readonly unordered?: boolean;
  readonly differences?: readonly Difference[];
}

/** What is known to differ: a line of Envoy and the one in its place here, undefined for none, as often as they come. */
export type Difference = readonly [envoy: string | undefined, heddle: string | undefined, reason: string];

/** What clients and filters saw. */
export interface Trace {
  /** Of each shot: status, fields that are not the host's own, body, trailers. */
  readonly answers: readonly string[];
  /** Of each filter. */
  readonly lines: readonly (readonly string[])[];
}

const OWN_FIELDS =
  /^(?:x-request-id|x-envoy-.*|x-test-.*|date|connection|keep-alive|transfer-encoding|server|content-length|te|trailer|x-forwarded-.*|via|forwarded|traceparent|tracestate|proxy-status|:scheme)$/;

/** Without what a host adds of its own. */
export function otherFields(fields: readonly (readonly [string, string])[]): string {
  const kept = fields.map(([name, value]) => `${name.toLowerCase()}=${value}`);
  return kept
    .filter((field) => !OWN_FIELDS.test(field.slice(0, field.indexOf("="))))
    .sort()
    .join(" ");
}

/** Whether a filter wrote it, and not its host about it. */
export function isOfFilter(line: string): boolean {
  return CALLBACK_NAMES.has(line.split(" ", 1)[0] as string);
}

/** A line that a filter wrote, with what stands in lists of pairs in words. */
export function readable(line: string): string {
  return line.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT").replaceAll(/\{([0-9a-f]*)\}/g, (_, hex: string) => {
    const pairs = decodePairs(Buffer.from(hex, "hex"));
    return pairs === undefined ? `{not pairs: ${hex}}` : `{${otherFields(pairs)}}`;
  });
}
