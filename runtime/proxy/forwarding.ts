import type { Exchange } from "../http/exchange.ts";
import type { FieldList } from "../http/fields.ts";
import { newIntroduction, newRequestId, requestIdIn, traceparentIn } from "../telemetry/identifiers.ts";
import { beginTrace, continueTrace, type TraceContext } from "../telemetry/trace-context.ts";
import type { Client } from "./client.ts";

/** Names that let a client speak as if it were a proxy; dropped unless the peer is trusted. */
const UNTRUSTED = ["x-original-url", "x-rewrite-url", "x-http-method-override", "x-forwarded-client-cert"];

const REQUEST_ID = /^[A-Za-z0-9._~+/=:-]{1,128}$/;

/** The identifiers of a request, for its next hop and the log. */
export interface Identity extends TraceContext {
  requestId: string;
}

/** What a request has that another hop has seen before; and what pretends to be one. */
const FORWARDED = [
  ...["traceparent", "tracestate", "x-request-id", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"],
  ...UNTRUSTED,
];

/** What every hop adds to a request before any filter sees it. Its authority is canonical. */
export function introduce(exchange: Exchange, client: Client, identity: Identity): void {
  const { fields } = exchange.request;
  if (fields.hasAny(FORWARDED)) introduceForwarded(exchange, client.trusted, identity);
  else introduceNew(exchange, client, identity);
}

/** Everything is new and our own: five fields at once. */
function introduceNew({ request, connection }: Exchange, client: Client, identity: Identity): void {
  const { scheme, authority, fields } = request;
  const introduction = newIntroduction();
  beginTrace(traceparentIn(introduction), identity);
  identity.requestId = requestIdIn(introduction);
  const { traceparent, requestId } = identity;
  const own = [
    "x-forwarded-for",
    connection.clientAddress,
    "x-forwarded-proto",
    scheme,
    "x-forwarded-host",
    authority,
    "traceparent",
    traceparent,
    "x-request-id",
    requestId,
  ];
  fields.introduce(own, client.forwardedLines(scheme, authority) + introduction);
}

function introduceForwarded(exchange: Exchange, trusted: boolean, identity: Identity): void {
  const { fields } = exchange.request;
  continueTrace(fields.get("traceparent"), identity);
  fields.set("traceparent", identity.traceparent);
  if (!identity.continued) fields.remove("tracestate");
  if (!trusted) for (const name of UNTRUSTED) fields.remove(name);
  addForwarded(exchange, trusted);
  identity.requestId = identify(fields);
}

function identify(fields: FieldList): string {
  const given = fields.get("x-request-id");
  if (given !== undefined && REQUEST_ID.test(given) && fields.values("x-request-id").length === 1) return given;
  const made = newRequestId();
  fields.set("x-request-id", made);
  return made;
}

/** The client's address is appended; scheme and host are our own word unless a trusted peer gave its own. */
function addForwarded({ request, connection }: Exchange, trusted: boolean): void {
  const { fields } = request;
  const { clientAddress } = connection;
  const before = fields.get("x-forwarded-for");
  const hops = before === undefined ? "" : `${fields.values("x-forwarded-for").join(", ")}, `;
  fields.set("x-forwarded-for", hops === "" ? clientAddress : hops + clientAddress);
  if (!trusted || !fields.has("x-forwarded-proto")) fields.set("x-forwarded-proto", request.scheme);
  if (!trusted || !fields.has("x-forwarded-host")) fields.set("x-forwarded-host", request.authority);
}
