import { BYTES, type Callbacks, type Step, TEXT, traced } from "../../wasm/proxy-wasm/script.ts";
import type { Difference, Scene } from "./scene.ts";

const path = (name: string): string => name.replaceAll(".", "\0");
const texts = (...names: readonly string[]) => names.map((name): Step => ["proxy_get_property", path(name), TEXT]);
/** Numbers, and whatever is no text. */
const bytes = (...names: readonly string[]) => names.map((name): Step => ["proxy_get_property", path(name), BYTES]);
/** What is another in each host: only whether it is there. */
const there = (...names: readonly string[]) => names.map((name): Step => ["proxy_get_property", path(name), 16, 20]);

const CERTIFICATES = [
  "subject_local",
  "subject_peer",
  "dns_san_local",
  "dns_san_peer",
  "uri_san_local",
  "uri_san_peer",
];
const ofCertificates = (side: string) => [
  ...texts(...CERTIFICATES.map((name) => `${side}.${name}_certificate`)),
  ...texts(`${side}.sha256_peer_certificate_digest`),
  ...bytes(`${side}.peer_certificate`),
  ...there(`${side}.tls_version`),
];

const REQUEST = [
  ...texts("request.path", "request.url_path", "request.host", "request.scheme", "request.method", "request.referer"),
  ...texts("request.useragent", "request.id", "request.protocol", "request.query", "request.headers.x-a"),
  ...there("request.time", "request.headers", "request.headers_bytes", "request.total_size"),
  ...bytes("request.size", "request.duration"),
];
const CONNECTION = [
  ...texts("source.address", "destination.address"),
  ...there("connection.requested_server_name", "source.port", "destination.port", "connection.id"),
  ...bytes("connection.mtls", "connection.transport_failure_reason", "connection.termination_details"),
  ...ofCertificates("connection"),
];
const UPSTREAM = [
  ...texts("upstream.address", "upstream.local_address"),
  ...there(
    "upstream.port",
    "upstream.transport_failure_reason",
    "upstream.locality",
    "upstream.cx_pool_ready_duration",
  ),
  ...bytes("upstream.request_attempt_count", "upstream.num_endpoints"),
  ...ofCertificates("upstream"),
];
const RESPONSE = [
  ...bytes("response.code", "response.flags", "response.grpc_status"),
  ...texts("response.code_details", "response.headers.x-backend"),
  ...there("response.headers", "response.headers_bytes", "response.trailers", "response.size", "response.total_size"),
  ...there("response.backend_latency"),
];
const CONFIGURATION = [
  ...texts("xds.cluster_name", "xds.route_name", "cluster_name", "route_name", "plugin_name", "plugin_root_id"),
  ...texts("node.id", "xds.node.id"),
  ...bytes("metadata", "xds.route_metadata", "xds.cluster_metadata", "xds.listener_metadata", "xds.listener_direction"),
  ...bytes("xds.virtual_host_metadata", "filter_state.nothing", "upstream_filter_state.nothing"),
  ...there("xds.upstream_host_metadata", "xds.upstream_host_locality_metadata", "xds.node", "xds.filter_chain_name"),
  ...there("xds.virtual_host_name", "plugin_vm_id"),
];

const attributes = (callbacks: Callbacks) => [traced({ proxy_on_log: {}, ...callbacks, proxy_on_delete: {} })];
const shots = [{ headers: { "x-a": "1", "user-agent": "trace", referer: "http://shop.test/", "x-request-id": "one" } }];

const UNTIL_HEAD: Difference = [
  "response_headers get_property 1",
  "response_headers get_property 0",
  "a backend's time is until the head of its response, and known then; Envoy's is until its end",
];
const OLD = "names of older Envoys go on to be known";
const ofConfiguration: readonly Difference[] = [
  ["request_headers get_property 1 []", "request_headers get_property 0 [test/app:80]", OLD],
  ["request_headers get_property 1 []", "request_headers get_property 0 [test/safe:80]", OLD],
  ["request_headers get_property 1 []", "request_headers get_property 0 [test/route/0]", OLD],
  ["request_headers get_property 1 []", "request_headers get_property 0 [heddle]", OLD],
];
const notServed = (callback: string): readonly Difference[] => [
  [`${callback} get_property 0`, `${callback} get_property 1`, "upstream.locality and upstream.cx_pool_ready_duration"],
];

/** Every attribute of Envoy's documentation. */
const PHASES: readonly (readonly [name: string, callbacks: Callbacks, differences?: readonly Difference[]])[] = [
  ["of a request", { proxy_on_request_headers: { steps: REQUEST } }],
  ["of a connection", { proxy_on_request_headers: { steps: CONNECTION } }],
  ["of a configuration", { proxy_on_request_headers: { steps: CONFIGURATION } }, ofConfiguration],
  ["of a response", { proxy_on_response_headers: { steps: RESPONSE } }, [UNTIL_HEAD]],
  ["of an endpoint", { proxy_on_response_headers: { steps: UPSTREAM } }, notServed("response_headers")],
  ["at the end", { proxy_on_log: { steps: [...RESPONSE, ...UPSTREAM, ...REQUEST.slice(0, 5)] } }, notServed("log")],
];

export const PROPERTIES: readonly Scene[] = [false, true].flatMap((secure) =>
  PHASES.map(([name, callbacks, known = []]): Scene => {
    const title = `attributes ${name}${secure ? ", over TLS" : ""}`;
    const other = secure ? "[test/app:80]" : "[test/safe:80]";
    const differences = known.filter(([, line]) => line?.endsWith(other) !== true);
    return { name: title, filters: attributes(callbacks), secure, shots, differences };
  }),
);
