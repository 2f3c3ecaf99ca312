/** Components that jco runs call as others do; their hooks always wait, if only for a few microtasks. */

import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { gate } from "../../runtime/wasm/abi/jco/gate.ts";
import { engine } from "../../runtime/wasm/engine.ts";
import type { GuestExchange } from "../../runtime/wasm/exchange.ts";
import { createGeneration } from "../../runtime/wasm/generation.ts";
import type { PluginLimits } from "../../runtime/wasm/limits.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import type { Verdict } from "../../runtime/wasm/verdict.ts";
import { filterFolder } from "../build/filter-folder.ts";
import { BUMP, component, coreModule, guest, hook, imported } from "./guests.ts";
import { localCalls } from "./local-calls.ts";
import { testExchange, testServices } from "./surroundings.ts";

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

const greet: Serve = (_, response) => void response.writeHead(201, { "x-kind": "greeting" }).end("hello");

const compileJco = (bytes: Uint8Array) => compilePlugin(bytes, { binding: "jco" });

interface Options {
  readonly component?: Uint8Array;
  readonly serve?: Serve;
  readonly limits?: Partial<PluginLimits>;
}

async function start(t: TestContext, { component: given, serve = greet, limits }: Options = {}) {
  const calls = await localCalls(t, serve);
  const services = testServices({ calls });
  const bytes = given ?? (await guest("caller")).component;
  const plugin = structuredClone(await compileJco(bytes));
  assert.equal(plugin.binding, "jco");
  const generation = await createGeneration({
    ...{ plugin, name: "caller", version: "1.0.0", config: "{}" },
    ...{ grants: plugin.capabilities, services, limits, backends: ["shop/users:80"] },
  });
  t.after(() => generation.close());
  return { generation, calls, services };
}

function exchangeFor(op: string): GuestExchange {
  return testExchange([["op", op]]);
}

/** What a hook decides in the end. */
function settled(verdict: Verdict): Promise<Verdict> {
  if (verdict.kind !== "wait") return Promise.resolve(verdict);
  return new Promise((resolve) => verdict.settle((later) => resolve(settled(later))));
}

test("a hook waits for its call and sees the response, again and again", async (t) => {
  const { generation } = await start(t, { limits: { instances: 1 } });
  for (let round = 0; round < 3; round++) {
    const exchange = exchangeFor("get");
    assert.deepEqual(await settled(generation.onRequest(exchange)), { kind: "next" });
    const { fields } = exchange.request;
    assert.deepEqual(
      ["x-status", "x-text", "x-error", "x-kind"].map((name) => fields.get(name)),
      ["201", "hello", "none", "greeting"],
    );
    assert.deepEqual(await settled(generation.onRequest(exchangeFor("none"))), { kind: "next" });
  }
  assert.ok((generation.fuelUsed ?? 0) > 3 * 40_000, "a call costs what it does elsewhere");
  assert.equal(generation.traps, 0);
});

test("it can answer the client afterwards, and has a share of calls", async (t) => {
  const { generation, services } = await start(t);
  const refused = exchangeFor("respond");
  assert.deepEqual(await settled(generation.onRequest(refused)), { kind: "respond" });
  assert.equal(refused.localResponse?.status, 403);
  const many = exchangeFor("many");
  await settled(generation.onRequest(many));
  assert.equal(many.request.fields.get("x-good"), "16");
  assert.equal(services.lines.filter(({ message }) => message === "error 3").length, 4);
});

test("configure and on-log are told that they cannot wait", async (t) => {
  const { generation, services, calls } = await start(t);
  assert.deepEqual(generation.onLog(exchangeFor("get")), { kind: "next" });
  assert.deepEqual(
    services.lines.map(({ message }) => message),
    ["log: 2, configure: 2"],
  );
  assert.deepEqual(calls.targets, []);
});

test("a trap after a call is a fault of one request", async (t) => {
  const { generation } = await start(t, { limits: { instances: 1 } });
  const verdict = await settled(generation.onRequest(exchangeFor("trap")));
  assert.ok(verdict.kind === "fault" && verdict.code === "GUEST_TRAP", JSON.stringify(verdict));
  assert.deepEqual(await settled(generation.onRequest(exchangeFor("get"))), { kind: "next" });
});

