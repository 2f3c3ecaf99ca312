import type { GatewayListener, GatewaySpec } from "../schemas/gateway.ts";
import type { HttpRouteSpec } from "../schemas/http-route.ts";
import type { Cluster, Listener, ListenerTls, Route } from "../snapshot.ts";
import { attach, isGatewayRef, refersTo } from "./attach.ts";
import { type Catalogue, qualifiedName, type Resource } from "./catalogue.ts";
import { attachPlugins, type ChainSources } from "./chains.ts";
import { resolveTls, unservedTls } from "./listener-tls.ts";
import { type BareRule, resolveRules } from "./rules.ts";

const EVERY_ADDRESS = "0.0.0.0";

export interface ResolvedListeners {
  readonly listeners: readonly Listener[];
  readonly warnings: readonly string[];
}

/** Every listener that is served, with the routes that attach to it. @param now milliseconds since the epoch */
export function resolveListeners(
  sources: ChainSources,
  clusters: ReadonlyMap<string, Cluster>,
  now: number,
): ResolvedListeners {
  const { catalogue } = sources;
  const rules = new Map(catalogue.routes.map((route) => [route, resolveRules(route, catalogue, clusters)]));
  const { served, warnings } = servedListeners(catalogue, now);
  const listeners = served.map(({ gateway, spec, address, tls }) => ({
    name: `${qualifiedName(gateway)}/${spec.name}`,
    port: spec.port,
    address,
    hostname: spec.hostname,
    tls,
    routes: catalogue.routes.flatMap((route) => attachRoute(route, rules.get(route) ?? [], gateway, spec, sources)),
  }));
  return { listeners, warnings: [...warnings, ...catalogue.routes.flatMap((route) => detached(route, sources))] };
}

interface ServedListener {
  readonly gateway: Resource<GatewaySpec>;
  readonly spec: GatewayListener;
  readonly address: string;
  readonly tls: ListenerTls | undefined;
}

interface Served {
  readonly served: ServedListener[];
  readonly warnings: string[];
}

/**
 * Of two listeners with one address, port and hostname the one of the older Gateway is served, and of two with one
 * address and port and different protocols too (Gateway API `HostnameConflict`, `ProtocolConflict`).
 */
function servedListeners(catalogue: Catalogue, now: number): Served {
  const taken = new Map<string, string>();
  const protocols = new Map<string, { readonly protocol: string; readonly owner: string }>();
  const served: ServedListener[] = [];
  const warnings: string[] = [];
  for (const { gateway, spec } of oldestFirst(catalogue.gateways)) {
    const name = `${gateway.id}: listener ${spec.name}`;
    const unserved = whyUnserved(gateway, spec);
    if (unserved !== undefined) {
      warnings.push(`${name}: ${unserved}`);
      continue;
    }
    const secured = spec.protocol === "HTTPS" ? resolveTls(gateway, spec, catalogue, now) : undefined;
    warnings.push(...(secured?.warnings ?? []));
    for (const address of addressesOf(gateway)) {
      const socket = `${address} ${spec.port}`;
      const key = `${socket} ${spec.hostname ?? "*"}`;
      const [owner, spoken] = [taken.get(key), protocols.get(socket)];
      if (spoken !== undefined && spoken.protocol !== spec.protocol) {
        warnings.push(
          `${name}: ProtocolConflict: ${spoken.owner} serves ${spoken.protocol} on the same address and port`,
        );
        continue;
      }
      if (owner === undefined) served.push({ gateway, spec, address, tls: secured?.tls });
      else warnings.push(`${name}: Conflicted: ${owner} has the same address, port and hostname`);
      taken.set(key, owner ?? name);
      protocols.set(socket, spoken ?? { protocol: spec.protocol, owner: name });
    }
  }
  return { served, warnings };
}

function* oldestFirst(gateways: readonly Resource<GatewaySpec>[]) {
  for (const gateway of gateways.toSorted((a, b) => a.age - b.age)) {
    for (const spec of gateway.spec.listeners) yield { gateway, spec };
  }
}

function whyUnserved(gateway: Resource<GatewaySpec>, spec: GatewayListener): string | undefined {
  if (spec.protocol === "HTTP") return undefined;
  if (spec.protocol === "HTTPS") return unservedTls(gateway, spec);
  return `the protocol ${spec.protocol} is not served yet; only HTTP and HTTPS are`;
}

function addressesOf(gateway: Resource<GatewaySpec>): string[] {
  const named = (gateway.spec.addresses ?? []).flatMap(({ value }) => value ?? []);
  return named.length === 0 ? [EVERY_ADDRESS] : [...new Set(named)];
}

function attachRoute(
  route: Resource<HttpRouteSpec>,
  rules: readonly BareRule[],
  gateway: Resource<GatewaySpec>,
  listener: GatewayListener,
  sources: ChainSources,
): Route[] {
  for (const ref of route.spec.parentRefs ?? []) {
    if (!refersTo(ref, route, gateway)) continue;
    const attachment = attach(ref, route, gateway, listener, sources.catalogue);
    if (!attachment.attached) continue;
    const place = { gateway, listener: listener.name, route };
    return [
      {
        name: qualifiedName(route),
        age: route.age,
        hostnames: attachment.hostnames,
        rules: rules.map((bare) => attachPlugins(bare, { ...place, section: bare.section }, sources)),
      },
    ];
  }
  return [];
}

/** A sentence for each parentRef that attaches the route to nothing. */
function detached(route: Resource<HttpRouteSpec>, { catalogue }: ChainSources): string[] {
  const refs = route.spec.parentRefs ?? [];
  if (refs.length === 0) return [`${route.id}: has no parentRefs, so nothing routes by it`];
  return refs.flatMap((ref) => {
    const name = `${ref.namespace ?? route.namespace}/${ref.name}`;
    if (!isGatewayRef(ref)) return [`${route.id}: a parentRef of kind ${ref.kind} has no effect; only Gateway has`];
    const gateway = catalogue.gateways.find((each) => refersTo(ref, route, each));
    if (gateway === undefined) return [`${route.id}: there is no Gateway ${name}`];
    const results = gateway.spec.listeners.map((listener) => attach(ref, route, gateway, listener, catalogue));
    if (results.some(({ attached }) => attached)) return [];
    const reasons = results.flatMap((result) => (result.attached ? [] : [result.reason]));
    const worst = REASONS.find((reason) => reasons.includes(reason)) ?? "NoMatchingParent";
    return [`${route.id}: no listener of Gateway ${name} takes it: ${worst}`];
  });
}

/** The reason that came furthest is the one that helps. */
const REASONS = ["NoMatchingListenerHostname", "NotAllowedByListeners", "NoMatchingParent"];
