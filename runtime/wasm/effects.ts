import type { Attribute, Fields, GuestExchange } from "./exchange.ts";
import type { Verdict } from "./verdict.ts";

/** Fields of a message that a filter changed: by lower-case name the new value, repeated ones joined by `, `; null when removed. */
export type FieldEdits = Readonly<Record<string, string | null>>;

/** What the hooks of one direction did to an exchange, as plain data: equal effects are effects that nobody can tell apart. */
export interface Effects {
  readonly verdict: Verdict["kind"];
  /** `CODE: words` of a fault. */
  readonly fault?: string;
  /** Of the filter's own answer; of a response, what the client gets. */
  readonly status?: number;
  /** Headers of the filter's own answer, or edits of the response. */
  readonly headers?: FieldEdits;
  /** Of the filter's own answer, or in place of the body that came. */
  readonly body?: string;
  /** The filter's reason for the access log. */
  readonly detail?: string;
  /** Edits of the request. */
  readonly request?: FieldEdits;
  /** In place of the request's body that came. */
  readonly requestBody?: string;
  /** Attributes that were set or changed. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly backend?: string;
  readonly hashKey?: string;
}

/** How an exchange was before a filter saw it. */
export interface Untouched {
  readonly request: readonly (readonly [string, string])[];
  readonly response: readonly (readonly [string, string])[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** Taken before the hooks of a direction run. */
export function untouched({ request, response, attributes }: GuestExchange): Untouched {
  return {
    request: request.fields.entries(),
    response: response.fields.entries(),
    attributes: new Map(attributes),
  };
}

/** Of the hooks for a request. */
export function requestEffects(verdict: Verdict, exchange: GuestExchange, before: Untouched): Effects {
  return compact({
    ...own(verdict, exchange),
    request: fieldEdits(before.request, exchange.request.fields),
    attributes: changedAttributes(before.attributes, exchange.attributes),
    backend: exchange.routing.chosen,
    hashKey: exchange.routing.hashKey,
  });
}

/** Of the hooks for a response. */
export function responseEffects(verdict: Verdict, exchange: GuestExchange, before: Untouched): Effects {
  const { response } = exchange;
  const seen = { status: response.status, headers: fieldEdits(before.response, response.fields) };
  return compact({
    ...seen,
    ...own(verdict, exchange),
    attributes: changedAttributes(before.attributes, exchange.attributes),
  });
}

function own(verdict: Verdict, exchange: GuestExchange): Effects {
  if (verdict.kind === "fault") return { verdict: "fault", fault: `${verdict.code}: ${verdict.detail}` };
  const answer = verdict.kind === "respond" ? exchange.localResponse : undefined;
  if (answer === undefined) return { verdict: verdict.kind };
  return {
    verdict: "respond",
    status: answer.status,
    headers: Object.fromEntries(joined(answer.headers)),
    body: Buffer.from(answer.body).toString(),
    detail: answer.detail,
  };
}

function fieldEdits(before: Untouched["request"], fields: Fields): FieldEdits {
  const [old, now] = [joined(before), joined(fields.entries())];
  const edits: Record<string, string | null> = {};
  for (const [name, value] of now) if (old.get(name) !== value) edits[name] = value;
  for (const name of old.keys()) if (!now.has(name)) edits[name] = null;
  return edits;
}

function joined(pairs: readonly (readonly [string, string])[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const known = found.get(key);
    found.set(key, known === undefined ? value : `${known}, ${value}`);
  }
  return found;
}

function changedAttributes(before: ReadonlyMap<string, Attribute>, now: Iterable<[string, Attribute]>) {
  return Object.fromEntries([...now].filter(([name, value]) => before.get(name) !== value));
}

/** Without what says nothing. */
function compact(effects: { readonly [Key in keyof Effects]: Effects[Key] | undefined }): Effects {
  const said = Object.entries(effects).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(said) as unknown as Effects;
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === "";
}
