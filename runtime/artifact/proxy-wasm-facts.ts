import type { Hook } from "./manifest.ts";

/** Imports that need a capability, by the capability. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  attributes: ["proxy_set_property"],
  clock: ["proxy_get_current_time_nanoseconds", "proxy_set_tick_period_milliseconds"],
  connection: ["proxy_get_property"],
  crypto: ["proxy_call_foreign_function"],
  "http-client": ["proxy_http_call"],
  "local-response": ["proxy_send_local_response", "proxy_close_stream"],
  log: ["proxy_log"],
  metrics: ["proxy_define_metric", "proxy_increment_metric", "proxy_record_metric", "proxy_get_metric"],
  store: [
    ...["proxy_get_shared_data", "proxy_set_shared_data", "proxy_register_shared_queue"],
    ...["proxy_resolve_shared_queue", "proxy_enqueue_shared_queue", "proxy_dequeue_shared_queue"],
  ],
};

const HEADERS = /^proxy_(?:get|set|add|replace|remove)_header_map_/;
const BODIES = /^proxy_(?:get|set)_buffer_/;

/**
 * What a module can do, in the words of our contract, sorted. Headers and bodies have one function for all: which of
 * them a module means is told by the callbacks that it has. WASI's clock, random numbers and output are everybody's.
 */
export function proxyWasmCapabilities(
  imports: readonly { readonly module: string; readonly name: string }[],
  callbacks: readonly string[],
): string[] {
  const names = new Set(imports.filter(({ module }) => module === "env").map(({ name }) => name));
  const some = (pattern: RegExp) => [...names].some((name) => pattern.test(name));
  const on = (pattern: RegExp) => callbacks.some((name) => pattern.test(name));
  const found = Object.keys(NEEDS).filter((capability) => NEEDS[capability]?.some((name) => names.has(name)));
  if (some(HEADERS) && on(/^proxy_on_(?:request_|log$)/)) found.push("request");
  if (some(HEADERS) && on(/^proxy_on_(?:response_|log$)/)) found.push("response");
  if (some(BODIES) && on(/^proxy_on_(?:request|response)_body$/)) found.push("body");
  return found.sort();
}

/** Callbacks by the hooks of ours that they stand for. */
const CALLBACKS: readonly (readonly [Hook, string])[] = [
  ["configure", "proxy_on_configure"],
  ["on-request", "proxy_on_request_headers"],
  ["on-request-body", "proxy_on_request_body"],
  ["on-response", "proxy_on_response_headers"],
  ["on-response-body", "proxy_on_response_body"],
  ["on-log", "proxy_on_log"],
  ["on-tick", "proxy_on_tick"],
];

/** The hooks of a module that exports these callbacks. */
export function proxyWasmHooks(callbacks: readonly string[]): Hook[] {
  // Every filter is started and configured, whether it listens or not.
  return CALLBACKS.filter(([hook, callback]) => hook === "configure" || callbacks.includes(callback)).map(
    ([hook]) => hook,
  );
}
