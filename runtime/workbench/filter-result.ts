import type { Attribute, Fields, GuestExchange } from "../wasm/exchange.ts";
import type { Verdict } from "../wasm/verdict.ts";

/** Header fields by lower-case name; the values of a repeated field are joined by `, `. */
export type HeaderRecord = Readonly<Record<string, string>>;

/** What a filter made of a request. */
export interface FilterResult {
  /** `next`, `respond`, or `fault` when the filter trapped or broke the contract. */
  readonly verdict: Verdict["kind"];
  /** Why, for a `fault`: `{ code: "GUEST_TRAP", detail: "… index.ts:7:5" }`. */
  readonly fault: { readonly code: string; readonly detail: string } | undefined;
  /** Status of the filter's own answer; undefined when it let the request through. */
  readonly status: number | undefined;
  /** Headers of the filter's own answer. */
  readonly headers: HeaderRecord;
  /** Body of the filter's own answer, as text. */
  readonly body: string;
  /** The filter's reason for the access log. */
  readonly detail: string | undefined;
  /** The request as the backend would see it. */
  readonly request: { readonly headers: HeaderRecord; values(name: string): string[] };
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The backend that the filter chose. */
  readonly backend: string | undefined;
  readonly hashKey: string | undefined;
  /** The body of the filter's own answer as JSON. @throws SyntaxError when it is not JSON */
  json(): unknown;
}

/** What a filter made of a response. */
export interface ResponseResult extends Omit<FilterResult, "status"> {
  /** Status that the client gets. */
  readonly status: number;
  /** Every value of a header that the client gets. */
  values(name: string): string[];
}

/** Reads the result of `on-request` off an exchange. */
export function filterResult(verdict: Verdict, exchange: GuestExchange): FilterResult {
  const answer = verdict.kind === "respond" ? exchange.localResponse : undefined;
  const body = Buffer.from(answer?.body ?? new Uint8Array()).toString("utf8");
  return {
    verdict: verdict.kind,
    fault: verdict.kind === "fault" ? { code: verdict.code, detail: verdict.detail } : undefined,
    status: answer?.status,
    headers: toRecord(answer?.headers ?? []),
    body,
    detail: answer?.detail || undefined,
    request: seenRequest(exchange.request.fields),
    attributes: Object.fromEntries(exchange.attributes),
    backend: exchange.routing.chosen,
    hashKey: exchange.routing.hashKey,
    json: () => JSON.parse(body) as unknown,
  };
}

/** Reads the result of `on-response` off an exchange. */
export function responseResult(verdict: Verdict, exchange: GuestExchange): ResponseResult {
  const result = filterResult(verdict, exchange);
  const { status, fields } = exchange.response;
  if (verdict.kind === "respond") {
    const pairs = exchange.localResponse?.headers ?? [];
    const values = (name: string) => pairs.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
    return { ...result, status: result.status ?? 0, values };
  }
  return { ...result, status, headers: toRecord(fields.entries()), values: (name) => fields.values(name) };
}

function seenRequest(fields: Fields): FilterResult["request"] {
  return { headers: toRecord(fields.entries()), values: (name) => fields.values(name) };
}

function toRecord(pairs: readonly (readonly [string, string])[]): HeaderRecord {
  const record: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    record[key] = key in record ? `${record[key]}, ${value}` : value;
  }
  return { ...record };
}
