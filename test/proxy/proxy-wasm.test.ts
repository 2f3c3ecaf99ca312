import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Callback, pairsText, scripted, TEXT } from "../wasm/proxy-wasm/script.ts";
import { ACT_ON_FIRST, call, filterMesh, goOn, send } from "./filter-mesh.ts";

const PAUSE = 1;

function mesh(t: TestContext, callbacks: Readonly<Record<string, Callback>>, wat = "", stopIteration = false) {
  return filterMesh(t, scripted(callbacks, { wat }), { allowOnHeadersStopIteration: stopIteration });
}

test("a request waits for the answer of another backend, then goes on with what the answer brought", async (t) => {
  const { port, lines } = await mesh(t, {
    proxy_on_request_headers: { steps: [call("/allow")], returns: PAUSE },
    proxy_on_http_call_response: {
      steps: [
        ["proxy_get_buffer_bytes", 4, 0, 100, TEXT],
        ["proxy_set_effective_context", 2],
        ["proxy_add_header_map_value", 0, "x-added", "late"],
        ACT_ON_FIRST,
        goOn(0),
      ],
    },
  });
  const { status, body } = await send(port, ["a body"]);
  assert.deepEqual([status, body], [200, "POST /in late a body"]);
  assert.equal(lines()[1], "http_call_response get_buffer_bytes 0 [/allow]");
});

test("a request is refused by the answer of another backend", async (t) => {
  const { port, log } = await mesh(t, {
    proxy_on_request_headers: { steps: [call("/deny")], returns: PAUSE },
    proxy_on_http_call_response: {
      steps: [
        ["proxy_set_effective_context", 2],
        ["proxy_send_local_response", 403, "denied", "no", pairsText([["x-why", "because"]]), -1],
      ],
    },
  });
  const { status, headers, body } = await send(port, ["a body"]);
  assert.deepEqual([status, headers["x-why"], body], [403, "because", "no"]);
  assert.match(JSON.stringify((await log())[0]), /denied/);
});

test("what is asked for is changed: method, path and host as a client could have named them", async (t) => {
  const { port } = await mesh(t, {
    proxy_on_request_headers: {
      steps: [
        ["proxy_replace_header_map_value", 0, ":path", "/a/../out?x=y"],
        ["proxy_replace_header_map_value", 0, ":method", "PUT"],
        ["proxy_add_header_map_value", 0, "x-added", "1"],
      ],
    },
  });
  assert.equal((await send(port, ["b"])).body, "PUT /out?x=y 1 b");
});

test("a body is collected and replaced; its length is made right", async (t) => {
  const wat = `(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
    (i32.store (i32.const 64) (i32.const 0x64656e77))
    (drop (call $proxy_set_buffer_bytes (i32.const 0) (i32.const 0) (local.get 1) (i32.const 64) (i32.const 4)))
    (i32.const 0))`;
  const { port } = await mesh(t, {}, wat);
  assert.equal((await send(port, ["one ", "two"])).body, "POST /in  wned");
  assert.equal((await send(port, ["one"], { "content-length": "3" })).body, "POST /in  wned");
});

test("a head is held while the filter reads the body, and refused for what is in it", async (t) => {
  const wat = `(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
    (if (i32.gt_u (local.get 1) (i32.const 5)) (then
      (drop (call $proxy_send_local_response (i32.const 413) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const -1)))))
    (drop (call $proxy_add_header_map_value (i32.const 0) (i32.const 64) (i32.const 7) (i32.const 64) (i32.const 7)))
    (i32.const 0))
    (data (i32.const 64) "x-added")`;
  const { port } = await mesh(t, { proxy_on_request_headers: { returns: PAUSE } }, wat, true);
  assert.equal((await send(port, ["small"])).body, "POST /in x-added small");
  assert.equal((await send(port, ["too ", "large"])).status, 413);
});

test("a response is changed: status, fields and body", async (t) => {
  const { port } = await mesh(t, {
    proxy_on_response_headers: {
      steps: [
        ["proxy_replace_header_map_value", 2, ":status", "203"],
        ["proxy_remove_header_map_value", 2, "x-backend"],
        ["proxy_remove_header_map_value", 2, "content-length"],
        ["proxy_add_header_map_value", 2, "x-filter", "1"],
      ],
    },
    proxy_on_response_body: { steps: [["proxy_set_buffer_bytes", 1, 0, 0, ">"]] },
  });
  const { status, headers, body } = await send(port);
  assert.deepEqual([status, headers["x-backend"], headers["x-filter"]], [203, undefined, "1"]);
  assert.match(body, /^>+GET \/in/);
});

test("a response waits for the answer of another backend", async (t) => {
  const { port } = await mesh(t, {
    proxy_on_response_headers: { steps: [call("/seen")], returns: PAUSE },
    proxy_on_http_call_response: {
      steps: [
        ["proxy_set_effective_context", 2],
        ["proxy_add_header_map_value", 2, "x-late", "1"],
        ["proxy_continue_stream", 1],
      ],
    },
  });
  const { status, headers, body } = await send(port);
  assert.deepEqual([status, headers["x-late"], body], [200, "1", "GET /in  "]);
});

test("a response's body is held until its end, and its head may still say something else", async (t) => {
  const wat = `(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (if (i32.eqz (local.get 2)) (then (return (i32.const 1))))
    (drop (call $proxy_replace_header_map_value (i32.const 2) (i32.const 64) (i32.const 7) (i32.const 71) (i32.const 3)))
    (drop (call $proxy_set_buffer_bytes (i32.const 1) (i32.const 0) (local.get 1) (i32.const 71) (i32.const 3)))
    (i32.const 0))
    (data (i32.const 64) ":status202")`;
  const { port } = await mesh(t, { proxy_on_response_headers: { returns: PAUSE } }, wat, true);
  const { status, body } = await send(port);
  assert.deepEqual([status, body], [202, "202"]);
});

test("a stream that is closed is given up without an answer", async (t) => {
  const { port } = await mesh(t, { proxy_on_request_headers: { steps: [["proxy_close_stream", 0]] } });
  await assert.rejects(send(port), { code: "ECONNRESET" });
});

test("a trap costs its request, and those that wait on the same instance", async (t) => {
  const wat = `(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (if (i32.eq (call $proxy_get_header_map_value (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 80) (i32.const 84))
      (i32.const 0)) (then unreachable))
    (i32.eq (call $proxy_get_header_map_value (i32.const 0) (i32.const 68) (i32.const 4) (i32.const 80) (i32.const 84))
      (i32.const 0)))
    (data (i32.const 64) "trapwait")`;
  const { port, proxy, log } = await mesh(t, {}, wat);
  const waiting = send(port, [], { wait: "1" });
  while (proxy.active === 0) await new Promise((soon) => setImmediate(soon));
  assert.equal((await send(port, [], { trap: "1" })).status, 503);
  assert.equal((await waiting).status, 503);
  assert.equal((await send(port)).status, 200);
  assert.match(JSON.stringify(await log(3)), /GUEST_TRAP.*GUEST_LOST/s);
});
