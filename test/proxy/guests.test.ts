import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { type Clock, manualClock, systemClock } from "../../runtime/telemetry/clock.ts";
import { createGeneration, type Generation, type GenerationOptions } from "../../runtime/wasm/generation.ts";
import type { GuestCalls } from "../../runtime/wasm/guest-calls.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { createSlot, type Slot } from "../../runtime/wasm/slot.ts";
import { guest } from "../wasm/guests.ts";
import { filterModule } from "../wasm/proxy-wasm/filters.ts";
import { pairsText, scripted } from "../wasm/proxy-wasm/script.ts";
import { testServices } from "../wasm/surroundings.ts";
import { plugin, type Running, rule, snapshot, start, upstream } from "./fixture.ts";
import { ask, h2Client } from "./http2-peers.ts";

const USERS = "shop/users:80";

interface Asked {
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A real guest in front of a backend that sends everything back, and beside one that it may call. */
async function between(
  t: TestContext,
  bytes: Uint8Array,
  options: Partial<GenerationOptions> = {},
  clock: Clock = systemClock,
): Promise<Running & { generation: Generation; asked: Asked[]; users: Asked[] }> {
  const asked: Asked[] = [];
  const users: Asked[] = [];
  const record = async (into: Asked[], request: IncomingMessage) => {
    const body = (await buffer(request)).toString();
    into.push({ url: request.url, headers: request.headers, body });
    return body;
  };
  const app = await upstream(t, async (request, response) => void response.end(await record(asked, request)));
  const service = await upstream(t, async (request, response) => {
    await record(users, request);
    response.setHeader("x-kind", "person");
    response.end("ann");
  });
  const calls: GuestCalls = {
    knows: (backend) => running.proxy.calls.knows(backend),
    send: (call, done) => running.proxy.calls.send(call, done),
  };
  const compiled = await compilePlugin(bytes);
  const generation = await createGeneration({
    ...{
      plugin: compiled,
      name: "p",
      version: "1.0.0",
      config: "{}",
      grants: compiled.capabilities,
      backends: [USERS],
    },
    ...options,
    services: testServices({ calls }),
  });
  const slot: Slot = createSlot("p");
  slot.swap(generation);
  const given = snapshot({
    rules: [rule({ plugins: ["p"] })],
    plugins: [plugin("p")],
    clusters: { "test/app:80": [app], [USERS]: [service] },
  });
  const running = await start(t, given, { slots: () => slot, clock });
  return { ...running, generation, asked, users };
}

test("a component reads the whole body, then decides about the head", async (t) => {
  const { url, port, asked } = await between(t, (await guest("bodies")).component);
  const response = await fetch(url, { method: "POST", headers: { op: "head" }, body: "x".repeat(100_000) });
  assert.equal((await response.text()).length, 100_000);
  assert.equal(asked[0]?.headers["x-size"], "100000");
  const refused = await fetch(url, { method: "POST", headers: { op: "answer" }, body: "hello" });
  assert.deepEqual([refused.status, await refused.text()], [422, "no"]);
  const h2 = await ask(h2Client(t, port), { ":method": "POST", ":path": "/", op: "head" }, "hello");
  assert.deepEqual([h2.status, h2.body], [200, "hello"]);
  assert.equal(asked[1]?.headers["x-size"], "5");
});

test("a component edits bodies as they pass, and answers for a response that it held", async (t) => {
  const { url, asked } = await between(t, (await guest("bodies")).component);
  for (const [op, body, sent] of [
    ["upper", "héllo", "HÉLLO"],
    ["append", "one", "one, and more"],
    ["drop", "one", ""],
    ["replace", "one", "replaced"],
  ] as const) {
    const response = await fetch(url, { method: "POST", headers: { op }, body });
    assert.equal(await response.text(), sent, op);
    assert.equal(asked.at(-1)?.body, sent);
  }
  const withheld = await fetch(url, { method: "POST", headers: { op: "response-head" }, body: "secret" });
  assert.deepEqual([withheld.status, await withheld.text()], [502, "hidden"]);
  const open = await fetch(url, { method: "POST", headers: { op: "response-head" }, body: "open" });
  assert.deepEqual([open.status, await open.text()], [203, "open"]);
});

test("a component calls a backend by the proxy's clusters, and the exchange waits for that", async (t) => {
  const { url, asked, users, log } = await between(t, (await guest("caller")).component);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => fetch(url, { headers: { op: "who" } }).then((response) => response.status)),
  );
  assert.deepEqual(new Set(answers), new Set([200]));
  assert.equal(users.length, 100, "once for each request, and for each response");
  const first = users.find(({ url: path }) => path === "/users?op=who");
  assert.ok(
    first?.headers.traceparent?.includes(
      String((await log(50)).find((line) => line.requestId === first.headers["x-request-id"])?.traceId),
    ),
  );
  for (const { headers } of asked) assert.deepEqual([headers["x-text"], headers["x-kind"]], ["ann", "person"]);
  assert.ok(((await log(50))[0]?.waited ?? 0) > 0);
  const refused = await fetch(url, { headers: { op: "respond" } });
  assert.equal(refused.status, 403);
});

