import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import type { GuestExchange } from "../../runtime/wasm/exchange.ts";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import type { PluginLimits } from "../../runtime/wasm/limits.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import type { HostServices } from "../../runtime/wasm/services.ts";
import type { Verdict } from "../../runtime/wasm/verdict.ts";
import { guest } from "./guests.ts";
import { type LocalCalls, localCalls } from "./local-calls.ts";
import { type TestServices, testExchange, testServices } from "./surroundings.ts";

interface Setting {
  readonly generation: Generation;
  readonly calls: LocalCalls;
  readonly services: TestServices;
}

interface Options {
  readonly serve?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly limits?: Partial<PluginLimits>;
  readonly backends?: readonly string[];
  readonly services?: Partial<HostServices>;
  readonly config?: object;
}

const greet = (_: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(201, { "x-kind": "greeting" }).end("hello");
};

async function start(t: TestContext, options: Options = {}): Promise<Setting> {
  const calls = await localCalls(t, options.serve ?? greet);
  const services = testServices({ calls, ...options.services });
  const plugin = await compilePlugin((await guest("caller")).component);
  const { limits, backends = ["shop/users:80"], config = {} } = options;
  const generation = await createGeneration({
    ...{ plugin, name: "caller", version: "1.0.0", config: JSON.stringify(config) },
    ...{ grants: plugin.capabilities, services, limits, backends },
  });
  t.after(() => generation.close());
  return { generation, calls, services };
}

/** A clock and its timers, which move when they are told to. */
function manualTime() {
  const clock = manualClock();
  const timers = new Set<{ due: number; readonly interval: number; readonly run: () => void }>();
  return {
    services: {
      clock,
      every(interval: number, run: () => void) {
        const timer = { due: clock.monotonic() + interval, interval, run };
        timers.add(timer);
        return () => void timers.delete(timer);
      },
    },
    pass(milliseconds: number) {
      clock.advance(milliseconds);
      for (const timer of [...timers]) {
        if (timer.due > clock.monotonic()) continue;
        timer.due = clock.monotonic() + timer.interval;
        timer.run();
      }
    },
    get running() {
      return timers.size;
    },
  };
}

function exchangeFor(op: string, hasBody = false): GuestExchange {
  const exchange = testExchange([["op", op]]);
  return { ...exchange, request: { ...exchange.request, hasBody } };
}

/** What a hook decided in the end. */
function settled(verdict: Verdict): Promise<Verdict> {
  if (verdict.kind !== "wait") return Promise.resolve(verdict);
  const { settle } = verdict;
  return new Promise((resolve) => settle(resolve));
}

