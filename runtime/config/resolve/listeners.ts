import type { GatewayListener, GatewaySpec } from "../schemas/gateway.ts";
import type { HttpRouteSpec } from "../schemas/http-route.ts";
import type { Cluster, Listener, Route } from "../snapshot.ts";
import { attach, isGatewayRef, refersTo } from "./attach.ts";
import { qualifiedName, type Resource } from "./catalogue.ts";
import { attachPlugins, type ChainSources } from "./chains.ts";
import { type BareRule, resolveRules } from "./rules.ts";

const EVERY_ADDRESS = "0.0.0.0";

export interface ResolvedListeners {
  readonly listeners: readonly Listener[];
  readonly warnings: readonly string[];
}

/** Every HTTP listener with the routes that attach to it. */
export function resolveListeners(sources: ChainSources, clusters: ReadonlyMap<string, Cluster>): ResolvedListeners {
  const { catalogue } = sources;
  const rules = new Map(catalogue.routes.map((route) => [route, resolveRules(route, catalogue, clusters)]));
  const { served, warnings } = servedListeners(catalogue.gateways);
  const listeners = served.map(({ gateway, spec, address }) => ({
    name: `${qualifiedName(gateway)}/${spec.name}`,
    port: spec.port,
    address,
    hostname: spec.hostname,
    routes: catalogue.routes.flatMap((route) => attachRoute(route, rules.get(route) ?? [], gateway, spec, sources)),
  }));
  return { listeners, warnings: [...warnings, ...catalogue.routes.flatMap((route) => detached(route, sources))] };
}

interface ServedListener {
  readonly gateway: Resource<GatewaySpec>;
  readonly spec: GatewayListener;
  readonly address: string;
}

/** Of two listeners with one address, port and hostname the one of the older Gateway is served (Gateway API `Conflicted`). */
function servedListeners(gateways: readonly Resource<GatewaySpec>[]): { served: ServedListener[]; warnings: string[] } {
  const taken = new Map<string, string>();
  const served: ServedListener[] = [];
  const warnings: string[] = [];
  for (const gateway of gateways.toSorted((a, b) => a.age - b.age)) {
    for (const spec of gateway.spec.listeners) {
      const name = `${gateway.id}: listener ${spec.name}`;
      if (spec.protocol !== "HTTP") {
        warnings.push(`${name}: the protocol ${spec.protocol} is not served yet; only HTTP is`);
        continue;
      }
      for (const address of addressesOf(gateway)) {
        const key = `${address} ${spec.port} ${spec.hostname ?? "*"}`;
        const owner = taken.get(key);
        if (owner === undefined) served.push({ gateway, spec, address });
        else warnings.push(`${name}: Conflicted: ${owner} has the same address, port and hostname`);
        taken.set(key, owner ?? name);
      }
    }
  }
  return { served, warnings };
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
