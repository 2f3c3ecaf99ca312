import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BodySink, BodySource, Exchange } from "../../runtime/http/exchange.ts";
import { fieldList } from "../../runtime/http/fields.ts";
import { WAITING } from "../../runtime/proxy/chain-listener.ts";
import { ChainPlan } from "../../runtime/proxy/chain-plan.ts";
import type { BodyPiece, GuestExchange } from "../../runtime/wasm/exchange.ts";
import { NEXT, RESPOND, type Settle, type Verdict } from "../../runtime/wasm/verdict.ts";
import { plugin } from "./fixture.ts";
import { quietListener } from "./quiet-listener.ts";
import { type Script, slotsOf } from "./scripted.ts";

/** What a filter does each time that it is asked, over and over. */
const HEADS = ["next", "hold", "whole", "wait, next", "wait, hold", "wait, whole", "hold or settle"] as const;
const BODIES = ["next", "hold", "edit", "drop", "wait, next", "wait, edit", "wait, hold", "hold or settle"] as const;
type Head = (typeof HEADS)[number];
type Body = (typeof BODIES)[number] | "fault" | "respond";

interface Role {
  readonly head: Head;
  readonly bodies: readonly Body[];
}

const role = fc.record<Role>({
  head: fc.constantFrom(...HEADS),
  bodies: fc.array(fc.constantFrom<Body>(...BODIES, "fault", "respond"), { minLength: 1, maxLength: 6 }),
});

interface Play {
  readonly roles: readonly Role[];
  readonly pieces: readonly Uint8Array[];
  /** Whether the head says how long the body is. */
  readonly announced: boolean;
  readonly protocol: "HTTP/1.1" | "HTTP/2";
  /** Which of the things that can happen next does. */
  readonly choices: readonly number[];
  /** After so many of them the exchange ends. */
  readonly endsAfter: number;
}

const plays = fc.record<Play>({
  roles: fc.array(role, { minLength: 1, maxLength: 4 }),
  pieces: fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { maxLength: 8 }),
  announced: fc.boolean(),
  protocol: fc.constantFrom("HTTP/1.1", "HTTP/2"),
  choices: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
  endsAfter: fc.oneof({ weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, fc.nat({ max: 25 })),
});

/** Every byte that passes it is one more. */
const edited = (bytes: Uint8Array) => bytes.map((byte) => byte + 1);

/** One filter, and everything that it saw and did. */
class Actor {
  readonly seen: number[] = [];
  readonly letGo: number[] = [];
  failed = false;
  ends = 0;
  hooks = 0;
  released = 0;
  #held: readonly number[] = [];
  #turn = 0;
  #word = 0;
  readonly #role: Role;
  readonly #stage: Stage;

  constructor(role: Role, stage: Stage) {
    this.#role = role;
    this.#stage = stage;
  }

  get script(): Script {
    return {
      onRequest: () => this.#head(),
      onRequestBody: (exchange, piece) => this.#body(exchange, piece),
      release: () => {
        this.released += 1;
      },
    };
  }

