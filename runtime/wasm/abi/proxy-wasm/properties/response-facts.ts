import type { StreamContext } from "../contexts.ts";
import { nanoseconds } from "../nanoseconds.ts";
import { responseHead } from "../pseudo-headers.ts";
import { joined, sizeOf } from "./fields.ts";
import type { Facts, Property } from "./property.ts";
import { flagBits } from "./response-flags.ts";

/** gRPC's reading of statuses that are not its own (grpc/doc/http-grpc-status-mapping.md). */
const GRPC_OF_HTTP: Readonly<Record<number, number>> = {
  ...{ 400: 13, 401: 16, 403: 7, 404: 12 },
  ...{ 429: 14, 502: 14, 503: 14, 504: 14 },
};
const UNKNOWN = 2;

/** A fact of a response that is there. */
const told =
  (fact: (stream: StreamContext) => Property) =>
  (stream: StreamContext): Property =>
    stream.exchange.response.status === 0 ? undefined : fact(stream);

export const RESPONSE_FACTS: Facts = {
  "response\0code": told(({ exchange }) => exchange.response.status),
  "response\0code_details": told(({ exchange: { standing } }) => {
    const { detail, upstream } = standing?.facts ?? {};
    if (detail) return Buffer.from(detail.replace(/\s/g, "_"));
    return upstream && "via_upstream";
  }),
  "response\0flags": ({ exchange }) => flagBits(exchange.standing?.facts.flags ?? ""),
  "response\0grpc_status": told(grpcStatus),
  "response\0headers": ({ exchange }, { host }) =>
    exchange.response.status === 0 ? [] : joined(responseHead(host, exchange).entries()),
  "response\0headers_bytes": ({ exchange }) => sizeOf(exchange.response.fields),
  "response\0trailers": ({ response: { trailers } }, { host }) =>
    joined((trailers?.entries() ?? []).filter(([name]) => !host.hidden.has(name))),
  "response\0size": ({ exchange }) => exchange.sent ?? 0,
  "response\0total_size": ({ exchange, response }) =>
    sizeOf(exchange.response.fields) + (exchange.sent ?? 0) + sizeOf(response.trailers),
  "response\0backend_latency": ({ exchange }) => {
    const latency = exchange.standing?.facts.upstream?.latency ?? 0;
    return latency === 0 ? undefined : nanoseconds(latency);
  },
};

/** Of the trailers or the head; of a response that does not speak gRPC, what its status means there. */
function grpcStatus({ exchange: { response }, response: { trailers } }: StreamContext): Property {
  const text = trailers?.get("grpc-status") ?? response.fields.get("grpc-status");
  if (text !== undefined && /^\d{1,2}$/.test(text)) return Number(text);
  return GRPC_OF_HTTP[response.status] ?? UNKNOWN;
}
