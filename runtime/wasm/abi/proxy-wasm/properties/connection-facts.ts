import type { CertificateFacts, GuestExchange } from "../../../exchange.ts";
import type { StreamContext } from "../contexts.ts";
import type { Facts, Property } from "./property.ts";

const ids = new WeakMap<GuestExchange["connection"], number>();
let lastId = 0;

/** The same for all exchanges of a connection. */
function idOf({ exchange: { connection } }: StreamContext): number {
  const id = ids.get(connection) ?? ++lastId;
  ids.set(connection, id);
  return id;
}

/** What the certificate says that this side has shown. */
const own =
  (fact: (certificate: CertificateFacts) => Property): Facts[string] =>
  ({ exchange }) => {
    const certificate = exchange.connection.ownCertificate?.();
    return certificate && fact(certificate);
  };

export const CONNECTION_FACTS: Facts = {
  "source\0address": ({ exchange: { connection: one } }) => addressOf(one.clientAddress, one.clientPort),
  "source\0port": ({ exchange }) => exchange.connection.clientPort,
  "destination\0address": ({ exchange: { connection: one } }) => addressOf(one.serverAddress, one.serverPort),
  "destination\0port": ({ exchange }) => exchange.connection.serverPort,
  "connection\0id": idOf,
  "connection\0mtls": () => false,
  "connection\0requested_server_name": ({ exchange }) => exchange.connection.serverName ?? "",
  "connection\0tls_version": ({ exchange }) => exchange.connection.tlsVersion,
  "connection\0subject_local_certificate": own(({ subject }) => Buffer.from(subject)),
  "connection\0dns_san_local_certificate": own(({ dnsName }) => dnsName),
  "connection\0uri_san_local_certificate": own(({ uri }) => uri),
  // Nobody asks clients for a certificate. Of one that there is not Envoy knows an empty subject, and nothing else.
  "connection\0subject_peer_certificate": ({ exchange: { connection } }) =>
    connection.tlsVersion === undefined ? undefined : "",
};

export function addressOf(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
