import type { GuestExchange } from "../../../exchange.ts";
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

/** What is said of a client's certificate: nobody asks for one. Without TLS there is nothing to say. */
const ofNobody = ({ exchange: { connection } }: StreamContext): Property =>
  connection.tlsVersion === undefined ? undefined : "";

export const CONNECTION_FACTS: Facts = {
  "source\0address": ({ exchange: { connection: one } }) => addressOf(one.clientAddress, one.clientPort),
  "source\0port": ({ exchange }) => exchange.connection.clientPort,
  "destination\0address": ({ exchange: { connection: one } }) => addressOf(one.serverAddress, one.serverPort),
  "destination\0port": ({ exchange }) => exchange.connection.serverPort,
  "connection\0id": idOf,
  "connection\0mtls": () => false,
  "connection\0requested_server_name": ({ exchange }) => exchange.connection.serverName ?? "",
  "connection\0tls_version": ({ exchange }) => exchange.connection.tlsVersion,
  "connection\0subject_peer_certificate": ofNobody,
  "connection\0uri_san_peer_certificate": ofNobody,
  "connection\0dns_san_peer_certificate": ofNobody,
  "connection\0sha256_peer_certificate_digest": ofNobody,
};

export function addressOf(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
