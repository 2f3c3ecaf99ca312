import type { FieldPath } from "../../config/issue.ts";
import type { FakeCall } from "../fake-calls.ts";
import type { LogLine } from "../recording-services.ts";
import type { AnswerExpectation, Expectation, Wanted, WantedValues } from "./filter-case.ts";
import { jsonMismatches } from "./json-mismatch.ts";

/** A field that is not as a case expects it. */
export interface Mismatch {
  /** Within `expect`. */
  readonly path: FieldPath;
  readonly expected: string;
  readonly actual: string;
}

/** The parts of a result that an expectation is about. */
export interface Answered {
  readonly verdict: string;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly detail: string | undefined;
  readonly fault?: { readonly code: string; readonly detail: string } | undefined;
}

export interface Happened extends Answered {
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly body: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly backend: string | undefined;
  readonly hashKey: string | undefined;
  readonly response: Answered | undefined;
  readonly logs: readonly LogLine[];
  readonly calls: readonly FakeCall[];
  readonly counters: ReadonlyMap<string, number>;
  readonly gauges: ReadonlyMap<string, number>;
  stored(key: string): string | undefined;
}

/** Everything in which what happened is not what a case expects. */
export function mismatches(expect: Expectation, happened: Happened): Mismatch[] {
  const { fault, request, response } = happened;
  return [
    ...answerMismatches([], expect, happened),
    ...one(["fault"], expect.fault, fault && `${fault.code}: ${fault.detail}`),
    ...many(["request", "headers"], lowerCase(expect.request?.headers), (name) => request.headers[name]),
    ...one(["request", "body"], expect.request?.body, request.body),
    ...json(["request", "json"], expect.request?.json, request.body),
    ...many(["attributes"], expect.attributes, (name) => happened.attributes[name]),
    ...one(["backend"], expect.backend, happened.backend),
    ...one(["hashKey"], expect.hashKey, happened.hashKey),
    ...(response === undefined ? [] : answerMismatches(["response"], expect.response ?? {}, response)),
    ...logMismatches(expect.logs, happened.logs),
    ...callMismatches(expect.calls, happened.calls),
    ...many(["counters"], expect.counters, (name) => happened.counters.get(name) ?? 0),
    ...many(["gauges"], expect.gauges, (name) => happened.gauges.get(name)),
    ...many(["store"], expect.store, (key) => happened.stored(key)),
  ];
}

/** Whether a text is as wanted. */
export function isAsWanted(wanted: Wanted, actual: unknown): boolean {
  if (wanted === null) return actual === undefined || actual === null;
  if (typeof wanted !== "object") return wanted === actual || (isText(actual) && String(wanted) === actual);
  return actual !== undefined && new RegExp(wanted.matches, "s").test(String(actual));
}

function answerMismatches(at: FieldPath, expect: AnswerExpectation, answered: Answered): Mismatch[] {
  return [
    ...one([...at, "verdict"], expect.verdict, answered.verdict).map((found) => withFault(found, answered)),
    ...one([...at, "status"], expect.status, answered.status),
    ...many([...at, "headers"], lowerCase(expect.headers), (name) => answered.headers[name]),
    ...one([...at, "body"], expect.body, answered.body),
    ...json([...at, "json"], expect.json, answered.body),
    ...one([...at, "detail"], expect.detail, answered.detail),
  ];
}

/** A filter that failed says why. */
function withFault(found: Mismatch, { fault }: Answered): Mismatch {
  return fault === undefined ? found : { ...found, actual: `fault, ${fault.code}: ${fault.detail}` };
}

function one(path: FieldPath, wanted: Wanted | undefined, actual: unknown): Mismatch[] {
  if (wanted === undefined || isAsWanted(wanted, actual)) return [];
  return [{ path, expected: describeWanted(wanted), actual: describe(actual) }];
}

function many(path: FieldPath, wanted: WantedValues | undefined, actual: (name: string) => unknown): Mismatch[] {
  return Object.entries(wanted ?? {}).flatMap(([name, value]) => one([...path, name], value, actual(name)));
}

function json(path: FieldPath, wanted: unknown, body: string): Mismatch[] {
  if (wanted === undefined) return [];
  const actual = tryJson(body);
  if (actual === undefined) return [{ path, expected: describe(wanted), actual: `no JSON: ${describe(body)}` }];
  const found = jsonMismatches(wanted, actual, path);
  const more = found.length - MOST;
  const shown = found.slice(0, MOST).map((one) => ({
    path: one.path,
    expected: describeJson(one.wanted),
    actual: describeJson(one.actual),
  }));
  return more <= 0 ? shown : [...shown, { path, expected: "no further difference", actual: `${more} more` }];
}

/** Differences of one document that are shown. */
const MOST = 10;

/** A text has its quotes, so that it is no number; null is a value. */
function describeJson(value: unknown): string {
  return value === undefined ? "none" : short(JSON.stringify(value));
}

function logMismatches(wanted: Expectation["logs"], lines: readonly LogLine[]): Mismatch[] {
  if (wanted === undefined) return [];
  const count = Math.max(wanted.length, lines.length);
  return Array.from({ length: count }, (_, at) => at).flatMap((at) => {
    const [want, line] = [wanted[at], lines[at]];
    const { level, message } = typeof want === "string" ? { level: undefined, message: want } : (want ?? {});
    const path = ["logs", at];
    if (want === undefined) return [{ path: ["logs"], expected: "no further line", actual: describe(line?.message) }];
    return [...one(path, message, line?.message), ...one(path, level, line?.level)];
  });
}

function callMismatches(wanted: Expectation["calls"], calls: readonly FakeCall[]): Mismatch[] {
  if (wanted === undefined) return [];
  const differences = wanted.flatMap((want, at) => {
    const [path, call] = [["calls", at], calls[at]];
    if (call === undefined) return [{ path, expected: "a call", actual: "none" }];
    const fields = (["backend", "method", "target", "body"] as const).flatMap((name) =>
      one([...path, name], want[name], call[name]),
    );
    return [...fields, ...many([...path, "headers"], lowerCase(want.headers), (name) => call.headers[name])];
  });
  const more = calls.slice(wanted.length).map(({ method, backend, target }) => `${method} ${backend} ${target}`);
  return [...differences, ...more.map((actual) => ({ path: ["calls"], expected: "no further call", actual }))];
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function lowerCase(wanted: WantedValues | undefined): WantedValues {
  return Object.fromEntries(Object.entries(wanted ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function describeWanted(wanted: Wanted): string {
  if (wanted === null) return "none";
  return typeof wanted === "object" ? `something like /${wanted.matches}/` : describe(wanted);
}

const SHOWN = 400;

function describe(value: unknown): string {
  if (value === undefined || value === null) return "none";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return short(text === "" ? '""' : text);
}

function short(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
