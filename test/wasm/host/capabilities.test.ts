import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { createCapabilities } from "../../../runtime/wasm/host/capabilities.ts";
import { HookContext } from "../../../runtime/wasm/host/context.ts";
import type { VerificationKey } from "../../../runtime/wasm/services/key-sets.ts";
import type { Hook } from "../../../runtime/wasm/verdict.ts";
import { testExchange, testScope, testServices } from "../surroundings.ts";

function during(hook: Hook, services = testServices()) {
  const context = new HookContext(testScope(services));
  const exchange = testExchange();
  context.begin(hook, exchange);
  return { host: createCapabilities(context), exchange, context, services };
}

describe("header edits", () => {
  const edits: [name: string, value: string, answer: string][] = [
    ["x-ok", "one two\tthree \u00e9", "done"],
    ["x-empty", "", "done"],
    ["x y", "v", "bad-name"],
    ["", "v", "bad-name"],
    ["x-\u00e9", "v", "bad-name"],
    ["x-crlf", "a\r\nset-cookie: b", "bad-value"],
    ["x-nul", "a\0", "bad-value"],
    ["x-wide", "\u0141", "bad-value"],
    ["x-space", " a", "bad-value"],
    ["x-long", "a".repeat(70_000), "too-many"],
    ...[
      "Content-Length",
      "transfer-encoding",
      "Expect",
      "TE",
      "trailer",
      "upgrade",
      "connection",
      "keep-alive",
      "proxy-connection",
      "Host",
      ":path",
    ].map((name): [string, string, string] => [name, "1", "forbidden"]),
  ];
  for (const [name, value, answer] of edits) {
    test(`${JSON.stringify(name).slice(0, 30)}: ${JSON.stringify(value).slice(0, 30)} is ${answer}`, () => {
      const { host, exchange } = during("on-request");
      assert.equal(host.request.setHeader(name, value), answer);
      assert.equal(host.request.addHeader(name, value), answer);
      assert.equal(exchange.request.fields.count(), answer === "done" ? 2 : 0);
    });
  }

  test("the request is open in on-request, the response in on-response", () => {
    for (const hook of ["configure", "on-request", "on-response", "on-log"] as const) {
      const { host } = during(hook);
      assert.equal(host.request.setHeader("x", "1"), hook === "on-request" ? "done" : "forbidden");
      assert.equal(host.response.setHeader("x", "1"), hook === "on-response" ? "done" : "forbidden");
      assert.equal(host.response.setStatus(204), hook === "on-response" ? "done" : "forbidden");
    }
  });
});

describe("a local response", () => {
  test("is checked, and only the first one counts", () => {
    const { host, context } = during("on-request");
    const send = host["local-response"].send;
    const none = new Uint8Array(0);
    for (const status of [0, 99, 101, 199, 600]) assert.equal(send(status, [], none, ""), "bad-status");
    assert.equal(send(200, [["content-length", "1"]], none, ""), "bad-header");
    assert.equal(send(200, [["x", "\n"]], none, ""), "bad-header");
    assert.equal(send(200, [], new Uint8Array(1024 * 1024 + 1), ""), "too-large");
    assert.equal(send(429, [["x", "1"]], none, "slow\ndown"), "done");
    assert.equal(send(200, [], none, ""), "too-late");
    assert.deepEqual(context.answer, {
      status: 429,
      headers: [["x", "1"]],
      body: none,
      detail: "slow\\u{a}down",
    });
  });
});

