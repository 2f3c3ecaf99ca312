import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createQueues, type Queues } from "../../../runtime/wasm/services/queues.ts";
import { createSharedQueues, type QueueBell } from "../../../runtime/wasm/services/shared/shared-queues.ts";
import { recoverShelf } from "../../../runtime/wasm/services/shared/shared-store.ts";
import { allocateShelf, COUNT, LOCK } from "../../../runtime/wasm/services/shared/shelf-layout.ts";

const LIMITS = { maxEntries: 64, maxBytes: 4096 };

/** Threads that share their queues, each with a view of its own. */
function threads(count: number, memory = allocateShelf(LIMITS)): Queues[] {
  const heard: Parameters<QueueBell["onRing"]>[0][] = [];
  const bell: QueueBell = {
    ring(...ring) {
      setImmediate(() => {
        for (const hear of heard) hear(...ring);
      });
    },
    onRing: (hear) => void heard.push(hear),
  };
  const memoryOf = (scope: string) => (scope === "a" || scope === "b" ? memory : undefined);
  return Array.from({ length: count }, (_, index) => createSharedQueues({ owner: index + 1, memoryOf, bell }));
}

const soon = () => new Promise((done) => setImmediate(() => setImmediate(() => setImmediate(done))));
const text = (bytes: Uint8Array | "empty" | undefined) =>
  bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : bytes;
const put = (queues: Queues, queue: number | undefined, item: string) => queues.enqueue(queue ?? 0, Buffer.from(item));
const take = (queues: Queues, queue: number | undefined) => text(queues.dequeue(queue ?? 0));

const KINDS: readonly (readonly [name: string, make: () => Queues])[] = [
  ["of one thread", createQueues],
  ["that threads share", () => threads(1)[0] as Queues],
];

for (const [name, make] of KINDS) {
  describe(`queues ${name}`, () => {
    test("give what was put in, in order, each its own", () => {
      const queues = make();
      const [one, two] = [queues.register("a", "one"), queues.register("a", "two")];
      for (const item of ["1", "2"]) assert.equal(put(queues, one, item), "done");
      assert.equal(put(queues, two, "x"), "done");
      assert.deepEqual([take(queues, one), take(queues, one), take(queues, one)], ["1", "2", "empty"]);
      assert.deepEqual([take(queues, two), take(queues, two)], ["x", "empty"]);
    });

    test("are found by scope and name, and registered once", () => {
      const queues = make();
      const queue = queues.register("a", "q");
      assert.equal(queues.register("a", "q"), queue);
      assert.equal(queues.resolve("a", "q"), queue);
      assert.deepEqual([queues.resolve("a", "other"), queues.resolve("c", "q")], [undefined, undefined]);
      assert.deepEqual([queues.enqueue(9, Buffer.alloc(1)), queues.dequeue(9)], ["unknown", undefined]);
    });

    test("tell whoever came last, later, until it leaves", async () => {
      const queues = make();
      const queue = queues.register("a", "q") as number;
      const told: string[] = [];
      const owners = [{}, {}];
      for (const [index, owner] of owners.entries()) queues.listen(queue, owner, () => void told.push(`${index}`));
      put(queues, queue, "x");
      assert.equal(told.length, 0);
      await soon();
      assert.deepEqual(new Set(told), new Set(["1"]));
      queues.leave(owners[1] as object);
      told.length = 0;
      put(queues, queue, "y");
      await soon();
      assert.equal(told.length, 0);
    });
  });
}

describe("queues that threads share", () => {
  test("forget nothing for another queue, however little room is left", () => {
    for (let maxBytes = 100; maxBytes < 200; maxBytes++) {
      const memory = allocateShelf({ maxEntries: 64, maxBytes });
      const [queues] = threads(1, memory) as [Queues];
      const queue = queues.register("a", "q");
      let items = 0;
      while (put(queues, queue, "x") === "done") items += 1;
      const isMade = queues.register("a", "p") !== undefined;
      assert.equal(new Int32Array(memory)[COUNT], items + (isMade ? 2 : 1), `${maxBytes} bytes`);
      for (; items > 0; items--) assert.equal(take(queues, queue), "x");
      assert.equal(take(queues, queue), "empty");
    }
  });

  test("hold in one thread what was put in in another; the last listener of all hears of it", async () => {
    const [one, two] = threads(2) as [Queues, Queues];
    const told: string[] = [];
    const [first, second] = [one.register("a", "q") as number, two.register("a", "q") as number];
    one.listen(first, {}, () => void told.push("one"));
    two.listen(second, {}, () => void told.push("two"));
    await soon();
    put(one, first, "from one");
    await soon();
    assert.deepEqual([told, take(two, second)], [["two"], "from one"]);
    put(two, second, "from two");
    await soon();
    assert.deepEqual([told, take(one, first), take(two, second)], [["two", "two"], "from two", "empty"]);
  });

  test("tell who comes what nobody was told of", async () => {
    const [one, two] = threads(2) as [Queues, Queues];
    const queue = one.register("a", "q");
    put(one, queue, "left behind");
    const told: number[] = [];
    two.listen(two.register("a", "q") as number, {}, (ready) => void told.push(ready));
    await soon();
    assert.deepEqual(told, [1]);
  });

  test("are found where another thread has made them", () => {
    const [one, two] = threads(2) as [Queues, Queues];
    assert.equal(two.resolve("a", "q"), undefined);
    one.register("a", "q");
    assert.equal(two.resolve("a", "q"), 1);
  });

  test("forget nothing when they are full, and have room again when something was taken", () => {
    const [queues] = threads(1) as [Queues];
    const queue = queues.register("a", "q") as number;
    let count = 0;
    while (queues.enqueue(queue, Buffer.alloc(500, String(count % 10))) === "done") count += 1;
    assert.ok(count > 3, `${count} items`);
    assert.equal(queues.enqueue(queue, Buffer.alloc(500)), "full");
    assert.equal(take(queues, queue), "0".repeat(500));
    assert.equal(queues.enqueue(queue, Buffer.alloc(400)), "done");
    const taken = Array.from({ length: count }, () => take(queues, queue));
    assert.deepEqual([taken[0], taken.at(-1)], ["1".repeat(500), "\0".repeat(400)]);
    assert.equal(take(queues, queue), "empty");
  });

  test("are made as long as there is room", () => {
    const [queues] = threads(1) as [Queues];
    const made = Array.from({ length: 80 }, (_, index) => queues.register("a", `q${index}`));
    assert.equal(made.at(-1), undefined);
    assert.equal(put(queues, made[0], "x"), "full");
  });

  test("are empty after a thread has ended in the midst of it", () => {
    const memory = allocateShelf(LIMITS);
    const [one, two] = threads(2, memory) as [Queues, Queues];
    put(one, one.register("a", "q"), "lost");
    const words = new Int32Array(memory);
    Object.assign(words, { [LOCK]: 2, 1: 1 });
    recoverShelf(memory, 2);
    assert.equal(two.resolve("a", "q"), undefined);
    assert.equal(take(two, two.register("a", "q")), "empty");
  });
});
