import assert from "node:assert/strict";
import { test } from "node:test";
import { pickEndpoint } from "../../../runtime/proxy/cluster/balancer.ts";
import { EndpointState } from "../../../runtime/proxy/cluster/endpoint.ts";

const outbound = { send: () => ({ resume() {}, abort() {} }), close: async () => {}, destroy: async () => {} };

function endpoint(address: string, state: { active?: number; penaltyUntil?: number } = {}): EndpointState {
  return Object.assign(new EndpointState(address, 80, outbound), state);
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Asked {
  endpoints: EndpointState[];
  tried?: Set<EndpointState>;
  hashKey?: string;
  now?: number;
}

const random = seeded(1);

function pick({ endpoints, tried, hashKey, now = 0 }: Asked): EndpointState | undefined {
  return pickEndpoint(endpoints, { tried, hashKey }, now, random);
}

test("none, one, and one that was tried", () => {
  const only = endpoint("a");
  assert.equal(pick({ endpoints: [] }), undefined);
  assert.equal(pick({ endpoints: [only] }), only);
  assert.equal(pick({ endpoints: [only], tried: new Set([only]) }), undefined);
});

test("of two, the less busy one always", () => {
  const [busy, idle] = [endpoint("busy", { active: 5 }), endpoint("idle")];
  for (let i = 0; i < 50; i += 1) assert.equal(pick({ endpoints: [busy, idle] }), idle);
});

test("equally busy endpoints share evenly", () => {
  const endpoints = ["a", "b", "c", "d"].map((name) => endpoint(name));
  const counts = new Map<string, number>();
  for (let i = 0; i < 4_000; i += 1) {
    const { name } = pick({ endpoints }) as EndpointState;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const count of counts.values()) assert.ok(Math.abs(count - 1_000) < 150, String(count));
});

test("a lately unreachable endpoint is passed over while there are others, and is better than none", () => {
  const [bad, good] = [endpoint("bad", { penaltyUntil: 100 }), endpoint("good", { active: 9 })];
  for (let i = 0; i < 50; i += 1) assert.equal(pick({ endpoints: [bad, good] }), good);
  assert.equal(pick({ endpoints: [bad] }), bad);
  assert.equal(pick({ endpoints: [bad, good], now: 200 }), bad);
});

test("a hash key sticks, spreads, and moves only what a lost endpoint had", () => {
  const endpoints = ["a", "b", "c", "d"].map((name) => endpoint(name));
  const keys = Array.from({ length: 400 }, (_, i) => `user-${i}`);
  const owner = (list: EndpointState[], hashKey: string) => pick({ endpoints: list, hashKey })?.name;
  const before = new Map(keys.map((key) => [key, owner(endpoints, key)]));
  assert.equal(new Set(before.values()).size, 4);
  const fewer = endpoints.slice(1);
  for (const key of keys) {
    assert.equal(owner(endpoints, key), before.get(key));
    if (before.get(key) !== "a:80") assert.equal(owner(fewer, key), before.get(key));
  }
});
