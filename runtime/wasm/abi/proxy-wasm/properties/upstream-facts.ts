import type { ExchangeFacts, UpstreamConnection } from "../../../exchange.ts";
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

/** The same of the connection that it went by. */
const by = (fact: (connection: UpstreamConnection) => Property): Facts[string] =>
  of(({ connection }) => {
    const found = connection();
    return found && fact(found);
  });

const NO_CONNECTION = "UF";

export const UPSTREAM_FACTS: Facts = {
  "upstream\0address": of(({ address, port }) => addressOf(address, port)),
  "upstream\0port": of(({ port }) => port),
  "upstream\0local_address": by(({ localAddress, localPort }) => addressOf(localAddress, localPort)),
  "upstream\0tls_version": by(({ tlsVersion }) => tlsVersion),
  "upstream\0subject_peer_certificate": by(({ peer }) => peer && Buffer.from(peer.subject)),
  "upstream\0dns_san_peer_certificate": by(({ peer }) => peer?.dnsName),
  "upstream\0uri_san_peer_certificate": by(({ peer }) => peer?.uri),
  "upstream\0sha256_peer_certificate_digest": by(({ peer }) => peer?.digest),
  "upstream\0peer_certificate": by(({ peer }) => peer?.pem()),
  // Endpoints are shown no certificate.
  "upstream\0subject_local_certificate": by(({ tlsVersion }) => (tlsVersion === undefined ? undefined : "")),
  "upstream\0request_attempt_count": ({ exchange }) => exchange.standing?.facts.upstream?.attempts ?? 0,
  "upstream\0num_endpoints": ({ exchange }) => exchange.standing?.facts.endpoints,
  "upstream\0transport_failure_reason": of((_, { flags, detail }) =>
    flags.split(",").includes(NO_CONNECTION) ? Buffer.from(detail) : "",
  ),
};
