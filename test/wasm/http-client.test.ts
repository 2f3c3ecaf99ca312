import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { HttpClientFailure, HttpClientResponse } from "../../runtime/wasm/abi/capabilities.ts";
import { bindPlugin } from "../../runtime/wasm/bind-plugin.ts";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import type { GuestCall, GuestCalls } from "../../runtime/wasm/guest-calls.ts";
import { createCapabilities } from "../../runtime/wasm/host/capabilities.ts";
import { HookContext } from "../../runtime/wasm/host/context.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import type { HostServices } from "../../runtime/wasm/services.ts";
import type { Verdict } from "../../runtime/wasm/verdict.ts";
import { BUMP, component, guest, hook, imported, type TextGuest } from "./guests.ts";
import { testExchange, testScope, testServices } from "./surroundings.ts";

const send = imported("http-client", "send", `(param ${"i32 ".repeat(12)})`);
const MEMORY = `(memory (export "memory") 1 2)`;
const STRINGS = `(data (i32.const 64) "${utf16("shop/users:80GET/")}")`;

function utf16(text: string): string {
  return [...text].map((character) => `${character}\\00`).join("");
}

/** A call of `send`; each argument may be replaced. */
function call(change: Partial<Record<number, string>> = {}): string {
  const sound = ["64", "13", "90", "3", "96", "1", "0", "0", "0", "0", "0", "16"];
  return `(call $send ${sound.map((value, index) => `(i32.const ${change[index] ?? value})`).join(" ")})`;
}

const caller = (body: string, rest = BUMP): TextGuest => ({
  imports: ["http-client"],
  wat: `${send} ${MEMORY} ${STRINGS} ${rest} ${hook("on-request", body)}`,
});

/** A backend that answers at the end of the turn. */
function answering(body = "hello"): GuestCalls & { readonly made: GuestCall[] } {
  const made: GuestCall[] = [];
  return {
    made,
    knows: () => true,
    send(one, done) {
      made.push(one);
      const bytes = Buffer.from(body);
      setImmediate(() => done({ kind: "response", status: 200, headers: [["a", "b"]], body: bytes, trailers: [] }));
      return { cancel() {} };
    },
  };
}

async function start(bytes: Uint8Array, services: Partial<HostServices> = {}): Promise<Generation> {
  const plugin = await compilePlugin(bytes);
  return createGeneration({
    ...{ plugin, name: "p", version: "1.0.0", config: "{}", grants: plugin.capabilities },
    ...{ services: testServices({ calls: answering(), ...services }), backends: ["shop/users:80"] },
  });
}

function settled(verdict: Verdict): Promise<Verdict> {
  if (verdict.kind !== "wait") return Promise.resolve(verdict);
  const { settle } = verdict;
  return new Promise((resolve) => settle(resolve));
}

describe("a hostile guest that calls", () => {
  const faults: readonly [name: string, guest: TextGuest, detail: RegExp][] = [
    ["a backend behind the memory", caller(`${call({ 0: "65536" })} (i32.const 0)`), /at an address/],
    ["a method at an odd address", caller(`${call({ 2: "91" })} (i32.const 0)`), /aligned to 2/],
    ["a target of half the address space", caller(`${call({ 5: "0x7fffffff" })} (i32.const 0)`), /more bytes/],
    ["more headers than a list may have", caller(`${call({ 7: "5000" })} (i32.const 0)`), /at most 4096/],
    ["a body behind the memory", caller(`${call({ 8: "65535", 9: "2" })} (i32.const 0)`), /at an address/],
    ["a result area behind the memory", caller(`${call({ 11: "65530" })} (i32.const 0)`), /expected 24 bytes/],
    ["a result area at an odd address", caller(`${call({ 11: "18" })} (i32.const 0)`), /aligned to 4/],
    ["a refusal's area behind the memory", caller(`${call({ 0: "66", 11: "65530" })} (i32.const 0)`), /expected 24/],
    [
      "an allocator that answers an address behind the memory",
      caller(
        `${call()} (i32.const 0)`,
        `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const -1))`,
      ),
      /at an address/,
    ],
    [
      "an allocator that calls, when the response is handed over",
      caller(
        `${call()} (i32.const 0)`,
        `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${call()} (i32.const 1024))`,
      ),
      /from its start function, its allocator/,
    ],
    ["a trap after the call", caller(`${call()} unreachable`), /unreachable/],
    ["a verdict that is none", caller(`${call()} (i32.const 9)`), /expected the verdict/],
    [
      "endless recursion that calls",
      caller(`(call $f)`, `${BUMP} (func $f (result i32) ${call({ 0: "66" })} (i32.add (call $f) (i32.const 1)))`),
      /used up its 10 ms for on-request/,
    ],
    [
      "endless recursion after the call",
      caller(`${call()} (call $f)`, `${BUMP} (func $f (result i32) (i32.add (call $f) (i32.const 1)))`),
      /stack/,
    ],
  ];
  for (const [name, guest, detail] of faults) {
    test(`${name} is a fault of one request, and the next one gets another instance`, async () => {
      const generation = await start(await component(guest));
      for (const traps of [1, 2, 3]) {
        const verdict = await settled(generation.onRequest(testExchange()));
        assert.match(verdict.kind === "fault" ? verdict.detail : verdict.kind, detail);
        assert.equal(generation.traps, traps);
      }
    });
  }

  test("cannot call from its start function", async () => {
    const wat = `${send} ${MEMORY} ${STRINGS} ${BUMP} (func $s ${call()}) (start $s) ${hook("on-request", "(i32.const 0)")}`;
    await assert.rejects(start(await component({ imports: ["http-client"], wat })), /from its start function/);
  });

  test("cannot call in the name of another import", async () => {
    const wat = `${send.replace('"send"', '"sent"')} ${MEMORY} ${BUMP} ${hook("on-request", "(i32.const 0)")}`;
    await assert.rejects(component({ imports: ["http-client"], wat }).then((bytes) => start(bytes)));
  });
});

