import { fieldList } from "../../http/fields.ts";
import { isForbidden } from "../../http/forbidden-addresses.ts";
import { newSpanId, newTraceparent } from "../../telemetry/identifiers.ts";
import type { CallFailure, CallOutcome, GuestCall, GuestCalls } from "../../wasm/guest-calls.ts";
import type { ClusterState } from "../cluster/clusters.ts";
import type { Services } from "../services.ts";
import { RunningCall } from "./running-call.ts";

/** The trace that an exchange is part of. */
export interface CallTrace {
  readonly requestId: string;
  readonly traceparent: string;
}

export interface GuestCallsOptions {
  readonly services: Services;
  /** Those of the configuration that is in force. */
  readonly clusters: () => ReadonlyMap<string, ClusterState>;
  /** Of a running exchange. */
  readonly traceOf: (exchange: number) => CallTrace | undefined;
}

/** Nothing that opens a tunnel, or sends back what may hold credentials. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE"]);

/**
 * Calls of guests, by the proxy's own clusters: their balancing, connections and second attempts. Endpoints by which
 * machines give away credentials are left out, whatever a cluster says.
 */
export function createGuestCalls({ services, clusters, traceOf }: GuestCallsOptions): GuestCalls {
  const { clock, metrics } = services;
  const send = (call: GuestCall, cluster: ClusterState, done: (outcome: CallOutcome) => void) => {
    const began = clock.monotonic();
    const fields = fieldList(call.headers.flat());
    const trace = call.exchange === undefined ? undefined : traceOf(call.exchange);
    if (trace !== undefined) fields.set("x-request-id", trace.requestId);
    if (trace !== undefined || fields.get("traceparent") === undefined) fields.set("traceparent", childOf(trace));
    return new RunningCall({
      ...{ call, cluster: allowedOf(cluster), fields, services },
      done(outcome) {
        services.recorder?.called(call, outcome);
        metrics.calls.add(1, call.backend, wordOf(outcome));
        metrics.callDuration.observe((clock.monotonic() - began) / 1_000, call.backend);
        done(outcome);
      },
    });
  };
  return {
    knows: (backend) => clusters().has(backend),
    // Of one that answers 503 the call itself will say why.
    isSecure: (backend) => isSecure(clusters().get(backend)),
    send(call, done) {
      const cluster = clusters().get(call.backend);
      if (cluster === undefined) return refused("unknown-backend", `there is no backend ${call.backend}`, done);
      if (REFUSED_METHODS.has(call.method)) return refused("broken", `the method ${call.method} is not sent`, done);
      if (call.scheme === "https" && !isSecure(cluster)) {
        const detail = `it asks for https, and no BackendTLSPolicy says whom to trust at ${call.backend}`;
        return refused("broken", detail, done);
      }
      return send(call, cluster, done);
    },
  };
}

function isSecure(cluster: ClusterState | undefined): boolean {
  return cluster === undefined || cluster.isSecure || cluster.invalid !== undefined;
}

function refused(reason: CallFailure["reason"], detail: string, done: (outcome: CallOutcome) => void) {
  let cancelled = false;
  process.nextTick(() => {
    if (!cancelled) done({ kind: "failure", reason, detail });
  });
  return {
    cancel() {
      cancelled = true;
    },
  };
}

/** A span of its own in the exchange's trace. */
function childOf(trace: CallTrace | undefined): string {
  if (trace === undefined) return newTraceparent();
  return `${trace.traceparent.slice(0, 36)}${newSpanId()}${trace.traceparent.slice(52)}`;
}

function wordOf(outcome: CallOutcome): string {
  return outcome.kind === "response" ? `${Math.floor(outcome.status / 100)}xx` : outcome.reason;
}

/** What guests may reach of a cluster: worked out once for each. */
const allowed = new WeakMap<ClusterState, ClusterState>();

function allowedOf(cluster: ClusterState): ClusterState {
  const known = allowed.get(cluster);
  if (known !== undefined) return known;
  const endpoints = cluster.endpoints.filter((endpoint) => !isForbidden(endpoint.address));
  const made = endpoints.length === cluster.endpoints.length ? cluster : { ...cluster, endpoints };
  allowed.set(cluster, made);
  return made;
}
