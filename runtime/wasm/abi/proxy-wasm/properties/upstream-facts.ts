import type { ExchangeFacts } from "../../../exchange.ts";
import { addressOf } from "./connection-facts.ts";
import type { Facts, Property } from "./property.ts";

type Upstream = NonNullable<ExchangeFacts["upstream"]>;

/** A fact of the endpoint that the request went to last. */
const of =
  (fact: (upstream: Upstream, facts: ExchangeFacts) => Property): Facts[string] =>
  ({ exchange: { standing } }) => {
    const facts = standing?.facts;
    return facts?.upstream && fact(facts.upstream, facts);
  };

const NO_CONNECTION = "UF";

export const UPSTREAM_FACTS: Facts = {
  "upstream\0address": of(({ address, port }) => addressOf(address, port)),
  "upstream\0port": of(({ port }) => port),
  "upstream\0request_attempt_count": ({ exchange }) => exchange.standing?.facts.upstream?.attempts ?? 0,
  "upstream\0num_endpoints": ({ exchange }) => exchange.standing?.facts.endpoints,
  "upstream\0transport_failure_reason": of((_, { flags, detail }) =>
    flags.split(",").includes(NO_CONNECTION) ? Buffer.from(detail) : "",
  ),
};