describe("crypto", () => {
  const { publicKey } = generateKeyPairSync("ed25519");
  const ed: VerificationKey = { kid: "ed", algorithm: "EdDSA", key: publicKey };
  const shared: VerificationKey = { kid: "hs", algorithm: "HS256", key: createSecretKey(Buffer.alloc(32)) };
  const keySets = new Map([
    ["both", [ed, shared]],
    ["twins", [ed, { ...ed, kid: "ed2" }]],
    ["empty", []],
  ]);
  const none = new Uint8Array(64);
  const cases: [set: string, kid: string | undefined, algorithm: string, answer: string][] = [
    ["none", undefined, "EdDSA", "unknown-key-set"],
    ["empty", undefined, "EdDSA", "unavailable"],
    ["both", "other", "EdDSA", "unknown-key"],
    ["both", "ed", "HS256", "algorithm-mismatch"],
    ["both", undefined, "none", "algorithm-mismatch"],
    ["twins", undefined, "EdDSA", "ambiguous-key"],
    ["twins", "ed2", "EdDSA", "invalid"],
    ["both", undefined, "EdDSA", "invalid"],
  ];
  for (const [set, kid, algorithm, answer] of cases) {
    test(`verify with ${set} ${kid} ${algorithm}: ${answer}`, () => {
      const { host } = during("on-request", testServices({ keySets }));
      assert.equal(host.crypto.verify(set, kid, algorithm, none, none), answer);
    });
  }

  test("hmac takes shared keys only; random is bounded", () => {
    const { host } = during("on-request", testServices({ keySets }));
    assert.equal(host.crypto.hmac("sha256", "both", undefined, none)?.length, 32);
    assert.equal(host.crypto.hmac("sha256", "both", "ed", none), undefined);
    assert.equal(host.crypto.random(65_536).length, 65_536);
    assert.equal(host.crypto.random(65_537).length, 0);
  });
});

describe("bounds", () => {
  test("attributes: names, sizes and number", () => {
    const { host } = during("on-request");
    assert.equal(host.attributes.setText("a b", ""), "bad-name");
    assert.equal(host.attributes.setText("a", "x".repeat(4097)), "too-large");
    for (let index = 0; index < 64; index++) assert.equal(host.attributes.setNumber(`a.${index}`, index), "done");
    assert.equal(host.attributes.setFlag("b", true), "too-many");
    assert.equal(host.attributes.number("a.1"), 1);
    assert.equal(host.attributes.text("a.1"), undefined);
  });

  test("metrics: the series of a name is asked for once; a name that means something else is written nowhere", () => {
    const asked: string[] = [];
    const sums: Record<string, number> = { hits: 0 };
    const counter = (_: string, name: string) => {
      asked.push(name);
      const add = (by: number) => {
        sums[name] = (sums[name] ?? 0) + by;
      };
      return name === "taken" ? undefined : { add };
    };
    const services = testServices({ metrics: { count() {}, gauge() {}, observe() {}, counter } });
    const host = createCapabilities(new HookContext(testScope(services)));
    for (const [name, by] of [
      ["hits", 1],
      ["taken", 1],
      ["hits", 2],
      ["taken", 1],
      ["hits", -1],
    ] as const) {
      host.metrics.count(name, by);
    }
    assert.deepEqual(asked, ["hits", "taken"]);
    assert.deepEqual(sums, { hits: 3 });
  });

  test("metrics: at most 1,000 names, in all generations", () => {
    const seen: string[] = [];
    const metrics = { count: (_: string, name: string) => void seen.push(name), gauge() {}, observe() {} };
    const services = testServices({ metrics });
    for (let generation = 0; generation < 2; generation++) {
      const { host } = during("on-request", services);
      for (let index = 0; index < 700; index++) host.metrics.count(`m_${generation}_${index}`, 1);
      host.metrics.count("bad name", 1);
      host.metrics.count("m_0_0", Number.NaN);
    }
    assert.equal(new Set(seen).size, 1000);
    assert.equal(services.lines.length, 2);
  });

  test("routing: only backends of the route, only before the request is sent", () => {
    const { host, exchange } = during("on-request");
    assert.equal(host.routing.chooseBackend("shop/other:80"), false);
    assert.equal(host.routing.chooseBackend("shop/orders-v2:80"), true);
    assert.equal(exchange.routing.chosen, "shop/orders-v2:80");
    assert.equal(during("on-response").host.routing.chooseBackend("shop/orders-v2:80"), false);
  });

  test("the clock stands still for the length of a hook", () => {
    let time = 0;
    const { host, context, exchange } = during(
      "on-request",
      testServices({ clock: { now: () => ++time, monotonic: () => ++time } }),
    );
    assert.equal(host.clock.now(), host.clock.now());
    const first = host.clock.monotonic();
    context.begin("on-response", exchange);
    assert.ok(host.clock.monotonic() > first);
  });
});
