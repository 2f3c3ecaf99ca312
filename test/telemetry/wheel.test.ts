import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { createWheel, Timed, Timer, type Wheel } from "../../runtime/telemetry/wheel.ts";

const TICK = 10;

function create(t: { after(fn: () => void): void }, slots = 16) {
  const clock = manualClock();
  const wheel = createWheel({ clock, tick: TICK, slots });
  t.after(() => wheel.stop());
  const pass = (milliseconds: number) => {
    clock.advance(milliseconds);
    wheel.turn();
  };
  return { clock, wheel, pass };
}

test("timers fire once, in order, never early, however far apart", (t) => {
  const { wheel, pass } = create(t);
  const fired: string[] = [];
  for (const after of [35, 5, 1_000]) wheel.arm(new Timer(() => fired.push(`${after}`)), after);
  pass(4);
  assert.deepEqual(fired, []);
  pass(11);
  assert.deepEqual(fired, ["5"]);
  pass(30);
  assert.deepEqual(fired, ["5", "35"]);
  pass(1_000_000);
  pass(1_000_000);
  assert.deepEqual(fired, ["5", "35", "1000"]);
});

test("an armed timer is moved; 0, less, infinity and NaN cancel it", (t) => {
  const { wheel, pass } = create(t);
  let fired = 0;
  const timer = new Timer(() => {
    fired += 1;
  });
  wheel.arm(timer, 10);
  wheel.arm(timer, 50);
  pass(30);
  assert.equal(fired, 0);
  pass(40);
  assert.equal(fired, 1);
  for (const never of [0, -1, Number.POSITIVE_INFINITY, Number.NaN]) {
    wheel.arm(timer, 10);
    wheel.arm(timer, never);
    assert.equal(timer.due, 0);
  }
  pass(1_000);
  assert.equal(fired, 1);
});

test("a timer that fires may cancel, move and arm others of the same tick, and itself", (t) => {
  const { wheel, pass } = create(t);
  const fired: string[] = [];
  const cancelled = new Timer(() => fired.push("cancelled"));
  const moved = new Timer(() => fired.push("moved"));
  const again: Timer = new Timer(() => {
    fired.push("again");
    if (fired.length < 3) wheel.arm(again, 10);
  });
  const first = new Timer(() => {
    wheel.cancel(cancelled);
    wheel.arm(moved, 100);
    wheel.arm(again, 10);
  });
  wheel.arm(first, 20);
  wheel.arm(cancelled, 20);
  wheel.arm(moved, 20);
  pass(40);
  assert.deepEqual(fired, []);
  for (let i = 0; i < 4; i += 1) pass(40);
  assert.deepEqual(fired, ["again", "again", "again", "moved"]);
  pass(200);
  assert.equal(fired.length, 4);
});

test("armed while the wheel is behind the clock: still not early", (t) => {
  const { clock, wheel } = create(t);
  let fired = 0;
  const count = () => {
    fired += 1;
  };
  wheel.arm(new Timer(count), 10_000);
  clock.advance(500);
  wheel.arm(new Timer(count), 100);
  clock.advance(99);
  wheel.turn();
  assert.equal(fired, 0);
  clock.advance(11);
  wheel.turn();
  assert.equal(fired, 1);
});

test("a reading that is older than the last turn does not cost a whole turn of the wheel", (t) => {
  const { clock, wheel, pass } = create(t);
  wheel.arm(new Timer(() => {}), 100_000);
  const before = clock.monotonic();
  pass(100);
  let fired = 0;
  wheel.arm(
    new Timer(() => {
      fired += 1;
    }),
    10,
    before,
  );
  pass(TICK);
  assert.equal(fired, 1);
});

test("a timer that throws stops nothing: what was due fires on the next turn", (t) => {
  const { wheel, pass } = create(t);
  const fired: string[] = [];
  wheel.arm(
    new Timer(() => {
      throw new Error("a fault");
    }),
    10,
  );
  wheel.arm(new Timer(() => fired.push("second")), 10);
  assert.throws(() => pass(30), /a fault/);
  pass(TICK);
  assert.deepEqual(fired, ["second"]);
});

