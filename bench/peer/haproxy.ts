import { findPeer } from "../../test/peer.ts";
import { API_KEY } from "../request.ts";
import { startOnFiles } from "./files.ts";
import type { ProxyOptions, Server } from "./server.ts";

/**
 * How HAProxy's Lua gets at the API key: out of a table of all fields, as its manual does it and as nginx's Lua does too,
 * or by a sample fetch of the one field, which is quicker.
 */
export type LuaReading = "table" | "fetch";

/** HAProxy with one thread, keep-alive on both sides, forwarding headers and no access log. `lua` adds the policy of nginx's Lua. */
export function startHaproxy({
  name,
  upstream,
  cpu,
  lua,
}: ProxyOptions & { readonly lua?: LuaReading }): Promise<Server> {
  const command = findPeer("haproxy");
  if (command === undefined) throw new Error("haproxy is not installed");
  const files = (port: number, folder: string) => ({
    "haproxy.cfg": configuration(port, upstream, lua && folder),
    "policy.lua": lua === undefined ? "" : policy(KEY[lua]),
  });
  return startOnFiles({ name, command, cpu, files, args: (_, folder) => ["-db", "-f", `${folder}/haproxy.cfg`] });
}

function configuration(port: number, upstream: number, lua: string | undefined): string {
  return `global
  nbthread 1
  ${lua === undefined ? "" : `lua-load ${lua}/policy.lua`}
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
  timeout http-request 60s
  option forwardfor
  http-reuse always
frontend bench
  bind 127.0.0.1:${port}
  unique-id-format %{+X}o%ci%cp%Ts%rt%pid
  unique-id-header x-request-id
  ${lua === undefined ? "" : RULES}
  default_backend upstream
backend upstream
  server upstream 127.0.0.1:${upstream}
`;
}

const RULES = `http-request lua.policy
  http-request deny deny_status 401 if { var(txn.denied) -m bool }
  http-response lua.mark`;

const KEY: Readonly<Record<LuaReading, string>> = {
  table: '(txn.http:req_get_headers()["x-api-key"] or {})[0]',
  fetch: 'txn.f:req_fhdr("x-api-key")',
};

const policy = (key: string): string => `local consumers = { ["${API_KEY}"] = "bench" }
core.register_action("policy", { "http-req" }, function(txn)
  local consumer = consumers[${key} or ""]
  if consumer then txn.http:req_set_header("x-consumer", consumer)
  else txn:set_var("txn.denied", true) end
end)
core.register_action("mark", { "http-res" }, function(txn)
  txn.http:res_set_header("x-policy", "passed")
end)
`;