/** A server that answers when it is told to. */
function gate() {
  const held: ServerResponse[] = [];
  let open = false;
  return {
    held,
    serve(_: IncomingMessage, response: ServerResponse): void {
      if (open) response.end("late");
      else held.push(response);
    },
    release(): void {
      open = true;
      for (const response of held.splice(0)) response.end("late");
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

describe("a hook that calls", () => {
  test("waits, is told once and later, and sees the response", async (t) => {
    const { generation } = await start(t);
    const exchange = exchangeFor("get");
    const verdict = generation.onRequest(exchange);
    assert.equal(verdict.kind, "wait");
    const heard: Verdict[] = [];
    if (verdict.kind === "wait") verdict.settle((one) => void heard.push(one));
    assert.deepEqual(heard, []);
    await until(() => heard.length > 0);
    for (let turns = 0; turns < 5; turns++) await turn();
    assert.deepEqual(heard, [{ kind: "next" }]);
    const { fields } = exchange.request;
    assert.deepEqual(
      ["x-status", "x-text", "x-error", "x-kind"].map((name) => fields.get(name)),
      ["201", "hello", "none", "greeting"],
    );
    assert.equal(generation.traps, 0);
  });

  test("answers at once where it does not call", async (t) => {
    const { generation } = await start(t);
    for (let i = 0; i < 200; i++) assert.equal(generation.onRequest(exchangeFor("none")).kind, "next");
  });

  test("can be told after its verdict is known", async (t) => {
    const { generation, calls } = await start(t);
    const verdict = generation.onRequest(exchangeFor("get"));
    await until(() => calls.open === 0);
    for (let turns = 0; turns < 5; turns++) await turn();
    assert.deepEqual(await settled(verdict), { kind: "next" });
  });

  test("can answer the client afterwards", async (t) => {
    const { generation } = await start(t);
    const exchange = exchangeFor("respond");
    assert.deepEqual(await settled(generation.onRequest(exchange)), { kind: "respond" });
    assert.equal(exchange.localResponse?.status, 403);
  });

  test("can be one for a body or for the response", async (t) => {
    const seen: unknown[] = [];
    const { generation } = await start(t, {
      serve(request, response) {
        seen.push([request.method, request.url, request.headers.host, request.headers["x-size"]]);
        request.pipe(response);
      },
    });
    const exchange = exchangeFor("body", true);
    assert.deepEqual(generation.onRequest(exchange), { kind: "hold", whole: true });
    const piece = { bytes: Buffer.from("four"), end: true };
    assert.equal((await settled(generation.onRequestBody?.(exchange, piece) as Verdict)).kind, "next");
    assert.equal(exchange.request.fields.get("x-checked"), "200");
    assert.equal(Buffer.from(piece.bytes).toString(), "four checked");
    assert.equal((await settled(generation.onResponse(exchange))).kind, "next");
    assert.equal(exchange.response.fields.get("x-status"), "200");
    assert.deepEqual(seen, [
      ["PUT", "/check", "users.test", "4"],
      ["GET", "/response", "users.shop:80", undefined],
    ]);
  });

  test("keeps its answer to itself while it sleeps: another hook of the exchange has its own", async (t) => {
    const { serve, release, held } = gate();
    const { generation } = await start(t, { serve });
    const exchange = exchangeFor("answer", true);
    const verdict = generation.onRequestBody?.(exchange, { bytes: Buffer.from("four"), end: true }) as Verdict;
    await until(() => held.length > 0);
    assert.deepEqual([verdict.kind, exchange.localResponse], ["wait", undefined]);
    assert.deepEqual(generation.onResponse(exchange), { kind: "respond" });
    const answers = [exchange.localResponse?.status];
    release();
    assert.deepEqual(await settled(verdict), { kind: "respond" });
    answers.push(exchange.localResponse?.status);
    assert.deepEqual(answers, [410, 403]);
    assert.equal(generation.traps, 0);
  });

  test("is shown a body that the message does not have, too", async (t) => {
    const { generation } = await start(t);
    const exchange = exchangeFor("body");
    assert.equal((await settled(generation.onRequest(exchange))).kind, "next");
    assert.equal(exchange.request.fields.get("x-checked"), "201");
  });

  test("sees the time go on while it waits", async (t) => {
    const clock = manualClock();
    const { serve, release, held } = gate();
    const { generation } = await start(t, { serve, services: { clock } });
    const exchange = exchangeFor("get");
    const verdict = generation.onRequest(exchange);
    await until(() => held.length > 0);
    clock.advance(250);
    release();
    await settled(verdict);
    assert.equal(exchange.attributes.get("waited"), 250);
  });

  test("that traps after its call is a fault of one request", async (t) => {
    const { generation } = await start(t);
    const verdict = await settled(generation.onRequest(exchangeFor("trap")));
    assert.ok(verdict.kind === "fault" && verdict.code === "GUEST_TRAP");
    assert.match(verdict.detail, /after the call at index\.ts:/);
    assert.equal(generation.traps, 1);
    assert.equal((await settled(generation.onRequest(exchangeFor("get")))).kind, "next");
  });

  test("hears why there is no response", async (t) => {
    const { generation } = await start(t, { serve: (request) => request.socket.destroy() });
    const exchange = exchangeFor("get");
    await settled(generation.onRequest(exchange));
    assert.equal(exchange.request.fields.get("x-error"), "5");
    assert.equal(exchange.request.fields.get("x-status"), "0");
  });

  test("is refused at once what it may not call", async (t) => {
    const { generation, calls } = await start(t, { backends: ["shop/other:80"] });
    const exchange = exchangeFor("get");
    assert.deepEqual(generation.onRequest(exchange), { kind: "next" });
    assert.equal(exchange.request.fields.get("x-error"), "0");
    assert.deepEqual(calls.targets, []);
  });

  test("has a share of calls", async (t) => {
    const { generation, services } = await start(t);
    const exchange = exchangeFor("many");
    await settled(generation.onRequest(exchange));
    assert.equal(exchange.request.fields.get("x-good"), "16");
    assert.equal(services.lines.filter(({ message }) => message === "error 3").length, 4);
  });

  test("takes responses up to a size", async (t) => {
    const serve = (_: IncomingMessage, response: ServerResponse): void => void response.end("x".repeat(101));
    const { generation } = await start(t, { serve, limits: { callBytes: 100 } });
    const exchange = exchangeFor("get");
    await settled(generation.onRequest(exchange));
    assert.equal(exchange.request.fields.get("x-error"), "7");
  });

  test("cannot be configure or on-log", async (t) => {
    const { generation, services, calls } = await start(t);
    assert.deepEqual(generation.onLog(exchangeFor("get")), { kind: "next" });
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      ["log: 2, configure: 2"],
    );
    assert.deepEqual(calls.targets, []);
  });

  test("is marked while it runs, and not while it sleeps", async (t) => {
    const heard: string[] = [];
    const marker = {
      handle: () => 7,
      enter: (handle: number) => void heard.push(`enter ${handle}`),
      leave: () => void heard.push("leave"),
    };
    const { generation } = await start(t, { services: { marker } });
    heard.length = 0;
    const verdict = generation.onRequest(exchangeFor("get"));
    assert.deepEqual(heard, ["enter 7", "leave"]);
    await settled(verdict);
    assert.deepEqual(heard, ["enter 7", "leave", "enter 7", "leave"]);
  });
});

describe("an exchange that ends while a hook sleeps", () => {
  test("ends the call; the hook goes on for nobody, and its instance for others", async (t) => {
    const { serve, held } = gate();
    const { generation, calls, services } = await start(t, { serve, limits: { instances: 1 } });
    const exchange = exchangeFor("store");
    const verdict = generation.onRequest(exchange);
    const heard: Verdict[] = [];
    if (verdict.kind === "wait") verdict.settle((one) => void heard.push(one));
    await until(() => held.length > 0);
    generation.release?.(exchange);
    assert.equal(calls.cancelled, 1);
    await until(() => services.store.get("caller", "asleep") !== undefined);
    for (let turns = 0; turns < 5; turns++) await turn();
    assert.deepEqual(heard, []);
    assert.deepEqual([exchange.request.fields.get("x-error"), exchange.localResponse], [undefined, undefined]);
    assert.equal(generation.onRequest(exchangeFor("none")).kind, "next");
    assert.equal(generation.traps, 0);
  });

  test("or one that does not wait any longer: the hook touches it no more", async (t) => {
    const { serve, held, release } = gate();
    const { generation, calls } = await start(t, { serve, limits: { instances: 1 } });
    const asleep = exchangeFor("get");
    const queued = exchangeFor("get");
    const verdicts = [generation.onRequest(asleep), generation.onRequest(queued)];
    await until(() => held.length > 0);
    for (const verdict of verdicts) if (verdict.kind === "wait") verdict.giveUp?.();
    assert.equal(calls.cancelled, 1);
    for (let turns = 0; turns < 5; turns++) await turn();
    assert.deepEqual(
      [asleep, queued].map(({ request }) => request.fields.get("x-status")),
      [undefined, undefined],
    );
    release();
    assert.equal((await settled(generation.onRequest(asleep))).kind, "next");
    assert.equal(asleep.request.fields.get("x-status"), "200");
  });

  test("gives up its place in the queue", async (t) => {
    const { serve, held, release } = gate();
    const { generation, calls } = await start(t, { serve, limits: { instances: 1 } });
    const first = generation.onRequest(exchangeFor("first"));
    const second = exchangeFor("second");
    assert.equal(generation.onRequest(second).kind, "wait");
    const third = generation.onRequest(exchangeFor("third"));
    await until(() => held.length > 0);
    generation.release?.(second);
    release();
    await Promise.all([settled(first), settled(third)]);
    assert.deepEqual(calls.targets, ["/users?op=first", "/users?op=third"]);
  });

  test("may be any, again and again, without a leak", async (t) => {
    const { serve } = gate();
    const { generation, calls } = await start(t, { serve, limits: { instances: 8, waiting: 8 } });
    let half = 0;
    for (let round = 0; round < 400; round++) {
      if (round === 200) half = generation.memorySize;
      const exchanges = Array.from({ length: 12 }, () => exchangeFor("get"));
      for (const exchange of exchanges) assert.equal(generation.onRequest(exchange).kind, "wait");
      for (const exchange of exchanges) generation.release?.(exchange);
      assert.equal(calls.open, 0);
      await turn();
    }
    assert.equal(generation.traps, 0);
    assert.equal(generation.memorySize, half);
    assert.equal((generation.onRequest(exchangeFor("none")) as Verdict).kind, "next");
  });

  test("is let go when the plugin is closed", async (t) => {
    const { serve, held } = gate();
    const { generation, calls } = await start(t, { serve, limits: { instances: 1 } });
    generation.onRequest(exchangeFor("get"));
    const queued = generation.onRequest(exchangeFor("get"));
    await until(() => held.length > 0);
    generation.close();
    assert.equal(calls.cancelled, 1);
    const verdict = await settled(queued);
    assert.ok(verdict.kind === "fault" && verdict.code === "START_FAILED");
  });
});

describe("more exchanges than instances", () => {
  test("a thousand that sleep at once queue for 64 instances, in order, and finish", async (t) => {
    const { serve, release, held } = gate();
    const { generation, calls } = await start(t, { serve });
    const exchanges = Array.from({ length: 1000 }, (_, index) => exchangeFor(String(index)));
    const verdicts = exchanges.map((exchange) => generation.onRequest(exchange));
    assert.ok(verdicts.every(({ kind }) => kind === "wait"));
    await until(() => held.length === 64);
    assert.equal(calls.open, 64);
    release();
    assert.ok((await Promise.all(verdicts.map(settled))).every(({ kind }) => kind === "next"));
    assert.equal(calls.most, 64);
    assert.deepEqual(
      calls.targets,
      exchanges.map((_, index) => `/users?op=${index}`),
    );
    assert.ok(exchanges.every(({ request }) => request.fields.get("x-text") === "late"));
    assert.equal(generation.traps, 0);
  });

  test("beyond those that may wait it says so", async (t) => {
    const { serve, release } = gate();
    const { generation } = await start(t, { serve, limits: { instances: 2, waiting: 3 } });
    const waiting = Array.from({ length: 5 }, () => generation.onRequest(exchangeFor("get")));
    assert.ok(waiting.every(({ kind }) => kind === "wait"));
    assert.deepEqual(generation.onRequest(exchangeFor("none")), {
      kind: "fault",
      code: "POOL_EXHAUSTED",
      detail: "all 2 instances are in use, and 3 exchanges wait for one",
    });
    release();
    await Promise.all(waiting.map(settled));
    assert.equal(generation.onRequest(exchangeFor("none")).kind, "next");
  });

  test("who has waited for an instance too long meets a fault, the others go on waiting", async (t) => {
    const { serve, release, held } = gate();
    const time = manualTime();
    const limits = { instances: 1, waitingMillis: 1_000 };
    const { generation, calls } = await start(t, { serve, limits, services: time.services });
    const first = generation.onRequest(exchangeFor("first"));
    const told: Verdict[] = [];
    for (const op of ["second", "third"]) {
      time.pass(600);
      const verdict = generation.onRequest(exchangeFor(op));
      if (verdict.kind === "wait") verdict.settle((later) => void told.push(later));
    }
    time.pass(300);
    assert.deepEqual(told, []);
    time.pass(200);
    const detail = "none of 1 instances came free within 1000 ms";
    assert.deepEqual(told, [{ kind: "fault", code: "POOL_EXHAUSTED", detail }]);
    await until(() => held.length > 0);
    release();
    assert.equal((await settled(first)).kind, "next");
    await until(() => told.length === 2);
    assert.deepEqual(told.at(-1), { kind: "next" });
    assert.deepEqual(calls.targets, ["/users?op=first", "/users?op=third"]);
    time.pass(100);
    assert.ok(time.running <= 1, "nobody looks at an empty queue");
  });

  test("instances that nobody needs any more are let go, but for two", async (t) => {
    const time = manualTime();
    const { generation } = await start(t, { services: time.services });
    // Two, and one for `on-log`.
    const one = generation.memorySize / 3;
    const burst = async (many: number) => {
      const verdicts = Array.from({ length: many }, () => generation.onRequest(exchangeFor("get")));
      await Promise.all(verdicts.map(settled));
    };
    await burst(10);
    const sizes = [generation.memorySize / one];
    for (const many of [4, 0, 0]) {
      time.pass(10_000);
      await burst(many);
      sizes.push(generation.memorySize / one);
    }
    time.pass(10_000);
    sizes.push(generation.memorySize / one);
    assert.deepEqual(sizes, [11, 11, 5, 3, 3]);
    assert.equal(time.running, 0, "nothing is left to let go");
    await burst(3);
    assert.equal(generation.memorySize / one, 4);
  });

  test("who waits is not overtaken by who comes when an instance is free again", async (t) => {
    const { serve, release, held } = gate();
    const { generation, calls } = await start(t, { serve, limits: { instances: 1 } });
    const first = generation.onRequest(exchangeFor("first"));
    const second = generation.onRequest(exchangeFor("second"));
    let third: Verdict | undefined;
    if (first.kind === "wait")
      first.settle(() => {
        third = generation.onRequest(exchangeFor("third"));
      });
    await until(() => held.length > 0);
    release();
    await settled(second);
    await settled(third as Verdict);
    assert.deepEqual(calls.targets, ["/users?op=first", "/users?op=second", "/users?op=third"]);
  });
});

describe("on-tick", () => {
  function ticks() {
    const state = { interval: 0, run: () => {}, cancelled: 0 };
    const every = (milliseconds: number, run: () => void): (() => void) => {
      Object.assign(state, { interval: milliseconds, run });
      return () => void state.cancelled++;
    };
    return { state, every };
  }

  test("runs as often as configure said, may call, and never twice at once", async (t) => {
    const { state, every } = ticks();
    const { serve, release, held } = gate();
    const { generation, services, calls } = await start(t, { serve, services: { every }, config: { every: 500 } });
    assert.equal(state.interval, 500);
    state.run();
    state.run();
    await until(() => held.length > 0);
    assert.deepEqual(calls.targets, ["/tick"]);
    release();
    await until(() => services.lines.length > 0);
    state.run();
    await until(() => services.lines.length > 1);
    assert.deepEqual(
      services.lines.map(({ message }) => message),
      ["tick: 200", "tick: 200"],
    );
    generation.close();
    assert.equal(state.cancelled, 1);
  });

  test("runs every 100 ms at most, and not at all without being asked for", async (t) => {
    const often = ticks();
    await start(t, { services: { every: often.every }, config: { every: 1 } });
    assert.equal(often.state.interval, 100);
    const never = ticks();
    await start(t, { services: { every: never.every } });
    assert.equal(never.state.interval, 0);
  });
});
