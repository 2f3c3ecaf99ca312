import assert from "node:assert/strict";
import { test } from "node:test";
import { getHeapStatistics } from "node:v8";
import { runInNewContext } from "node:vm";
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
