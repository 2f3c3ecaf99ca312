import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { openWindowLoad } from "../../bench/window-load.ts";

test("what is sent in the lead is answered and has no latency, and latencies can be forgotten", async (t) => {
  let answered = 0;
  const server = createServer((_, response) => {
    answered += 1;
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const load = await openWindowLoad((server.address() as AddressInfo).port, 4);
  t.after(() => {
    load.close();
    server.close();
    server.closeAllConnections();
  });
  const shape = { rate: 2000, lead: 30, requests: 50, pieces: 3, patience: 60_000 };
  for (const total of [50, 100]) {
    const { p50 = 0, p99 = [], max = 0 } = (await load.run(shape)) ?? {};
    assert.equal(p99.length, 3);
    assert.ok(p50 > 0 && p99.every((piece) => piece > 0 && piece <= max) && p50 <= Math.max(...p99));
    assert.equal(load.latencies().length, total);
  }
  assert.deepEqual([answered, load.failed], [160, 0]);
  const all = load.latencies();
  assert.deepEqual(all, all.toSorted());
  load.forget();
  assert.equal(load.latencies().length, 0);
});
