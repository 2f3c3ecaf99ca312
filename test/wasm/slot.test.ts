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

describe("a slot that keeps the generation before", () => {
  const because = { version: "2", code: "GUEST_TRAP", detail: "", wait: 1, level: 1, since: 0 } as const;

  test("goes back to it, and says why until the next swap", () => {
    const slot = createSlot("a");
    const [one, two, three] = [generation("1"), generation("2"), generation("3")];
    slot.swap(one, true);
    assert.equal(slot.revert(because), false, "nothing was there before");
    slot.swap(two, true);
    assert.equal(one.closed, 0);
    const lease = slot.lease();
    assert.equal(slot.revert(because), true);
    assert.deepEqual([slot.current, slot.quarantine, two.closed], [one, because, 0]);
    lease?.release();
    assert.deepEqual([two.closed, slot.retiring], [1, 0]);
    assert.equal(slot.revert(because), false);
    slot.swap(three, true);
    assert.deepEqual([slot.quarantine, one.closed], [undefined, 0]);
  });

  test("keeps one, and lets it go when it is not wanted any more", () => {
    const slot = createSlot("a");
    const [one, two, three, four] = [generation("1"), generation("2"), generation("3"), generation("4")];
    slot.swap(one, true);
    slot.swap(two, true);
    slot.swap(three, true);
    assert.deepEqual([one.closed, two.closed], [1, 0]);
    slot.swap(four);
    assert.deepEqual([two.closed, three.closed, four.closed], [1, 1, 0]);
  });

  test("does not keep one that is in quarantine, but what that one would have gone back to", () => {
    const slot = createSlot("a");
    const [one, two, three] = [generation("1"), { ...generation("2"), quarantine: because }, generation("3")];
    slot.swap(one, true);
    slot.swap(two, true);
    slot.swap(three, true);
    assert.deepEqual([one.closed, two.closed], [0, 1]);
    slot.revert(because);
    assert.equal(slot.current, one);
    slot.close();
    assert.deepEqual([one.closed, three.closed, slot.retiring], [1, 1, 0]);
  });
});
