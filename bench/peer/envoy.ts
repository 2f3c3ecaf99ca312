import { findEnvoy } from "../../test/find-envoy.ts";
import { startOnFiles } from "./files.ts";
import type { ProxyOptions, Server } from "./server.ts";

/** Envoy with one worker thread, keep-alive on both sides, a request id, forwarding headers and no access log. */
export function startEnvoy({ name, upstream, cpu }: ProxyOptions): Promise<Server> {
  const command = findEnvoy();
  if (command === undefined) throw new Error("envoy is not installed");
  const files = (port: number) => ({ "envoy.json": JSON.stringify(bootstrap(port, upstream)) });
  const flags = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"];
  return startOnFiles({ name, command, cpu, files, args: (_, folder) => ["-c", `${folder}/envoy.json`, ...flags] });
}

const TYPES = "type.googleapis.com/envoy.extensions";

function bootstrap(port: number, upstream: number): object {
  const manager = {
    "@type": `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "bench",
    use_remote_address: true,
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [route] }] },
    http_filters: [router],
  };
  const filters = [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }];
  const listener = { name: "bench", address: loopback(port), filter_chains: [{ filters }] };
  const endpoint = { endpoint: { address: loopback(upstream) } };
  const cluster = {
    name: "upstream",
    type: "STATIC",
    load_assignment: { cluster_name: "upstream", endpoints: [{ lb_endpoints: [endpoint] }] },
  };
  return { static_resources: { listeners: [listener], clusters: [cluster] } };
}

const route = { match: { prefix: "/" }, route: { cluster: "upstream" } };
const router = {
  name: "envoy.filters.http.router",
  typed_config: { "@type": `${TYPES}.filters.http.router.v3.Router` },
};

function loopback(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}