test("an exchange that ends while its hook sleeps ends the call, and the instance serves others", async (t) => {
  const held: ServerResponse[] = [];
  const serve: Serve = (_, response) => void held.push(response);
  const { generation, calls } = await start(t, { serve, limits: { instances: 1 } });
  const exchange = exchangeFor("get");
  generation.onRequest(exchange);
  while (held.length === 0) await turn();
  generation.release?.(exchange);
  assert.equal(calls.cancelled, 1);
  assert.deepEqual(await settled(generation.onRequest(exchangeFor("none"))), { kind: "next" });
  assert.deepEqual([exchange.request.fields.get("x-error"), generation.traps], [undefined, 0]);
});

test("two hundred that sleep at once on eight instances finish", async (t) => {
  const { generation, calls } = await start(t, { limits: { instances: 8 } });
  const exchanges = Array.from({ length: 200 }, () => exchangeFor("get"));
  const verdicts = await Promise.all(exchanges.map((exchange) => settled(generation.onRequest(exchange))));
  assert.ok(verdicts.every(({ kind }) => kind === "next"));
  assert.ok(calls.most > 1 && calls.most <= 8, `${calls.most} calls at once`);
});

const SPINS = `import { Action, http } from "heddle/sdk";
let turns: u64 = 0;
export function onRequest(): Action {
  const answer = http.get("shop/users:80", "/");
  while (answer.status == 201) turns++;
  return Action.Next;
}
`;

test("a loop after a call runs out of fuel, and the next request has an instance", async (t) => {
  const { component } = await buildPlugin({ folder: filterFolder(t, { "index.ts": SPINS }) });
  let status = 201;
  const serve: Serve = (_, response) => void response.writeHead(status).end();
  const { generation } = await start(t, { component, serve, limits: { instances: 1 } });
  const verdict = await settled(generation.onRequest(exchangeFor("get")));
  assert.ok(verdict.kind === "fault" && verdict.code === "FUEL_EXHAUSTED", JSON.stringify(verdict));
  status = 200;
  assert.deepEqual(await settled(generation.onRequest(exchangeFor("get"))), { kind: "next" });
});

test("a component whose functions have more types than filters need is refused before any of them is wrapped", async () => {
  const send = imported("http-client", "send", `(param ${"i32 ".repeat(12)})`);
  const typed = (types: number): string =>
    Array.from({ length: types }, (_, at) => `(func (export "f${at}") (param ${"i64 ".repeat(at)}))`).join("\n");
  const wat = (types: number): string =>
    `${send} (memory (export "memory") 1) ${BUMP} ${typed(types)} ${hook("on-request", "(i32.const 0)")}`;
  const made = async (types: number) => compileJco(await component({ wat: wat(types), imports: ["http-client"] }));
  assert.equal((await made(100)).binding, "jco");
  await assert.rejects(made(128), { code: "COMPONENT_UNSUPPORTED", message: /at most 128 types.*got 131/ });
});

test("a gate passes on what its function takes and gives, of every type", () => {
  const wat = `(func (export "mix") (param i32 i64 f32 f64) (result f64 i64)
    (f64.add (f64.add (local.get 3) (f64.promote_f32 (local.get 2))) (f64.convert_i32_s (local.get 0))) (local.get 1))`;
  const { mix } = new engine.Instance(new engine.Module(coreModule(wat)), {}).exports;
  const heard: string[] = [];
  const type = "(i32,i64,f32,f64)->(f64,i64)";
  const hear = (what: string) => () => void heard.push(what);
  const gated = gate(mix, type, hear("enter"), hear("leave")) as (...args: unknown[]) => unknown;
  assert.deepEqual(gated(1, 2n ** 60n, 0.5, 2.25), [3.75, 2n ** 60n]);
  assert.deepEqual(heard, ["enter", "leave"]);
  assert.throws(() => gate(mix, "(externref)->()", hear(""), hear("")), { code: "COMPONENT_UNSUPPORTED" });
});
