import { join } from "node:path";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { findEnvoy } from "../../test/find-envoy.ts";
import { startOnFiles } from "./files.ts";
import { type Plugin, SETTINGS } from "./heddle-mesh.ts";
import type { ProxyOptions, Server } from "./server.ts";

const root = join(import.meta.dirname, "..", "..");

export interface EnvoyOptions extends ProxyOptions {
  /** Built for proxy-wasm from the source that Heddle runs as components, with the same settings. @default none */
  readonly plugins?: readonly Plugin[];
}

/** Envoy with one worker thread, keep-alive on both sides, a request id, forwarding headers and no access log. */
export async function startEnvoy({ name, upstream, cpu, plugins = [] }: EnvoyOptions): Promise<Server> {
  const command = findEnvoy();
  if (command === undefined) throw new Error("envoy is not installed");
  const modules: [string, Uint8Array][] = [];
  for (const plugin of plugins) {
    const { component } = await buildPlugin({ folder: join(root, SETTINGS[plugin].folder), target: "proxy-wasm" });
    modules.push([fileOf(plugin), component]);
  }
  const files = (port: number, folder: string) => ({
    "envoy.json": JSON.stringify(bootstrap(port, upstream, folder, plugins)),
    ...Object.fromEntries(modules),
  });
  const flags = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"];
  return startOnFiles({ name, command, cpu, files, args: (_, folder) => ["-c", `${folder}/envoy.json`, ...flags] });
}

const TYPES = "type.googleapis.com/envoy.extensions";
const TEXT = "type.googleapis.com/google.protobuf.StringValue";

/** What the canary of the bench chooses from; both are the one upstream. */
const BACKENDS = ["default/stable:80", "default/candidate:80"] as const;

function bootstrap(port: number, upstream: number, folder: string, plugins: readonly Plugin[]): object {
  const manager = {
    "@type": `${TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "bench",
    use_remote_address: true,
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [...chosen(plugins), route] }] },
    http_filters: [...plugins.map((plugin) => wasm(plugin, folder)), router],
  };
  const filters = [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }];
  const listener = { name: "bench", address: loopback(port), filter_chains: [{ filters }] };
  return { static_resources: { listeners: [listener], clusters: BACKENDS.map((name) => cluster(name, upstream)) } };
}

/** The route of a request whose backend a filter has chosen. */
function chosen(plugins: readonly Plugin[]): object[] {
  if (!plugins.includes("canary")) return [];
  const headers = [{ name: "x-heddle-backend", present_match: true }];
  return [{ match: { prefix: "/", headers }, route: { cluster_header: "x-heddle-backend" } }];
}

function wasm(plugin: Plugin, folder: string): object {
  const value = JSON.stringify({ ...SETTINGS[plugin].config, heddle: { backends: BACKENDS } });
  const code = { local: { filename: join(folder, fileOf(plugin)) } };
  const configuration = { "@type": TEXT, value };
  const config = { name: plugin, vm_config: { runtime: "envoy.wasm.runtime.v8", vm_id: plugin, code, configuration } };
  return { name: plugin, typed_config: { "@type": `${TYPES}.filters.http.wasm.v3.Wasm`, config } };
}

function fileOf(plugin: Plugin): string {
  return `${plugin}.wasm`;
}

function cluster(name: string, upstream: number): object {
  const endpoint = { endpoint: { address: loopback(upstream) } };
  const endpoints = [{ lb_endpoints: [endpoint] }];
  return { name, type: "STATIC", load_assignment: { cluster_name: name, endpoints } };
}

const route = { match: { prefix: "/" }, route: { cluster: BACKENDS[0] } };
const router = {
  name: "envoy.filters.http.router",
  typed_config: { "@type": `${TYPES}.filters.http.router.v3.Router` },
};

function loopback(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}
