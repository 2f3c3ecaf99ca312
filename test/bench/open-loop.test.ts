import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { OpenLoopPlan, OpenLoopResult } from "../../bench/open-loop.ts";
import { runPinned } from "../../bench/pinned.ts";

const script = join(import.meta.dirname, "..", "..", "bench", "open-loop.ts");

/** However busy the machine is, nothing is given up. */
const patient = { patience: 60_000 };

/** @param listeners a server each */
async function measured(listeners: readonly RequestListener[], shape: Partial<OpenLoopPlan>): Promise<OpenLoopResult> {
  const servers = listeners.map((listener) => createServer(listener).listen(0, "127.0.0.1"));
  for (const server of servers) if (!server.listening) await once(server, "listening");
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  const plan = {
    ports,
    connections: 8,
    rate: 500,
    lead: 0,
    requests: 200,
    pieces: 2,
    warmup: [],
    turns: [0],
    ...patient,
    ...shape,
  };
  try {
    const args = [script, JSON.stringify(plan satisfies OpenLoopPlan)];
    return JSON.parse(await runPinned({ command: process.execPath, args, cpu: "any" }));
  } finally {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  }
}

/** Counts requests; answers with 200 unless told otherwise. */
function counting(onRequest: (count: number) => number | undefined = () => undefined) {
  let count = 0;
  const listener: RequestListener = (_, response) => {
    count += 1;
    response.writeHead(onRequest(count) ?? 200).end("ok");
  };
  return { listener, count: () => count };
}

/** The time passes in which a server does nothing else. */
function pause(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

test("every request of every window is sent, to the server whose turn it is, and counted", async () => {
  const [one, other] = [counting(), counting()];
  const shape = { turns: [0, 1, 0], warmup: [1], lead: 20, requests: 50 };
  const { windows, failed, saturated, everything } = await measured([one.listener, other.listener], shape);
  assert.deepEqual([one.count(), other.count(), failed, saturated], [140, 140, [0, 0], undefined]);
  assert.deepEqual(
    windows.map(({ server }) => server),
    [0, 1, 0],
  );
  for (const { p50, p99, max } of windows) {
    assert.equal(p99.length, 2);
    assert.ok(p50 > 0 && p50 <= Math.max(...p99) && Math.max(...p99) <= max);
  }
  const longest = Math.max(...windows.filter(({ server }) => server === 0).map(({ max }) => max));
  assert.equal(everything[0]?.max, longest);
  assert.equal(everything[1]?.max, windows[1]?.max);
});

test("answers other than 200 fail", async () => {
  const { failed } = await measured([counting(() => 503).listener], { requests: 40 });
  assert.deepEqual(failed, [40]);
});

test("a pause of the server delays what was due meanwhile, not only what was under way", async () => {
  const slow = counting((count) => void (count === 50 && pause(300)));
  const { windows, failed } = await measured([slow.listener], { connections: 1, requests: 250 });
  const [{ p50 = 0, max = 0 } = {}] = windows;
  assert.deepEqual(failed, [0]);
  assert.ok(max >= 280, `${max} ms`);
  assert.ok(p50 >= 30, `half of the requests were due in the pause or behind it, p50 was ${p50} ms`);
});

test("a server that cannot keep up is said to be saturated", async () => {
  const slow: RequestListener = (_, response) => setTimeout(() => response.end("ok"), 50);
  const shape = { rate: 1000, connections: 1, requests: 3000, turns: [1, 0], patience: 300 };
  assert.equal((await measured([counting().listener, slow], shape)).saturated, 1);
});
