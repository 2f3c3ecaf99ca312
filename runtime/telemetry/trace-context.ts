import { newSpanId, newTraceparent } from "./identifiers.ts";

/** W3C Trace Context level 1: what one hop knows about the trace that it is part of. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** 16 lower-case hex digits: this hop's span. */
  spanId: string;
  /** What the next hop is told. */
  traceparent: string;
  /** Whether the trace began elsewhere; without that nobody's tracestate belongs to it. */
  continued: boolean;
}

/** Continues the caller's trace with a span of our own, or begins one when the header is absent or invalid (section 4.3). */
export function continueTrace(caller: string | undefined, into: TraceContext): void {
  into.continued = caller !== undefined && isValid(caller);
  if (caller === undefined || !into.continued) {
    beginTrace(newTraceparent(), into);
    return;
  }
  into.traceId = caller.slice(3, 35);
  into.spanId = newSpanId();
  into.traceparent = `00-${into.traceId}-${into.spanId}-${isSampled(caller) ? "01" : "00"}`;
}

/** @param traceparent a new one */
export function beginTrace(traceparent: string, into: TraceContext): void {
  into.traceparent = traceparent;
  into.traceId = traceparent.slice(3, 35);
  into.spanId = traceparent.slice(36, 52);
}

const LENGTH = 55;
const DASH = 45;

function isValid(text: string): boolean {
  if (text.length < LENGTH || !isHex(text, 0, 2) || !isHex(text, 53, 55) || text.startsWith("ff")) return false;
  // Version 00 ends here; a later one may carry more behind another dash.
  if (text.length > LENGTH && (text.startsWith("00") || text.charCodeAt(LENGTH) !== DASH)) return false;
  return isDashed(text) && isId(text, 3, 35) && isId(text, 36, 52);
}

function isDashed(text: string): boolean {
  return text.charCodeAt(2) === DASH && text.charCodeAt(35) === DASH && text.charCodeAt(52) === DASH;
}

/** Hex digits, not all of them zero. */
function isId(text: string, start: number, end: number): boolean {
  if (!isHex(text, start, end)) return false;
  for (let at = start; at < end; at += 1) if (text.charCodeAt(at) !== 48) return true;
  return false;
}

function isHex(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const char = text.charCodeAt(at);
    if ((char < 48 || char > 57) && (char < 97 || char > 102)) return false;
  }
  return true;
}

function isSampled(text: string): boolean {
  return (Number.parseInt(text.slice(53, 55), 16) & 1) === 1;
}
