import type { TestCertificate } from "../../../certificates.ts";

const TYPES = "type.googleapis.com/envoy.extensions";
const TEXT = "type.googleapis.com/google.protobuf.StringValue";

/** A module with a configuration of its own. */
export interface WasmFilter {
  readonly name: string;
  /** Path of the module. */
  readonly file: string;
  readonly config: object;
  readonly vmId: string;
  /** More of its `PluginConfig`, and what stands there in place of the rest. */
  readonly plugin?: object;
}

export interface ListenerOptions {
  readonly name: string;
  readonly port: number;
  readonly filters: readonly WasmFilter[];
  /** Names of routes; `x-test-route` of a request chooses one, the first is taken otherwise. */
  readonly routes: readonly string[];
  /** Of requests for which no filter has chosen. */
  readonly cluster: string;
  /** Fields of every response and what Envoy writes into them, in the words of its access log. */
  readonly shown?: Readonly<Record<string, string>>;
  /** For TLS. */
  readonly certificate?: TestCertificate;
  /** The most that is kept of a body, in bytes. */
  readonly bufferLimit?: number;
}

/** A listener that puts requests through filters, in the words of Envoy's configuration. */
export function listener(options: ListenerOptions): object {
  const { name, port, filters, routes, cluster, shown = {}, bufferLimit, certificate } = options;
  const fields = Object.entries(shown).map(([key, value]) => ({ header: { key, value } }));
  const manager = {
    "@type": `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    // The client's address is what the request says in x-forwarded-for.
    ...{ use_remote_address: false, skip_xff_append: true, generate_request_id: false },
    ...{ normalize_path: true, merge_slashes: true, server_header_transformation: "PASS_THROUGH" },
    max_request_headers_kb: 8192,
    http_protocol_options: { enable_trailers: true },
    common_http_protocol_options: { max_headers_count: 1000 },
    local_reply_config: { mappers: [{ filter: always, headers_to_add: [added("x-test-detail")] }] },
    route_config: {
      ...{ virtual_hosts: [{ name: "all", domains: ["*"], routes: routesTo(cluster, routes) }] },
      response_headers_to_add: fields,
    },
    http_filters: [...filters.map(wasm), typed("envoy.filters.http.router", "filters.http.router.v3.Router")],
  };
  const network = { name: "envoy.filters.network.http_connection_manager", typed_config: manager };
  const secure = certificate === undefined ? {} : { transport_socket: downstreamTls(certificate) };
  const limit = bufferLimit === undefined ? {} : { per_connection_buffer_limit_bytes: bufferLimit };
  return {
    "@type": LISTENER,
    name,
    address: loopback(port),
    traffic_direction: "INBOUND",
    ...limit,
    filter_chains: [{ filters: [network], ...secure }],
  };
}

const LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener";
const CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

function downstreamTls({ chain, key }: TestCertificate): object {
  const certificate = { certificate_chain: { inline_string: chain }, private_key: { inline_string: key } };
  return tls("DownstreamTlsContext", { common_tls_context: { tls_certificates: [certificate] } });
}

/** Trusts what this authority has signed for a host. */
function upstreamTls(chain: string, host: string): object {
  const names = [{ san_type: "DNS", matcher: { exact: host } }];
  const validation = { trusted_ca: { inline_string: chain }, match_typed_subject_alt_names: names };
  return tls("UpstreamTlsContext", { sni: host, common_tls_context: { validation_context: validation } });
}

function tls(context: string, config: object): object {
  const type = `${TYPES}.transport_sockets.tls.v3.${context}`;
  return { name: "envoy.transport_sockets.tls", typed_config: { "@type": type, ...config } };
}

/** It passes on trailers. @param trusted whom it trusts and for which host, over TLS */
export function cluster(name: string, port: number, trusted?: readonly [chain: string, host: string]): object {
  const endpoints = [{ lb_endpoints: [{ endpoint: { address: loopback(port) } }] }];
  const http1 = { explicit_http_config: { http_protocol_options: { enable_trailers: true } } };
  const options = { [HTTP_OPTIONS]: { "@type": `type.googleapis.com/${HTTP_OPTIONS}`, ...http1 } };
  const assignment = { cluster_name: name, endpoints };
  return {
    ...{ "@type": CLUSTER, name, type: "STATIC", load_assignment: assignment },
    typed_extension_protocol_options: options,
    ...(trusted && { transport_socket: upstreamTls(...trusted) }),
  };
}

export function loopback(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

const always = {
  status_code_filter: { comparison: { op: "GE", value: { default_value: 0, runtime_key: "heddle.none" } } },
};

function added(key: string): object {
  return { header: { key, value: "%RESPONSE_CODE_DETAILS%" }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" };
}

function typed(name: string, type: string): object {
  return { name, typed_config: { "@type": `${TYPES}.${type}` } };
}

function wasm({ name, file, config, vmId, plugin: more }: WasmFilter): object {
  const code = { local: { filename: file } };
  const configuration = { "@type": TEXT, value: JSON.stringify(config) };
  const vm = { runtime: "envoy.wasm.runtime.v8", vm_id: vmId, code, configuration };
  const plugin = { name, vm_config: vm, allow_on_headers_stop_iteration: true, ...more };
  return { name, typed_config: { "@type": `${TYPES}.filters.http.wasm.v3.Wasm`, config: plugin } };
}

/** For each name a route by the choice of a filter and one without, as docs/proxy-wasm-target.md has it. */
function routesTo(cluster: string, names: readonly string[]): object[] {
  const wanted = (name: string, at: number) =>
    at === 0 ? [] : [{ name: "x-test-route", string_match: { exact: name } }];
  return names
    .map((name, at) => {
      const headers = wanted(name, at);
      const chosen = [...headers, { name: "x-heddle-backend", present_match: true }];
      return [
        { name, match: { prefix: "/", headers: chosen }, route: { cluster_header: "x-heddle-backend" } },
        { name, match: { prefix: "/", headers }, route: { cluster } },
      ];
    })
    .reverse()
    .flat();
}
