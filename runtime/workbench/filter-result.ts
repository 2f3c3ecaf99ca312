import { type Effects, requestEffects, responseEffects, type Untouched } from "../wasm/effects.ts";
import type { Attribute, Fields, GuestExchange } from "../wasm/exchange.ts";
import type { Verdict } from "../wasm/verdict.ts";
import type { MessageRun } from "./run-message.ts";

/** Header fields by lower-case name; the values of a repeated field are joined by `, `. */
export type HeaderRecord = Readonly<Record<string, string>>;

/** What a filter made of a request. */
export interface FilterResult {
  /** `next`, `respond`, or `fault` when the filter trapped or broke the contract. */
  readonly verdict: Verdict["kind"];
  /** Why, for a `fault`: `{ code: "GUEST_TRAP", detail: "… index.ts:7:5" }`. */
  readonly fault: FilterFault | undefined;
  /** Status of the filter's own answer; undefined when it let the request through. */
  readonly status: number | undefined;
  /** Headers of the filter's own answer. */
  readonly headers: HeaderRecord;
  /** Body of the filter's own answer, as text. */
  readonly body: string;
  /** The filter's reason for the access log. */
  readonly detail: string | undefined;
  /** The request as the backend would see it. */
  readonly request: { readonly headers: HeaderRecord; readonly body: string; values(name: string): string[] };
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The backend that the filter chose. */
  readonly backend: string | undefined;
  readonly hashKey: string | undefined;
  /** What the filter did, as plain data and without what was there before: for `expectSnapshot`. */
  readonly effects: Effects;
  /** `body` as JSON. @throws SyntaxError when it is not JSON */
  json(): unknown;
}

/** Why a filter failed, and where. */
export interface FilterFault {
  readonly code: string;
  readonly detail: string;
  /** `file:line:column` of each frame of the filter, innermost first. */
  readonly frames: readonly string[];
}

/** What a filter made of a response. */
export interface ResponseResult extends Omit<FilterResult, "status"> {
  /** Status that the client gets. */
  readonly status: number;
  /** Body that the client gets, as text. */
  readonly body: string;
  /** Every value of a header that the client gets. */
  values(name: string): string[];
}

/** A message before the filter saw it. */
export interface SeenBefore {
  readonly untouched: Untouched;
  /** Of its body. */
  readonly pieces: readonly Uint8Array[];
}

/** Reads off an exchange what became of its request. */
export function filterResult(run: MessageRun, exchange: GuestExchange, seen: SeenBefore): FilterResult {
  const { verdict, body: sent } = run;
  const answer = verdict.kind === "respond" ? exchange.localResponse : undefined;
  const body = textOf(answer?.body);
  return {
    verdict: verdict.kind,
    fault: faultOf(verdict),
    status: answer?.status,
    headers: toRecord(answer?.headers ?? []),
    body,
    detail: answer?.detail || undefined,
    request: seenRequest(exchange.request.fields, textOf(sent)),
    attributes: Object.fromEntries(exchange.attributes),
    backend: exchange.routing.chosen,
    hashKey: exchange.routing.hashKey,
    effects: withBody(requestEffects(verdict, exchange, seen.untouched), verdict, { requestBody: textOf(sent) }, seen),
    json: () => JSON.parse(body) as unknown,
  };
}

/** Reads off an exchange what became of its response. @param sent the request's body as the backend got it */
export function responseResult(
  run: MessageRun,
  sent: string,
  exchange: GuestExchange,
  seen: SeenBefore,
): ResponseResult {
  const { verdict } = run;
  const effects = withBody(
    responseEffects(verdict, exchange, seen.untouched),
    verdict,
    { body: textOf(run.body) },
    seen,
  );
  const request = seenRequest(exchange.request.fields, sent);
  const result = { ...filterResult(run, exchange, seen), request, effects };
  const { status, fields } = exchange.response;
  if (verdict.kind === "respond") {
    const pairs = exchange.localResponse?.headers ?? [];
    const values = (name: string) => pairs.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
    return { ...result, status: result.status ?? 0, values };
  }
  const body = textOf(run.body);
  const json = () => JSON.parse(body) as unknown;
  return { ...result, status, headers: toRecord(fields.entries()), body, json, values: (name) => fields.values(name) };
}

/** A body that went on as it came is no effect. */
function withBody(effects: Effects, verdict: Verdict, body: Partial<Effects>, { pieces }: SeenBefore): Effects {
  const [text] = Object.values(body);
  const isAsItCame = text === Buffer.concat(pieces).toString();
  return verdict.kind !== "next" || isAsItCame ? effects : { ...effects, ...body };
}

function faultOf(verdict: Verdict): FilterFault | undefined {
  if (verdict.kind !== "fault") return undefined;
  return { code: verdict.code, detail: verdict.detail, frames: verdict.frames ?? [] };
}

function seenRequest(fields: Fields, body: string): FilterResult["request"] {
  return { headers: toRecord(fields.entries()), body, values: (name) => fields.values(name) };
}

function textOf(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString("utf8");
}

function toRecord(pairs: readonly (readonly [string, string])[]): HeaderRecord {
  const record: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    record[key] = key in record ? `${record[key]}, ${value}` : value;
  }
  return { ...record };
}
