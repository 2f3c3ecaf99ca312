import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CallQueue } from "../../../../runtime/http/h1/client/call-queue.ts";
import { H1Call } from "../../../../runtime/http/h1/client/h1-call.ts";
import type { OutboundListener, OutboundRequest } from "../../../../runtime/http/outbound.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const newCall = () => new H1Call({} as OutboundRequest, undefined, {} as OutboundListener, "");

test("calls leave in the order in which they came, without those that were given up", () => {
  const queue = new CallQueue();
  const calls = Array.from({ length: 500 }, newCall);
  for (const call of calls) queue.push(call);
  for (const [i, call] of calls.entries()) if (i % 5 !== 0) call.abort();
  assert.equal(queue.length, 100);
  const left: (H1Call | undefined)[] = [];
  for (let call = queue.shift(); call !== undefined; call = queue.shift()) left.push(call);
  assert.deepEqual(
    left,
    calls.filter((_, i) => i % 5 === 0),
  );
  assert.equal(queue.length, 0);
});

test("while no connection comes free, calls that were given up are not kept", async () => {
  const queue = new CallQueue();
  queue.push(newCall());
  const given: WeakRef<H1Call>[] = [];
  for (let i = 0; i < 10_000; i += 1) {
    const call = newCall();
    given.push(new WeakRef(call));
    queue.push(call);
    call.abort();
  }
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  const kept = given.filter((ref) => ref.deref() !== undefined).length;
  assert.ok(kept <= 100, `${kept} are kept`);
  assert.equal(queue.length, 1);
});