  #head(): Verdict {
    this.hooks += 1;
    const settle = () => this.#stage.later(() => NEXT);
    if (this.#role.head === "hold") return { kind: "hold", whole: false };
    if (this.#role.head === "whole") return { kind: "hold", whole: true };
    if (this.#role.head === "hold or settle") return { kind: "hold", whole: false, settle: this.#settle() };
    if (this.#role.head === "wait, next") return { kind: "wait", settle: settle() };
    if (this.#role.head === "wait, hold") return this.#waits({ kind: "hold", whole: false });
    if (this.#role.head === "wait, whole") return this.#waits({ kind: "hold", whole: true });
    return NEXT;
  }

  #waits(verdict: Verdict): Verdict {
    return { kind: "wait", settle: this.#stage.later(() => verdict) };
  }

  #body(exchange: GuestExchange, piece: BodyPiece): Verdict {
    this.hooks += 1;
    assert.ok(!this.#stage.over && !this.failed, "no hook runs after the end, nor after a fault that may be");
    assert.equal(this.ends, 0, "nothing is shown behind the end");
    const shown = [...piece.bytes];
    assert.deepEqual(shown.slice(0, this.#held.length), this.#held, "what was held comes first");
    this.seen.push(...shown.slice(this.#held.length));
    this.#held = [];
    if (piece.end) this.ends += 1;
    const body = this.#role.bodies[this.#turn++ % this.#role.bodies.length] as Body;
    return this.#act(piece.end ? (AT_THE_END[body] ?? body) : body, exchange, piece);
  }

  #act(body: Body, exchange: GuestExchange, piece: BodyPiece): Verdict {
    if (body === "hold") return this.#hold(piece);
    if (body === "hold or settle") return this.#holdOrSettle(piece);
    if (body === "drop") return { kind: "drop" };
    if (body === "edit") return this.#edit(piece);
    if (body === "fault") return this.#fault(piece);
    if (body === "respond") {
      exchange.localResponse = { status: 418, headers: [], body: new Uint8Array(), detail: "" };
      return RESPOND;
    }
    if (body === "next") return this.#pass([...piece.bytes]);
    this.#word += 1;
    const later = body.slice("wait, ".length) as Body;
    return { kind: "wait", settle: this.#stage.later(() => this.#act(later, exchange, piece), true) };
  }

  #pass(bytes: readonly number[]): Verdict {
    this.#word += 1;
    this.letGo.push(...bytes);
    return NEXT;
  }

  #edit(piece: BodyPiece): Verdict {
    piece.bytes = edited(piece.bytes);
    return this.#pass([...piece.bytes]);
  }

  #hold({ bytes }: BodyPiece): Verdict {
    this.#held = [...bytes];
    return { kind: "hold", whole: false };
  }

  #holdOrSettle(piece: BodyPiece): Verdict {
    this.#held = [...piece.bytes];
    return { kind: "hold", whole: false, settle: this.#settle() };
  }

  /** Lets go what is held, unless that has gone meanwhile, or there is a newer word about it. */
  #settle(): Settle {
    this.#word += 1;
    const word = this.#word;
    return this.#stage.later(() => {
      if (word !== this.#word) return NEXT;
      const bytes = this.#held;
      this.#held = [];
      return this.#pass(bytes);
    });
  }

  #fault({ bytes }: BodyPiece): Verdict {
    this.failed = true;
    this.letGo.push(...bytes);
    return { kind: "fault", code: "GUEST_TRAP", detail: "scripted" };
  }
}

/** What would hold the end for ever, or drop what a head is held for. */
const AT_THE_END: Partial<Record<Body, Body>> = { hold: "next", drop: "next", "wait, hold": "wait, next" };

interface Wait {
  readonly verdict: () => Verdict;
  readonly suspends: boolean;
  listener: ((verdict: Verdict) => void) | undefined;
}

/** What can happen next, and what is over. */
class Stage {
  over = false;
  readonly waits: Wait[] = [];

  /** Whether a hook for the body has not decided yet. */
  get suspends(): boolean {
    return this.waits.some((wait) => wait.suspends && wait.listener !== undefined);
  }

  later(verdict: () => Verdict, suspends: boolean = false): Settle {
    return (listener) => void this.waits.push({ verdict, suspends, listener });
  }
}

class Source implements BodySource {
  sink: BodySink | undefined = undefined;
  paused = false;
  /** Whether the last thing that it did was to give bytes. */
  wrote = false;
  readonly #left: Uint8Array[];
  ended = false;

  constructor(pieces: readonly Uint8Array[]) {
    this.#left = pieces.map((piece) => piece.slice());
  }

  flow(sink: BodySink): void {
    assert.equal(this.sink, undefined, "the body flows once");
    this.sink = sink;
  }

  resume(): void {
    this.paused = false;
  }

  cancel(): void {}

  get canMove(): boolean {
    return this.sink !== undefined && !this.ended && (!this.paused || this.#left.length === 0);
  }

  move(): void {
    const piece = this.#left.shift();
    if (piece === undefined) {
      this.ended = true;
      this.sink?.end(undefined);
      return;
    }
    this.paused = !this.sink?.write(piece);
    this.wrote = true;
    // The bytes were valid during the call only.
    piece.fill(255);
  }
}

class Sink implements BodySink {
  readonly bytes: number[] = [];
  full = false;
  ends = 0;
  readonly #fills: boolean[];

  constructor(fills: boolean[]) {
    this.#fills = fills;
  }

  write(chunk: Uint8Array): boolean {
    assert.equal(this.ends, 0);
    this.bytes.push(...chunk);
    this.full ||= this.#fills.shift() ?? false;
    return !this.full;
  }

  end(): void {
    this.ends += 1;
  }

  fail(): void {}
}

function perform({ roles, pieces, announced, protocol, choices, endsAfter }: Play): void {
  const stage = new Stage();
  const actors = roles.map((each) => new Actor(each, stage));
  const names = actors.map((_, index) => `filter-${index}`);
  const slots = slotsOf(Object.fromEntries(actors.map((actor, index) => [names[index], actor.script])));
  const plan = new ChainPlan(
    names.map((name) => plugin(name, { failurePolicy: "open" })),
    slots,
  );
  const source = new Source(pieces);
  const sink = new Sink(choices.map((choice) => choice % 3 === 0));
  const exchange = {
    request: { method: "POST", fields: fieldList(lengthOf(pieces, announced)), hasBody: true, upgrade: undefined },
    response: { status: 0, fields: fieldList(), hasBody: false },
    connection: { protocol },
    localResponse: undefined,
  } as unknown as Exchange;
  let answers = 0;
  let pipe: BodySource | undefined;
  const goOn = () => {
    const step = chain.onward(exchange);
    if (step === WAITING) chain.flow();
    else if (chain.pump("request")) {
      assert.equal(step, undefined);
      pipe = chain.requestBody(exchange);
      pipe?.flow(sink);
    }
  };
  const chain = plan.open(
    quietListener({
      movesOn: goOn,
      answers() {
        answers += 1;
        finish();
      },
      sourceOf: () => source,
    }),
  );
  const finish = () => {
    stage.over = true;
    chain.stop();
    chain.finish(exchange);
  };
  goOn();
  for (let turn = 0; !stage.over; turn += 1) {
    const moves: (() => void)[] = [];
    if (source.canMove) moves.push(() => source.move());
    for (const wait of stage.waits) {
      if (wait.listener !== undefined) moves.push(() => settle(wait));
    }
    if (sink.full) {
      moves.push(() => {
        sink.full = false;
        pipe?.resume();
      });
    }
    if (moves.length === 0) break;
    source.wrote = false;
    if (turn >= endsAfter) finish();
    else (moves[(choices[turn % choices.length] as number) % moves.length] as () => void)();
    if (source.wrote && !stage.over && (sink.full || stage.suspends)) assert.ok(source.paused, "nobody takes more");
  }
  if (!stage.over) {
    assert.equal(sink.ends, 1, "the end has come through");
    assertPassed(actors, pieces, sink);
    finish();
  }
  assert.ok(answers <= 1);
  const hooks = actors.map((actor) => actor.hooks);
  for (const wait of stage.waits) settle(wait, { kind: "next" });
  source.sink?.write(new Uint8Array([1]));
  source.sink?.end(undefined);
  assert.deepEqual(
    actors.map((actor) => actor.hooks),
    hooks,
    "what comes later is ignored",
  );
  for (const { released, hooks: ran } of actors) assert.equal(released, ran > 0 ? 1 : 0);
  for (const name of names) {
    slots(name)?.close();
    assert.equal(slots(name)?.retiring, 0, "its lease has come back");
  }
}

function lengthOf(pieces: readonly Uint8Array[], announced: boolean): string[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return announced && length > 0 ? ["content-length", String(length)] : [];
}

/** Only the wait that is told first counts; a verdict is made when it is told. */
function settle(wait: Wait, verdict?: Verdict): void {
  const { listener } = wait;
  wait.listener = undefined;
  listener?.(verdict ?? wait.verdict());
}

/** Each filter saw what the one before it let go, once and in order; so did the sink. */
function assertPassed(actors: readonly Actor[], pieces: readonly Uint8Array[], sink: Sink): void {
  let before: number[] = pieces.flatMap((piece) => [...piece]);
  for (const actor of actors) {
    if (actor.failed) {
      assert.deepEqual(before.slice(0, actor.seen.length), actor.seen);
      before = [...actor.letGo, ...before.slice(actor.seen.length)];
    } else {
      assert.deepEqual(actor.seen, before);
      assert.equal(actor.ends, 1);
      before = actor.letGo;
    }
  }
  assert.deepEqual(sink.bytes, before);
}

test("any filters, any pieces, in any order of events: nothing is lost, doubled, kept or run too late", () => {
  fc.assert(fc.property(plays, perform), { numRuns: 2_000 });
});
