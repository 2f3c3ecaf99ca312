import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { createStore } from "../../../runtime/wasm/services/store.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("store", () => {
  test("keeps values per plugin, until they expire or are deleted", () => {
    const clock = manualClock();
    const store = createStore({ clock });
    assert.equal(store.set("p", "k", bytes("v"), 100), "done");
    assert.deepEqual(store.get("p", "k")?.value, bytes("v"));
    assert.equal(store.get("q", "k"), undefined);
    clock.advance(100);
    assert.equal(store.get("p", "k"), undefined);
    assert.equal(store.bytes, 0);
    store.set("p", "k", bytes("v"), 0);
    assert.equal(store.delete("p", "k"), true);
    assert.equal(store.delete("p", "k"), false);
  });

  test("compare-and-set writes only over the version that was read", () => {
    const store = createStore({ clock: manualClock() });
    assert.equal(store.compareAndSet("p", "k", 1, bytes("a"), 0), "conflict");
    assert.equal(store.compareAndSet("p", "k", 0, bytes("a"), 0), "done");
    assert.equal(store.compareAndSet("p", "k", 0, bytes("b"), 0), "conflict");
    const version = store.get("p", "k")?.version ?? 0;
    assert.equal(store.compareAndSet("p", "k", version, bytes("b"), 0), "done");
    assert.equal(store.compareAndSet("p", "k", version, bytes("c"), 0), "conflict");
  });

  test("is bounded: what was written longest ago goes first", () => {
    const store = createStore({ clock: manualClock(), maxEntries: 2, maxBytes: 20 });
    for (const key of ["a", "b", "c"]) assert.equal(store.set("p", key, bytes("1234"), 0), "done");
    assert.equal(store.get("p", "a"), undefined);
    assert.equal(store.set("p", "big", new Uint8Array(15), 0), "too-large");
    assert.equal(store.set("p", "d", new Uint8Array(18), 0), "done");
    assert.deepEqual([store.entries, store.bytes], [1, 20]);
  });
});
