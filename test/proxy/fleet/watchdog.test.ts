import assert from "node:assert/strict";
import { test } from "node:test";
import { createPulse, PulseReader, PulseWriter } from "../../../runtime/proxy/fleet/pulse.ts";
import type { ThreadTime } from "../../../runtime/proxy/fleet/thread-time.ts";
import { Watchdog, type Watched } from "../../../runtime/proxy/fleet/watchdog.ts";

const LOOK = 40;
const BEAT = 40;

/** A thread that does what a test says, under a watchdog whose clock the test moves. */
function watched(state: Watched["state"] = "live") {
  const pulse = createPulse();
  const names = new Map<number, string>();
  const writer = new PulseWriter(pulse, (plugin, mark) => void names.set(mark, plugin));
  let now = 0;
  /** Of each millisecond, what the thread has a processor for, and what it waits for one. */
  let share: ThreadTime | undefined;
  const thread: Watched = {
    ...{ state, verdict: undefined, pulse: new PulseReader(pulse) },
    pluginOf: (mark) => names.get(mark),
    time: () => share && { ran: share.ran * now, waited: share.waited * now },
  };
  const found: { plugin: string | undefined; at: number }[] = [];
  const dog = new Watchdog(new Set([thread]), (_, plugin) => void found.push({ plugin, at: now }));
  /** Lets time pass in small steps. */
  const pass = (milliseconds: number, each: (now: number) => void = () => {}) => {
    for (const end = now + milliseconds; now < end && found.length === 0; ) {
      now += 5;
      each(now);
      if (now % LOOK === 0) dog.look(now);
    }
  };
  const beat = (at: number) => {
    if (at % BEAT === 0) writer.beat(0);
  };
  const gets = (of: ThreadTime) => {
    share = of;
  };
  return { writer, found, pass, beat, dog, gets, jump: (by: number) => (now += by) };
}

test("a thread that beats is left alone, whatever hooks it runs", () => {
  const { writer, found, pass, beat } = watched();
  const mark = writer.handle("a");
  pass(5_000, (now) => {
    beat(now);
    writer.enter(mark);
    if (now % 20 === 0) writer.leave();
  });
  assert.deepEqual(found, []);
});

test("one hook that does not end is found within 250 ms, whenever it began, and its plugin named", () => {
  for (let offset = 0; offset < 80; offset += 5) {
    const { writer, found, pass, beat } = watched();
    writer.handle("other");
    const mark = writer.handle("spinner");
    pass(400 + offset, beat);
    writer.enter(mark);
    pass(2_000);
    const [stuck] = found;
    assert.equal(stuck?.plugin, "spinner");
    assert.ok((stuck?.at ?? 0) - 400 - offset <= 250, `${offset}: found after ${(stuck?.at ?? 0) - 400 - offset} ms`);
  }
});

test("a plugin that starts may take as long as a thread may be silent", () => {
  const { writer, found, pass, beat } = watched();
  const mark = writer.handle("starter");
  pass(400, beat);
  writer.enter(mark, true);
  pass(900);
  assert.equal(found.length, 0);
  pass(200);
  assert.equal(found[0]?.plugin, "starter");
});

test("many short hooks in one long turn are no stuck plugin", () => {
  const { writer, found, pass, beat } = watched();
  const mark = writer.handle("a");
  pass(200, beat);
  pass(900, () => {
    writer.enter(mark);
    writer.leave();
    writer.enter(mark);
  });
  assert.deepEqual(found, []);
});

test("outside of any hook the leash is a second, and ten while a thread starts", () => {
  const serving = watched();
  serving.pass(200, serving.beat);
  serving.pass(900);
  assert.equal(serving.found.length, 0);
  serving.pass(300);
  assert.deepEqual(
    serving.found.map(({ plugin }) => plugin),
    [undefined],
  );
  const joining = watched("joining");
  joining.pass(9_000);
  assert.deepEqual(joining.found, []);
  joining.pass(2_000);
  assert.equal(joining.found.length, 1);
});

test("on a machine that does other things a hook has the time that its thread got, and silence counts without the rest", () => {
  const busy = { ran: 0.1, waited: 0.9 };
  const hooked = watched();
  hooked.gets(busy);
  hooked.pass(400, hooked.beat);
  hooked.writer.enter(hooked.writer.handle("a"));
  hooked.pass(700);
  assert.deepEqual(hooked.found, []);
  hooked.pass(300);
  assert.deepEqual(
    hooked.found.map(({ plugin }) => plugin),
    ["a"],
  );
  for (const [gets, after] of [
    [busy, 9_000],
    [{ ran: 0, waited: 0 }, 900],
  ] as const) {
    const silent = watched();
    silent.gets(gets);
    silent.pass(200, silent.beat);
    silent.pass(after);
    assert.deepEqual(silent.found, []);
    silent.pass(after);
    assert.equal(silent.found.length, 1, "waiting for a processor, or for something that never comes");
  }
});

test("a watchdog that was itself kept from looking blames nobody for that time", () => {
  const { writer, found, pass, beat, dog, jump } = watched();
  pass(200, beat);
  writer.enter(writer.handle("a"));
  dog.look(jump(40));
  dog.look(jump(5_000));
  assert.deepEqual(found, []);
  writer.leave();
  pass(500, beat);
  assert.deepEqual(found, []);
});
