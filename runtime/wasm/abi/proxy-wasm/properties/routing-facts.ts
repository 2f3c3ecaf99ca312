import type { StreamContext } from "../contexts.ts";
import type { Facts, Property } from "./property.ts";

/** A message without fields. */
const EMPTY = new Uint8Array(0);

const route = ({ exchange }: StreamContext): string => exchange.routing.route;

/** The HTTPRoute, without its rule. */
const virtualHost = (stream: StreamContext): string => route(stream).split("/").slice(0, 2).join("/");

/** The one that was chosen, or is the only one to choose. */
function cluster({ exchange: { routing, standing } }: StreamContext): Property {
  return standing?.facts.cluster ?? routing.chosen ?? (routing.backends.length === 1 ? routing.backends[0] : undefined);
}

const clusterMetadata = (stream: StreamContext): Property => (cluster(stream) === undefined ? undefined : EMPTY);
const listener = ({ exchange }: StreamContext): Property => exchange.standing?.facts.listener;
const none = (): Property => EMPTY;

/** Each stands under its old name and under `xds`. */
const NAMES: Facts = {
  route_name: route,
  route_metadata: none,
  cluster_name: cluster,
  cluster_metadata: clusterMetadata,
  listener_metadata: none,
};

export const ROUTING_FACTS: Facts = {
  ...NAMES,
  ...Object.fromEntries(Object.entries(NAMES).map(([name, fact]) => [`xds\0${name}`, fact])),
  "xds\0virtual_host_name": virtualHost,
  "xds\0virtual_host_metadata": none,
  "xds\0filter_chain_name": listener,
  metadata: none,
};
