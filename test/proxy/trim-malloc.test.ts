import assert from "node:assert/strict";
import { test } from "node:test";
import { trimMalloc } from "../../runtime/proxy/trim-malloc.ts";

test("memory that was freed between blocks in use goes back to the system, and nothing is said about it", () => {
  const warned: unknown[] = [];
  process.on("warning", (warning) => warned.push(warning));
  // Blocks of the allocator, too small to be mapped one by one; the odd ones keep the top of the arena.
  const blocks: (ArrayBuffer | undefined)[] = Array.from({ length: 2_000 }, () => new ArrayBuffer(32 << 10));
  for (const block of blocks) if (block !== undefined) new Uint8Array(block).fill(1);
  for (let i = 0; i < blocks.length; i += 2) blocks[i]?.transfer(0);
  const before = process.memoryUsage.rss();
  const trimmed = trimMalloc();
  const given = before - process.memoryUsage.rss();
  assert.equal(blocks.filter((block) => block?.byteLength === 32 << 10).length, 1_000);
  assert.ok(given > 20e6 || !trimmed, `only ${given} bytes of 32 MB`);
  assert.equal(trimmed, isGlibc());
  assert.deepEqual(warned, []);
});

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { header: object };
  return "glibcVersionRuntime" in header;
}
