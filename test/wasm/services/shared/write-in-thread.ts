/** A thread that counts up a number in the store by compare-and-set; with `takes` 0 it writes without end. */
import { parentPort, workerData } from "node:worker_threads";
import { createSharedStore } from "../../../../runtime/wasm/services/shared/shared-store.ts";

const { memory, owner, takes } = workerData;
const store = createSharedStore({ clock: { monotonic: () => 1_000 }, owner, memoryOf: () => memory });
const count = (): boolean => {
  const read = store.get("p", "count");
  const next = new Uint8Array(
    new Uint32Array([read === undefined ? 1 : (new Uint32Array(read.value.buffer)[0] as number) + 1]).buffer,
  );
  return store.compareAndSet("p", "count", read?.version ?? 0, next, 0) === "done";
};
if (takes === 0) {
  parentPort?.postMessage("started");
  for (let i = 0; ; i++) store.set("p", `${i % 50}`, new Uint8Array(i % 200), 0);
}
for (let done = 0; done < takes; ) if (count()) done += 1;
parentPort?.postMessage("done");
