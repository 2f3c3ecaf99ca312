import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exchange } from "../../runtime/http/exchange.ts";
import { ChainPlan } from "../../runtime/proxy/chain-plan.ts";
import type { Generation } from "../../runtime/wasm/generation.ts";
import { createSlot, type Slot } from "../../runtime/wasm/slot.ts";
import { type Hook, NEXT } from "../../runtime/wasm/verdict.ts";
import { plugin } from "./fixture.ts";
import { quietListener } from "./quiet-listener.ts";

const listener = quietListener();
const exchange = { localResponse: undefined } as Exchange;

/** A generation that says what it is asked. */
function generation(version: string, hooks: readonly Hook[], said: string[]): Generation {
  const say = (hook: string) => () => {
    said.push(`${hook} ${version}`);
    return NEXT;
  };
  return {
    ...{ version, digest: "", hooks: new Set(hooks), traps: 0, memorySize: 0, close: say("close") },
    ...{ onRequest: say("request"), onResponse: say("response"), onLog: say("log") },
  };
}

function planOf(hooks: Record<string, readonly Hook[]>): { plan: ChainPlan; said: string[]; slots: Map<string, Slot> } {
  const said: string[] = [];
  const slots = new Map(Object.keys(hooks).map((name) => [name, createSlot(name)]));
  for (const [name, its] of Object.entries(hooks)) slots.get(name)?.swap(generation(`1.${name}`, its, said));
  const bindings = Object.keys(hooks).map((name) => plugin(name, { failurePolicy: "open" }));
  return { plan: new ChainPlan(bindings, (name) => slots.get(name)), said, slots };
}

test("hooks that a filter does not have are not visited", () => {
  const { plan, said } = planOf({ a: ["on-request"], b: ["on-response"], c: ["on-log"] });
  const chain = plan.open(listener);
  chain.onward(exchange);
  chain.backward(exchange);
  chain.finish(exchange);
  assert.deepEqual(said, ["request 1.a", "response 1.b", "log 1.c"]);
});

test("a chain serves one exchange at a time, also when it is finished twice", () => {
  const { plan, slots } = planOf({ a: ["on-request"] });
  const first = plan.open(listener);
  first.onward(exchange);
  first.finish(exchange);
  first.finish(exchange);
  const [second, third] = [plan.open(listener), plan.open(listener)];
  assert.equal(second, first, "it is used again");
  assert.notEqual(third, second);
  slots.get("a")?.close();
  assert.equal(slots.get("a")?.retiring, 0, "its lease came back once");
});

test("the versions are those that the exchange leased", () => {
  const { plan, said, slots } = planOf({ a: ["on-request"], b: ["on-request"] });
  const [old, other] = [plan.open(listener), plan.open(listener)];
  old.onward(exchange);
  slots.get("b")?.swap(generation("2.b", [], said));
  other.onward(exchange);
  assert.equal(old.versionsText, '{"a":"1.a","b":"1.b"}');
  assert.equal(other.versionsText, '{"a":"1.a","b":"2.b"}');
  assert.equal(plan.open(listener).versionsText, "{}", "nothing was leased yet");
});

test("a filter that is not ready is left out of the versions and of the way back", () => {
  const { plan, said, slots } = planOf({ a: ["on-response"], b: ["on-response"] });
  slots.get("a")?.close();
  const chain = plan.open(listener);
  assert.equal(chain.onward(exchange), undefined);
  chain.backward(exchange);
  assert.equal(chain.versionsText, '{"b":"1.b"}');
  assert.deepEqual(said, ["close 1.a", "response 1.b"]);
});

test("a plugin that was retired and comes again is met again", () => {
  const { plan, said, slots } = planOf({ a: ["on-request"] });
  const meet = (): void => {
    const chain = plan.open(listener);
    chain.onward(exchange);
    chain.finish(exchange);
  };
  meet();
  slots.get("a")?.close();
  slots.delete("a");
  meet();
  const next = createSlot("a");
  slots.set("a", next);
  next.swap(generation("2.a", ["on-request"], said));
  meet();
  assert.deepEqual(said, ["request 1.a", "close 1.a", "request 2.a"]);
});
