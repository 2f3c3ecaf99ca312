import assert from "node:assert/strict";
import { test } from "node:test";
import { hashKey } from "../../../../runtime/wasm/services/shared/key-hash.ts";

function hashOf(text: string, secret: [number, number] = [1, 2]): string {
  const hash = { low: 0, high: 0 };
  hashKey(text, secret, hash);
  return `${hash.low} ${hash.high}`;
}

test("names that differ in one character, in length or in trailing zeros differ in their hash", () => {
  const names = ["", "\0", "\0\0", "\0\0\0", "a", "a\0", "aa", "b", "ab", "ba", "a".repeat(256), "a".repeat(257)];
  for (let i = 0; i < 20_000; i++) names.push(`bucket-${i}`);
  assert.equal(new Set(names.map((name) => hashOf(name))).size, names.length);
});

test("the secret decides which names share a set", () => {
  const set = (secret: [number, number]) => {
    const hash = { low: 0, high: 0 };
    return Array.from({ length: 64 }, (_, i) => {
      hashKey(`name ${i}`, secret, hash);
      return hash.low & 15;
    }).join();
  };
  assert.notEqual(set([1, 2]), set([1, 3]));
  assert.notEqual(set([1, 2]), set([2, 2]));
});
