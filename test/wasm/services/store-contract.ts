import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { createStore as createModel, type Store } from "../../../runtime/wasm/services/store.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Options {
  clock: { monotonic(): number };
  maxEntries?: number;
  maxBytes?: number;
}

/** What every Store does, wherever it keeps its entries. */
export function storeContract(createStore: (options: Options) => Store): void {
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

  test("behaves like a Map in the order of writes", () => {
    const key = fc.constantFrom("a", "b", "c", "dd", "k".repeat(40), "k".repeat(41), "");
    const operation = fc.record({
      kind: fc.constantFrom("get", "set", "delete", "compareAndSet", "wait" as const),
      key,
      value: fc.uint8Array({ maxLength: 150 }),
      ttl: fc.constantFrom(0, 10, 1_000),
      expected: fc.nat(12),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const clock = manualClock();
        const limits = { clock, maxEntries: 4, maxBytes: 300 };
        const [store, model] = [createStore(limits), createModel(limits)];
        for (const { kind, key, value, ttl, expected } of operations) {
          const run = (on: Store): unknown => {
            if (kind === "get") return on.get("p", key);
            if (kind === "set") return on.set("p", key, value, ttl);
            if (kind === "delete") return on.delete("p", key);
            if (kind === "compareAndSet") return on.compareAndSet("p", key, expected, value, ttl);
            return undefined;
          };
          const [got, want] = [run(store), run(model)];
          const plain = (entry: unknown) => (typeof entry === "object" ? { ...(entry as object), expires: 0 } : entry);
          assert.deepEqual(plain(got), plain(want));
          assert.deepEqual([store.entries, store.bytes], [model.entries, model.bytes]);
          if (kind === "wait") clock.advance(5);
        }
      }),
    );
  });
}
