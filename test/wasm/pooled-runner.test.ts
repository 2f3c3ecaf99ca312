import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import type { GuestExchange } from "../../runtime/wasm/exchange.ts";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import type { CallOutcome, GuestCalls } from "../../runtime/wasm/guest-calls.ts";
import { type CompiledPlugin, compilePlugin } from "../../runtime/wasm/plugin.ts";
import type { Verdict } from "../../runtime/wasm/verdict.ts";
import { guest } from "./guests.ts";
import { testExchange, testServices } from "./surroundings.ts";

const INSTANCES = 3;
const WAITING = 4;

/** What happens to a plugin, in any order; a number chooses one of the exchanges or calls that there are. */
type Event =
  | { readonly kind: "request"; readonly op: string }
  | { readonly kind: "answer" | "fail" | "release" | "giveUp"; readonly which: number }
  | { readonly kind: "turn" };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("request" as const),
      op: fc.constantFrom("get", "none", "trap", "respond", "body"),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom("answer" as const, "fail" as const), which: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("release" as const, "giveUp" as const), which: fc.nat(20) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("turn" as const) }) },
);

interface Guest {
  readonly exchange: GuestExchange;
  readonly op: string;
  readonly verdict: Verdict;
  /** Verdicts that were told later. */
  readonly told: Verdict[];
  isGone: boolean;
}

/** Calls that the test ends. */
class OpenCalls implements GuestCalls {
  readonly open: ((outcome: CallOutcome) => void)[] = [];
  most = 0;

  knows(): boolean {
    return true;
  }

  send(_: unknown, done: (outcome: CallOutcome) => void): { cancel(): void } {
    this.open.push(done);
    this.most = Math.max(this.most, this.open.length);
    return { cancel: () => this.#take(done) };
  }

  end(which: number, outcome: CallOutcome): void {
    const done = this.open[which % this.open.length];
    if (done === undefined) return;
    this.#take(done);
    done(outcome);
  }

  #take(done: (outcome: CallOutcome) => void): void {
    const at = this.open.indexOf(done);
    assert.notEqual(at, -1, "a call ends once");
    this.open.splice(at, 1);
  }
}

const ANSWER: CallOutcome = { kind: "response", status: 200, headers: [], body: Buffer.from("x"), trailers: [] };
const FAILURE: CallOutcome = { kind: "failure", reason: "timeout", detail: "" };

class Scene {
  readonly guests: Guest[] = [];
  readonly calls = new OpenCalls();
  readonly #generation: Generation;

  constructor(generation: (calls: GuestCalls) => Generation) {
    this.#generation = generation(this.calls);
  }

  play(one: Event): Promise<void> | undefined {
    if (one.kind === "turn") return turn();
    if (one.kind === "request") this.request(one.op);
    else if (one.kind === "release" || one.kind === "giveUp") this.#leave(one.which, one.kind);
    else {
      this.calls.end(one.which, one.kind === "answer" ? ANSWER : FAILURE);
      // Whoever goes after this has gone before or after the hook did what it does, and not in between.
      return turn();
    }
    return undefined;
  }

  request(op: string): Guest {
    const exchange = testExchange([["op", op]]);
    const verdict = this.#generation.onRequest(exchange);
    const guest: Guest = { exchange, op, verdict, told: [], isGone: false };
    if (verdict.kind === "wait") verdict.settle((later) => void guest.told.push(later));
    assert.deepEqual(guest.told, [], "never within the call");
    this.guests.push(guest);
    return guest;
  }

  #leave(which: number, how: "release" | "giveUp"): void {
    const guest = this.guests[which % this.guests.length];
    if (guest === undefined || guest.isGone || guest.told.length > 0) return;
    guest.isGone = true;
    if (how === "release") this.#generation.release?.(guest.exchange);
    else if (guest.verdict.kind === "wait") guest.verdict.giveUp?.();
  }

  close(): void {
    this.#generation.close();
  }

  /** Every call ends, until nobody waits any more. */
  async finish(): Promise<void> {
    for (let rounds = 0; rounds < 100; rounds++) {
      while (this.calls.open.length > 0) this.calls.end(0, ANSWER);
      await turn();
    }
    assert.equal(this.calls.open.length, 0);
  }
}

function expected({ exchange, op, verdict, told, isGone }: Guest): boolean {
  if (verdict.kind !== "wait") return verdict.kind === "next" || verdict.kind === "fault";
  if (isGone) return told.length === 0 && exchange.request.fields.count() === 1 && exchange.localResponse === undefined;
  const kinds = { get: ["next"], none: ["next"], trap: ["fault"], respond: ["respond"], body: ["next"] }[op];
  return told.length === 1 && (kinds ?? []).includes(told[0]?.kind ?? "");
}

const started = (plugin: CompiledPlugin): Promise<(calls: GuestCalls) => Generation> => {
  let forward: GuestCalls | undefined;
  const calls: GuestCalls = { knows: () => true, send: (call, done) => (forward as GuestCalls).send(call, done) };
  const generation = createGeneration({
    ...{ plugin, name: "p", version: "1.0.0", config: "{}", grants: plugin.capabilities },
    ...{ services: testServices({ calls }), backends: ["shop/users:80"] },
    limits: { instances: INSTANCES, waiting: WAITING },
  });
  return generation.then((one) => (given) => {
    forward = given;
    return one;
  });
};

test("whatever happens in whatever order: who waits is told once, who has gone never, and no instance is lost", async () => {
  const plugin = await compilePlugin((await guest("caller")).component);
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
      const scene = new Scene(await started(plugin));
      for (const one of events) await scene.play(one);
      await scene.finish();
      for (const each of scene.guests) assert.ok(expected(each), JSON.stringify(each));
      assert.ok(scene.calls.most <= INSTANCES);
      const late = Array.from({ length: INSTANCES + WAITING }, () => scene.request("get"));
      assert.ok(late.every(({ verdict }) => verdict.kind === "wait"));
      assert.equal(scene.calls.open.length, INSTANCES, "all instances serve");
      const refused = scene.request("get").verdict;
      assert.ok(refused.kind === "fault" && refused.code === "POOL_EXHAUSTED");
      await scene.finish();
      assert.ok(late.every(expected));
      scene.close();
    }),
    { numRuns: 150 },
  );
});
