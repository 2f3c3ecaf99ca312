import type { Exchange } from "../http/exchange.ts";
import type { Refusal } from "../http/inbound.ts";
import type { AccessRecord } from "../telemetry/access-log.ts";
import type { TraceContext } from "../telemetry/trace-context.ts";

export interface RecordFacts {
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly duration: number;
  readonly requestId: string;
  readonly trace: TraceContext | undefined;
  readonly flags: string;
  readonly detail: string;
  readonly listener: string;
  readonly backend: string;
  readonly upstream: string;
  readonly attempts: number;
  readonly upstreamDuration: number;
  readonly plugins: Readonly<Record<string, string>>;
}

/** The access log's line for an exchange. The path is what was routed; a target that was refused is shown as it came. */
export function recordOf(exchange: Exchange, facts: RecordFacts): AccessRecord {
  const { request, connection, response } = exchange;
  return {
    time: isoTime(facts.began),
    requestId: facts.requestId,
    traceId: facts.trace?.traceId ?? "",
    spanId: facts.trace?.spanId ?? "",
    method: request.method,
    authority: request.authority,
    path: request.path || request.target,
    // JSON leaves out what is undefined.
    query: request.query,
    protocol: connection.protocol,
    client: `${connection.clientAddress}:${connection.clientPort}`,
    status: response.status,
    flags: facts.flags,
    detail: facts.detail,
    listener: facts.listener,
    route: exchange.routing.route,
    backend: facts.backend,
    upstream: facts.upstream,
    attempts: facts.attempts,
    duration: round(facts.duration),
    upstreamDuration: round(facts.upstreamDuration),
    bytesReceived: exchange.received,
    bytesSent: exchange.sent,
    plugins: facts.plugins,
    attributes: exchange.attributes.size === 0 ? NONE : Object.fromEntries(exchange.attributes),
    userAgent: request.fields.get("user-agent"),
  };
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

const NONE = Object.freeze({});

let second = Number.NaN;
let prefix = "";

/** RFC 3339 in UTC with milliseconds; what is the same for a whole second is formatted once. */
function isoTime(epochMilliseconds: number): string {
  const whole = Math.floor(epochMilliseconds / 1_000);
  if (whole !== second) {
    second = whole;
    prefix = new Date(whole * 1_000).toISOString().slice(0, 20);
  }
  return `${prefix}${String(Math.floor(epochMilliseconds) - whole * 1_000).padStart(3, "0")}Z`;
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
