import { randomUUID } from "node:crypto";
import type { Exchange } from "../http/exchange.ts";
import { continueTrace, formatTraceparent, type TraceContext } from "../telemetry/trace-context.ts";

/** Names that let a client speak as if it were a proxy; dropped unless the peer is trusted. */
const UNTRUSTED = ["x-original-url", "x-rewrite-url", "x-http-method-override", "x-forwarded-client-cert"];

const REQUEST_ID = /^[A-Za-z0-9._~+/=:-]{1,128}$/;

/** What every hop adds to a request before any filter sees it. Returns the identifiers for the log. */
export function introduce(exchange: Exchange, trusted: boolean): { requestId: string; trace: TraceContext } {
  const { fields } = exchange.request;
  const trace = continueTrace(fields.get("traceparent"));
  fields.set("traceparent", formatTraceparent(trace));
  if (trace.parentId === undefined) fields.remove("tracestate");
  if (!trusted) for (const name of UNTRUSTED) fields.remove(name);
  addForwarded(exchange, trusted);
  return { requestId: identify(exchange), trace };
}

function identify(exchange: Exchange): string {
  const { fields } = exchange.request;
  const given = fields.get("x-request-id");
  if (given !== undefined && REQUEST_ID.test(given) && fields.values("x-request-id").length === 1) return given;
  const made = randomUUID();
  fields.set("x-request-id", made);
  return made;
}

/** The client's address is appended; scheme and host are our own word unless a trusted peer gave its own. */
function addForwarded({ request, connection }: Exchange, trusted: boolean): void {
  const { fields } = request;
  const hops = [...fields.values("x-forwarded-for"), connection.clientAddress];
  fields.set("x-forwarded-for", hops.join(", "));
  if (!trusted || !fields.has("x-forwarded-proto")) fields.set("x-forwarded-proto", request.scheme);
  if (!trusted || !fields.has("x-forwarded-host")) fields.set("x-forwarded-host", request.authority);
}