test("now: the clock while nothing is armed, then at most one tick old", (t) => {
  const { clock, wheel, pass } = create(t);
  clock.advance(7);
  assert.equal(wheel.now, 7);
  wheel.arm(new Timer(() => {}), 1_000);
  pass(26);
  assert.equal(wheel.now, 30);
});

test("the system's timer runs while something is armed, and only then", async () => {
  const { systemClock } = await import("../../runtime/telemetry/clock.ts");
  const wheel = createWheel({ clock: systemClock, tick: 2 });
  const held = setInterval(() => {}, 1_000);
  const began = performance.now();
  await new Promise<void>((resolve) => wheel.arm(new Timer(resolve), 20));
  const took = performance.now() - began;
  clearInterval(held);
  assert.ok(took >= 20, String(took));
});

test("what has come while the thread was held up is read before a timer fires", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  const accepted = once(server, "connection");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = (await accepted) as [Socket];
  await once(client, "connect");
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  const { systemClock } = await import("../../runtime/telemetry/clock.ts");
  const wheel = createWheel({ clock: systemClock, tick: 5 });
  const happened: string[] = [];
  let seen = 0;
  socket.on("data", () => {
    happened.push("data");
    seen = wheel.now;
  });
  const fired = new Promise<void>((resolve) => {
    const fire = () => {
      happened.push("timer");
      resolve();
    };
    wheel.arm(new Timer(fire), 50);
  });
  await new Promise((resolve) => setImmediate(resolve));
  client.write("x");
  const until = systemClock.monotonic() + 150;
  while (systemClock.monotonic() < until);
  await fired;
  assert.deepEqual(happened, ["data", "timer"]);
  // What waits from here on has its whole time, and what was idle meanwhile is known to have been.
  assert.ok(seen > until - 5, `${until - seen} ms old`);
});

class Marked extends Timed {
  readonly #name: number;
  readonly #fired: number[];

  constructor(name: number, fired: number[]) {
    super();
    this.#name = name;
    this.#fired = fired;
  }

  fire(): void {
    this.#fired.push(this.#name);
  }
}

test("against a model: nothing early, nothing later than a tick, nothing lost, nothing twice", (t) => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant("arm" as const),
      timer: fc.nat(9),
      after: fc.double({ min: -5, max: 700, noNaN: true }),
    }),
    fc.record({ do: fc.constant("cancel" as const), timer: fc.nat(9), after: fc.constant(0) }),
    fc.record({
      do: fc.constant("pass" as const),
      timer: fc.constant(0),
      after: fc.double({ min: 0, max: 300, noNaN: true }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { wheel, clock, pass }: { wheel: Wheel } & ReturnType<typeof create> = create(t);
      const model = new Map<number, number>();
      const fired: number[] = [];
      const timers = Array.from({ length: 10 }, (_, name) => new Marked(name, fired));
      for (const each of steps) {
        if (each.do === "arm") {
          wheel.arm(timers[each.timer] as Timed, each.after);
          if (each.after > 0) model.set(each.timer, clock.monotonic() + each.after);
          else model.delete(each.timer);
        } else if (each.do === "cancel") {
          wheel.cancel(timers[each.timer] as Timed);
          model.delete(each.timer);
        } else {
          pass(each.after);
          const now = clock.monotonic();
          for (const name of fired.splice(0)) {
            assert.ok((model.get(name) ?? Number.POSITIVE_INFINITY) <= now, "early, cancelled or twice");
            model.delete(name);
          }
          for (const due of model.values()) assert.ok(due > now - TICK, "late or lost");
        }
      }
      for (const [name, timer] of timers.entries()) assert.equal(timer.due !== 0, model.has(name));
      wheel.stop();
    }),
  );
});
