import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { getHeapStatistics } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { settleMemory } from "../../runtime/proxy/settle-memory.ts";

test("the heap that a start left behind shrinks, and scripts get no collector", () => {
  let kept: string[][] = [];
  for (let i = 0; i < 200_000; i++) kept.push([String(i), "x".repeat(i % 50)]);
  const grown = getHeapStatistics().total_heap_size;
  assert.equal(kept.length, 200_000);
  kept = [];
  settleMemory();
  const settled = getHeapStatistics();
  assert.ok(settled.total_heap_size < grown / 2, `${settled.total_heap_size} of ${grown} bytes are left`);
  assert.equal(runInNewContext("typeof gc"), "undefined");
});

test("threads that settle at the same time take the collector from each other, and go on", async () => {
  const file = new URL("../../runtime/proxy/settle-memory.ts", import.meta.url).href;
  const script = `const { settleMemory } = await import(${JSON.stringify(file)});
for (let i = 0; i < 20; i++) settleMemory();`;
  const threads = Array.from(
    { length: 4 },
    () => new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`)),
  );
  for (const [code] of await Promise.all(threads.map((thread) => once(thread, "exit")))) assert.equal(code, 0);
});