test("a component asks about a body that it holds; pools queue beyond their instances", async (t) => {
  // Its call has 50 ms, which a busy machine may need for itself.
  const clock = manualClock();
  const { url, asked, users } = await between(
    t,
    (await guest("caller")).component,
    { limits: { instances: 2 } },
    clock,
  );
  const bodies = Array.from({ length: 20 }, (_, index) => `body ${index}`);
  const answers = await Promise.all(
    bodies.map(async (body) => (await fetch(url, { method: "POST", headers: { op: "body" }, body })).text()),
  );
  assert.deepEqual(
    answers,
    bodies.map((body) => `${body} checked`),
  );
  for (const { headers } of asked) assert.equal(headers["x-checked"], "200");
  assert.ok(users.some(({ body, headers }) => body === "body 7" && headers["x-size"] === "6"));
});

const CALL = [
  "proxy_http_call",
  USERS,
  pairsText([
    [":method", "GET"],
    [":path", "/check"],
    [":authority", "users.test"],
  ]),
  "",
  "",
  1_000,
  64,
] as const;

test("a proxy-wasm filter pauses for a call, and goes on", async (t) => {
  const module = filterModule(
    scripted({
      proxy_on_request_headers: { steps: [[...CALL]], returns: 1 },
      proxy_on_http_call_response: {
        steps: [
          ["proxy_set_effective_context", 2],
          ["proxy_add_header_map_value", 0, "x-checked", "yes"],
          ["proxy_continue_stream", 0],
        ],
      },
    }),
  );
  const { url, asked, users } = await between(t, module);
  const response = await fetch(url, { method: "POST", body: "hello" });
  assert.equal(await response.text(), "hello");
  assert.equal(users[0]?.url, "/check");
  assert.equal(asked[0]?.headers["x-checked"], "yes");
});

test("a proxy-wasm filter answers when its call has come back", async (t) => {
  const module = filterModule(
    scripted({
      proxy_on_request_headers: { steps: [[...CALL]], returns: 1 },
      proxy_on_http_call_response: {
        steps: [
          ["proxy_set_effective_context", 2],
          ["proxy_send_local_response", 403, "", "denied", "", -1],
        ],
      },
    }),
  );
  const { url, asked } = await between(t, module);
  const response = await fetch(url, { method: "POST", body: "hello" });
  assert.deepEqual([response.status, await response.text()], [403, "denied"]);
  assert.equal(asked.length, 0);
});

test("a proxy-wasm filter buffers a body by pausing, changes all of it, and lets it go later", async (t) => {
  const module = filterModule(
    scripted({
      proxy_on_request_body: { steps: [[...CALL]], returns: 1 },
      proxy_on_http_call_response: {
        steps: [
          ["proxy_set_effective_context", 2],
          ["proxy_set_buffer_bytes", 0, 0, 0, "checked: "],
          ["proxy_continue_stream", 0],
        ],
      },
    }),
  );
  const { url, asked } = await between(t, module);
  const response = await fetch(url, { method: "POST", body: "hello" });
  assert.equal(await response.text(), "checked: hello");
  assert.equal(asked[0]?.body, "checked: hello");
});
