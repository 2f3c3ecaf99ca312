import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type MemoryViews, TextCache } from "../../runtime/wasm/abi/text-cache.ts";

function memory(): MemoryViews {
  const buffer = new ArrayBuffer(4096);
  return { octets: Buffer.from(buffer), units: new Uint16Array(buffer), words: new Int32Array(buffer) };
}

function write({ units }: MemoryViews, start: number, text: string): void {
  for (let i = 0; i < text.length; i++) units[(start >> 1) + i] = text.charCodeAt(i);
}

/** Few letters, so that strings share their length and ends with others. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "\xe9", "\u0141", "\ud800"), minLength: 1, maxLength: 45 }),
  fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 5 }),
  fc.constantFrom("x".repeat(130), "\xff".repeat(129), "\ud83d\ude00", "\ude00\ud83d"),
);

test("what is read is what the memory holds, however often it was overwritten", () => {
  const cache = new TextCache();
  const views = memory();
  const place = fc.constantFrom(64, 66, 68, 512);
  fc.assert(
    fc.property(fc.array(fc.tuple(place, text), { maxLength: 50 }), (steps) => {
      for (const [start, given] of steps) {
        write(views, start, given);
        assert.equal(cache.read(views, start, given.length), given.toWellFormed());
        assert.equal(cache.read(views, start, given.length), given.toWellFormed(), "again");
      }
    }),
    { numRuns: 300 },
  );
});
