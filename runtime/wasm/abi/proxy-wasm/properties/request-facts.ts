import { nanoseconds } from "../nanoseconds.ts";
import { requestHead } from "../pseudo-headers.ts";
import { announcedLength, joined, sizeOf } from "./fields.ts";
import type { Facts } from "./property.ts";

export const REQUEST_FACTS: Facts = {
  "request\0path": ({ exchange: { request } }) =>
    request.query === undefined ? request.path : `${request.path}?${request.query}`,
  "request\0url_path": ({ exchange }) => exchange.request.path,
  "request\0query": ({ exchange }) => exchange.request.query ?? "",
  "request\0host": ({ exchange }) => exchange.request.authority,
  "request\0scheme": ({ exchange }) => exchange.request.scheme,
  "request\0method": ({ exchange }) => exchange.request.method,
  "request\0protocol": ({ exchange }) => exchange.connection.protocol,
  "request\0headers": ({ exchange }, { host }) => joined(requestHead(host, exchange).entries()),
  "request\0headers_bytes": ({ exchange }) => sizeOf(exchange.request.fields),
  "request\0referer": ({ exchange }) => exchange.request.fields.get("referer"),
  "request\0useragent": ({ exchange }) => exchange.request.fields.get("user-agent"),
  "request\0id": ({ exchange }) => exchange.request.fields.get("x-request-id"),
  "request\0time": ({ exchange, since }) => nanoseconds(exchange.standing?.facts.began ?? since),
  /** Known when the exchange has ended. */
  "request\0duration": ({ exchange, since, logging }, vm) => {
    const ended = logging ? Math.max(0, vm.now - since) : undefined;
    const duration = exchange.standing === undefined ? ended : exchange.standing.facts.duration;
    return duration === undefined ? undefined : nanoseconds(duration);
  },
  "request\0size": ({ exchange }) => announcedLength(exchange.request.fields) ?? exchange.received ?? 0,
  "request\0total_size": ({ exchange, request }) =>
    sizeOf(exchange.request.fields) + (exchange.received ?? 0) + sizeOf(request.trailers),
};
