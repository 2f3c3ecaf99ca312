import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Generation } from "../../runtime/wasm/generation.ts";
import { createSlot } from "../../runtime/wasm/slot.ts";
import { NEXT } from "../../runtime/wasm/verdict.ts";

/** A slot only ever closes a generation, so that this shape is all it needs. */
function generation(version: string): Generation & { closed: number } {
  return {
    version,
    digest: "sha256:0",
    hooks: new Set(),
    onRequest: () => NEXT,
    onResponse: () => NEXT,
    onLog: () => NEXT,
    traps: 0,
    memorySize: 0,
    closed: 0,
    close() {
      this.closed++;
    },
  };
}

describe("a slot", () => {
  test("is empty until the first swap", () => {
    const slot = createSlot("a");
    assert.equal(slot.current, undefined);
    assert.equal(slot.lease(), undefined);
  });

  test("leases the current generation; the old one closes with its last lease", () => {
    const slot = createSlot("a");
    const [one, two] = [generation("1"), generation("2")];
    slot.swap(one);
    const leases = [slot.lease(), slot.lease()];
    slot.swap(two);
    assert.equal(slot.lease()?.generation, two);
    assert.deepEqual([one.closed, slot.retiring], [0, 1]);
    leases[0]?.release();
    assert.deepEqual([one.closed, slot.retiring], [0, 1]);
    leases[1]?.release();
    assert.deepEqual([one.closed, slot.retiring], [1, 0]);
    assert.equal(two.closed, 0);
  });

  test("a generation without leases closes at once", () => {
    const slot = createSlot("a");
    const one = generation("1");
    slot.swap(one);
    slot.lease()?.release();
    slot.close();
    assert.deepEqual([one.closed, slot.retiring, slot.current], [1, 0, undefined]);
  });
});
