import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { type Binding, compilePlugin } from "../../runtime/wasm/plugin.ts";
import { guest } from "./guests.ts";

for (const binding of ["direct", "jco"] as const satisfies readonly Binding[]) {
  test(`a plugin that was posted to a worker runs there and places its traps, ${binding} binding`, async (t) => {
    const { component, sourceMap } = await guest("probe");
    const plugin = await compilePlugin(component, { binding, sourceMap });
    const worker = new Worker(new URL("./fixtures/plugin-worker.ts", import.meta.url));
    t.after(() => worker.terminate());
    worker.postMessage(plugin);
    const [{ served, trap, hooks }] = await once(worker, "message");
    assert.equal(served, "1");
    assert.equal(trap.code, "GUEST_TRAP");
    assert.match(trap.detail, /the probe was asked to fail at index\.ts:10:/);
    assert.deepEqual(hooks, ["on-request"]);
    assert.equal(plugin.binding, binding);
  });
}
