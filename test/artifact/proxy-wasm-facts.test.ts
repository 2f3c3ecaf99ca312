import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyWasmHooks } from "../../runtime/artifact/proxy-wasm-facts.ts";

test("the hooks of a proxy-wasm module are those that its callbacks stand for", () => {
  const callbacks = ["proxy_on_tick", "proxy_on_log", "proxy_on_request_headers", "proxy_on_new_connection"];
  assert.deepEqual(proxyWasmHooks(callbacks), ["configure", "on-request", "on-log", "on-tick"]);
  assert.deepEqual(proxyWasmHooks([]), ["configure"]);
});
