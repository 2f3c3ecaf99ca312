import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { currentThread, ThreadClock } from "../../../runtime/proxy/fleet/thread-time.ts";

const options = { skip: existsSync("/proc/thread-self/schedstat") ? false : "the system does not tell" };

/** Milliseconds. */
function compute(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

test("a clock tells what its thread has had of a processor, each time anew", options, () => {
  const clock = new ThreadClock(currentThread());
  const before = clock.read();
  compute(50);
  const after = clock.read();
  assert(before !== undefined && after !== undefined);
  const [ran, waited] = [after.ran - before.ran, after.waited - before.waited];
  assert(ran > 0 && ran + waited > 40, `ran ${ran} ms, waited ${waited} ms`);
  clock.close();
  assert.equal(clock.read(), undefined);
});

test("a thread that has ended has no time any more", options, async () => {
  const source = `
    const { readlinkSync } = require("node:fs");
    require("node:worker_threads").parentPort.once("message", () => {}).postMessage(readlinkSync("/proc/thread-self"));`;
  const worker = new Worker(source, { eval: true });
  const path = await new Promise<string>((resolve) => worker.once("message", resolve));
  const clock = new ThreadClock(path.split("/").at(-1));
  assert.notEqual(clock.read(), undefined);
  await worker.terminate();
  assert.equal(clock.read(), undefined);
  clock.close();
});

test("a thread that the system does not name has no time", () => {
  for (const thread of [undefined, "0"]) assert.equal(new ThreadClock(thread).read(), undefined);
});
