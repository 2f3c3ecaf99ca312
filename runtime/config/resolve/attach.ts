import { routeHostnames } from "../hostname.ts";
import type { GatewayListener, GatewaySpec, LabelSelector } from "../schemas/gateway.ts";
import type { HttpRouteSpec, ParentRef } from "../schemas/http-route.ts";
import type { Catalogue, Resource } from "./catalogue.ts";

const GATEWAY_GROUP = "gateway.networking.k8s.io";

/** Whether a parentRef means this listener, and if the Gateway lets the route in; or why not, as a Gateway API reason. */
export type Attachment =
  | { readonly attached: true; readonly hostnames: readonly string[] }
  | { readonly attached: false; readonly reason: string };

export function isGatewayRef(ref: ParentRef): boolean {
  return (ref.group ?? GATEWAY_GROUP) === GATEWAY_GROUP && (ref.kind ?? "Gateway") === "Gateway";
}

export function refersTo(ref: ParentRef, route: { namespace: string }, gateway: Resource<GatewaySpec>): boolean {
  return isGatewayRef(ref) && ref.name === gateway.name && (ref.namespace ?? route.namespace) === gateway.namespace;
}

export function attach(
  ref: ParentRef,
  route: Resource<HttpRouteSpec>,
  gateway: Resource<GatewaySpec>,
  listener: GatewayListener,
  catalogue: Catalogue,
): Attachment {
  const wanted = (ref.sectionName ?? listener.name) === listener.name && (ref.port ?? listener.port) === listener.port;
  if (!wanted) return { attached: false, reason: "NoMatchingParent" };
  if (!allowsKind(listener) || !allowsNamespace(listener, gateway, route.namespace, catalogue)) {
    return { attached: false, reason: "NotAllowedByListeners" };
  }
  const hostnames = routeHostnames(listener.hostname, route.spec.hostnames ?? []);
  return hostnames === undefined
    ? { attached: false, reason: "NoMatchingListenerHostname" }
    : { attached: true, hostnames };
}

function allowsKind(listener: GatewayListener): boolean {
  const kinds = listener.allowedRoutes?.kinds ?? [];
  return (
    kinds.length === 0 ||
    kinds.some((each) => each.kind === "HTTPRoute" && (each.group ?? GATEWAY_GROUP) === GATEWAY_GROUP)
  );
}

function allowsNamespace(
  listener: GatewayListener,
  gateway: Resource<GatewaySpec>,
  namespace: string,
  catalogue: Catalogue,
): boolean {
  const { from = "Same", selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === "All") return true;
  if (from === "Same") return namespace === gateway.namespace;
  return from === "Selector" && selector !== undefined && selects(selector, labelsOf(namespace, catalogue));
}

/** A namespace always carries its own name as a label (Kubernetes), even without a document. */
function labelsOf(namespace: string, catalogue: Catalogue): Readonly<Record<string, string>> {
  const document = catalogue.namespaces.find(({ name }) => name === namespace);
  return { ...document?.labels, "kubernetes.io/metadata.name": namespace };
}

function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return exact && (selector.matchExpressions ?? []).every((each) => holds(each, labels[each.key]));
}

type Expression = NonNullable<LabelSelector["matchExpressions"]>[number];

function holds({ operator, values = [] }: Expression, value: string | undefined): boolean {
  switch (operator) {
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
  }
}