describe("http-client", () => {
  const failure = fc.constantFrom<HttpClientFailure>("unknown-backend", "timeout", "overflow", "cancelled");
  const text = fc.string({ unit: "binary", maxLength: 30 });
  const response: fc.Arbitrary<HttpClientResponse> = fc.record({
    status: fc.nat(599),
    headers: fc.array(fc.tuple(text, text), { maxLength: 10 }),
    body: fc.uint8Array({ maxLength: 200 }),
  });

  test("what comes back is what the guest sees, at once or later", async () => {
    const plugin = await compilePlugin((await guest("echo-call")).component);
    const instantiate = await bindPlugin(plugin);
    const context = new HookContext(testScope());
    const host = createCapabilities(context);
    let answer: HttpClientResponse | HttpClientFailure = "timeout";
    const instance = instantiate({ ...host, "http-client": { send: () => answer } }, 0x7fff_ffff);
    fc.assert(
      fc.property(fc.oneof(failure, response), (given) => {
        answer = given;
        const exchange = testExchange();
        context.begin("on-request", exchange);
        assert.equal(instance.onRequest(1), 0);
        context.end();
        const seen = exchange.attributes.get("seen");
        assert.equal(seen, typeof given === "string" ? given : spell(given));
      }),
    );
  });

  const requests: readonly [name: string, change: Partial<GuestCallParts>, sound: boolean][] = [
    ["a method of its own", { method: "PURGE" }, true],
    ["a method in lower case", { method: "get" }, false],
    ["CONNECT", { method: "CONNECT" }, false],
    ["a method with a line break", { method: "GET\r\n" }, false],
    ["a query", { target: "/a?b=c%20d" }, true],
    ["a URL", { target: "http://169.254.169.254/latest" }, false],
    ["an asterisk", { target: "*" }, false],
    ["a space in the target", { target: "/a b" }, false],
    ["a line break in the target", { target: "/a\r\nx: y" }, false],
    ["a host", { headers: [["Host", "users.test:8080"]] }, true],
    ["a host with a path", { headers: [["host", "users.test/x"]] }, false],
    ["a content-length", { headers: [["Content-Length", "1"]] }, false],
    ["a transfer-encoding", { headers: [["transfer-encoding", "chunked"]] }, false],
    ["a field with a line break", { headers: [["x", "a\r\nb: c"]] }, false],
    ["a pseudo field", { headers: [[":path", "/"]] }, false],
    ["too many fields", { headers: Array.from({ length: 101 }, () => ["a", "b"] as [string, string]) }, false],
    ["a body that is too large", { body: new Uint8Array((1 << 20) + 1) }, false],
  ];
  for (const [name, change, isSound] of requests) {
    test(`${name} ${isSound ? "is sent" : "is refused"}`, () => {
      const calls = answering();
      const scope = { ...testScope(testServices({ calls })), backends: new Set(["shop/users:80"]) };
      const context = new HookContext(scope);
      context.begin("on-request", testExchange());
      const { method, target, headers, body } = { ...PLAIN, ...change };
      const sent = createCapabilities(context)["http-client"].send("shop/users:80", method, target, headers, body, 0);
      assert.equal(sent === "bad-request", !isSound);
      assert.equal(calls.made.length, isSound ? 1 : 0);
    });
  }

  test("a call is a whole one: authority, timeout, sizes, exchange", () => {
    const calls = answering();
    const scope = { ...testScope(testServices({ calls })), backends: new Set(["shop/users:80"]) };
    const context = new HookContext(scope);
    const exchange = testExchange();
    context.begin("on-request", exchange);
    const client = createCapabilities(context)["http-client"];
    client.send("shop/users:80", "GET", "/", [["X-A", "b"]], new Uint8Array(), 0);
    client.send("shop/users:80", "GET", "/", [["HOST", "other"]], new Uint8Array(), 100_000);
    client.send("shop/users:80", "GET", "/", [], new Uint8Array(), 20);
    assert.deepEqual(
      calls.made.map(({ authority, timeout }) => [authority, timeout]),
      [
        ["users.shop:80", 5000],
        ["other", 5000],
        ["users.shop:80", 20],
      ],
    );
    const [first] = calls.made;
    assert.deepEqual([first?.headers, first?.maxBytes, first?.exchange], [[["x-a", "b"]], 1 << 20, exchange.id]);
    client.send("shop/users:80", "GET", "/", [], new Uint8Array(), 20);
    assert.equal(client.send("shop/users:80", "GET", "/", [], new Uint8Array(), 20), "too-many", "four at once");
  });
});

type GuestCallParts = { method: string; target: string; headers: [string, string][]; body: Uint8Array };
const PLAIN: GuestCallParts = { method: "GET", target: "/", headers: [], body: new Uint8Array() };

/** As the guest `echo-call` spells a response. */
function spell({ status, headers, body }: HttpClientResponse): string {
  const fields = headers.map(([name, value]) => `${name.toWellFormed()}=${value.toWellFormed()}`).join("\n");
  return `${status}|${fields}|${[...body].join(",")}`;
}
