import type { Exchange } from "../http/exchange.ts";
import { inOnePiece } from "../http/h1/latin1.ts";
import type { Refusal } from "../http/inbound.ts";
import { type AccessRecord, escaped, quote } from "../telemetry/access-log.ts";
import { attributesText, mapText } from "./attributes-text.ts";
import type { Client } from "./client.ts";
import type { Forward } from "./forward.ts";
import type { Outcome } from "./outcome.ts";
import type { Place } from "./place.ts";

/** What is left to say about an exchange that has ended, beside what it and its outcome say themselves. */
export interface LineFacts {
  readonly exchange: Exchange;
  readonly outcome: Outcome;
  readonly client: Client;
  readonly forward: Forward | undefined;
  readonly place: Place;
  /** JSON: the version of each plugin that saw the exchange. */
  readonly plugins: string;
}

/**
 * The line of an `AccessRecord`, with its end, written without the record: most of it was made before, once for its connection, route,
 * endpoint or second. The path is what was routed; a target that was refused is shown as it came.
 */
export function lineOf({ exchange, outcome, client, forward, place, plugins }: LineFacts): string {
  const { request, response, received, sent } = exchange;
  const { path, query } = request;
  return (
    `${timeText(outcome.began)}${outcome.requestId}","traceId":"${outcome.traceId}","spanId":"${outcome.spanId}` +
    client.askedText(request.method, request.authority) +
    (path !== "" && path === outcome.plainPath ? path : escaped(path || request.target)) +
    (query === undefined ? "" : `","query":"${query === outcome.plainQuery ? query : escaped(query)}`) +
    client.text(request.fields.get("user-agent")) +
    resultText(response.status, outcome.flags, outcome.detail) +
    place.textOf(forward?.endpoint, forward === undefined ? 0 : forward.attempts) +
    thousandths(outcome.end - outcome.start, UPSTREAM_DURATION) +
    thousandths(forward === undefined ? 0 : forward.latency, received === 0 ? NOTHING_RECEIVED : DECIMALS) +
    (received === 0 ? `${sent}` : `,"bytesReceived":${received},"bytesSent":${sent}`) +
    (outcome.waited === 0 && outcome.kept === 0 ? "" : patienceText(outcome)) +
    additions(exchange, plugins)
  );
}

/** What filters made the exchange wait for. */
function patienceText({ waited, kept }: Outcome): string {
  return `,"waited":${thousandths(waited, DECIMALS)},"bytesKept":${kept}`;
}

const NO_ADDITIONS = ',"plugins":{},"attributes":{}}\n';

/** What filters have to say. */
function additions(exchange: Exchange, plugins: string): string {
  const { span } = exchange;
  if (plugins === "{}" && !exchange.hasAttributes && span === undefined) return NO_ADDITIONS;
  const attributes = exchange.hasAttributes ? attributesText(exchange.attributes) : "";
  return pluginsText(plugins) + attributes + (span === undefined ? "}}\n" : `},"span":{${mapText(span)}}}\n`);
}

let lastPlugins = "";
let lastPluginsText = "";

/** Most exchanges have met the same plugins. */
function pluginsText(plugins: string): string {
  if (plugins !== lastPlugins) {
    lastPlugins = plugins;
    lastPluginsText = inOnePiece(`,"plugins":${plugins},"attributes":{`);
  }
  return lastPluginsText;
}

/** By status, of exchanges with nothing more to say. */
const plainResults: string[] = [];

function resultText(status: number, flags: string, detail: string): string {
  if (flags !== "") return `,"status":${status},"flags":"${flags}","detail":${quote(detail)}`;
  const known = plainResults[status];
  if (known !== undefined) return known;
  const text = inOnePiece(`,"status":${status},"flags":"-","detail":""`);
  plainResults[status] = text;
  return text;
}

/** The line for a message that never became an exchange. */
export function refusalRecord(refusal: Refusal, listener: string, now: number): AccessRecord {
  const { connection } = refusal;
  return {
    time: isoTime(now),
    requestId: "",
    traceId: "",
    spanId: "",
    method: refusal.method,
    authority: "",
    path: refusal.target,
    protocol: connection.protocol,
    client: `${connection.clientAddress}:${connection.clientPort}`,
    status: refusal.status,
    flags: refusal.status === 408 ? "SI" : "DPE",
    detail: refusal.detail,
    listener,
    route: "",
    backend: "",
    upstream: "",
    attempts: 0,
    duration: 0,
    upstreamDuration: 0,
    bytesReceived: 0,
    bytesSent: 0,
    plugins: {},
    attributes: {},
  };
}

/** `000` to `999`. */
const THOUSANDTHS: readonly string[] = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, "0"));

let second = Number.NaN;
let date = "";
let instant = Number.NaN;
let opening = "";

/** RFC 3339 in UTC: what is the same for a whole second is formatted once. */
function isoTime(epochMilliseconds: number): string {
  const whole = Math.floor(epochMilliseconds / 1_000);
  if (whole !== second) {
    second = whole;
    date = new Date(whole * 1_000).toISOString().slice(0, 20);
  }
  return `${date}${THOUSANDTHS[Math.floor(epochMilliseconds) - whole * 1_000]}Z`;
}

/** How a line begins; under load many begin in the same millisecond. */
function timeText(epochMilliseconds: number): string {
  if (epochMilliseconds !== instant) {
    instant = epochMilliseconds;
    opening = inOnePiece(`{"time":"${isoTime(epochMilliseconds)}","requestId":"`);
  }
  return opening;
}

/** `0` to `999`. */
const WHOLE: readonly string[] = THOUSANDTHS.map((_, n) => String(n));
const DECIMALS: readonly string[] = decimalsWith("");
/** With what follows them in a line: a piece less for each number. */
const UPSTREAM_DURATION = decimalsWith(',"upstreamDuration":');
const NOTHING_RECEIVED = decimalsWith(',"bytesReceived":0,"bytesSent":');

function decimalsWith(text: string): readonly string[] {
  return THOUSANDTHS.map((digits) => inOnePiece(`.${digits}${text}`));
}

/** A number with three decimals, and what follows them; making one of whole numbers costs a third of what a fraction does. */
function thousandths(milliseconds: number, decimals: readonly string[]): string {
  const all = Math.max(0, Math.round(milliseconds * 1_000));
  const whole = Math.floor(all / 1_000);
  return (WHOLE[whole] ?? String(whole)) + decimals[all % 1_000];
}
