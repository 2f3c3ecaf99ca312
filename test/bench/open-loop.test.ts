import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { OpenLoopResult } from "../../bench/open-loop.ts";
import { runPinned } from "../../bench/pinned.ts";

const script = join(import.meta.dirname, "..", "..", "bench", "open-loop.ts");

async function measured(
  listener: RequestListener,
  shape: [rate: number, connections: number, seconds: number, warmup?: number],
) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const args = [script, port, ...shape].map(String);
    return JSON.parse(
      await runPinned({ command: process.execPath, args, cpu: "any", yielding: true }),
    ) as OpenLoopResult;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test("every request that was due is sent and counted", async () => {
  const result = await measured((_, response) => response.end("ok"), [500, 8, 0.4]);
  assert.deepEqual([result.requests, result.failed, result.saturated], [200, 0, false]);
  assert.ok(result.p50 > 0 && result.p50 <= result.p99 && result.p99 <= result.max);
});

test("answers other than 200 fail", async () => {
  const result = await measured((_, response) => response.writeHead(503).end(), [200, 2, 0.2]);
  assert.equal(result.failed, 40);
});

test("a pause of the server delays what was due meanwhile, not only what was under way", async () => {
  let requests = 0;
  const pause = () => {
    const until = performance.now() + 300;
    while (performance.now() < until);
  };
  const { p50, max, failed } = await measured(
    (_, response) => {
      if (++requests === 50) pause();
      response.end("ok");
    },
    [500, 1, 0.5],
  );
  assert.equal(failed, 0);
  assert.ok(max >= 280, `${max} ms`);
  assert.ok(p50 >= 30, `half of the requests were due in the pause or behind it, p50 was ${p50} ms`);
});

test("what was due in the warm-up is sent and answered, and has no latency", async () => {
  let requests = 0;
  const pause = () => {
    const until = performance.now() + 900;
    while (performance.now() < until);
  };
  const result = await measured(
    (_, response) => {
      if (++requests === 1) pause();
      response.end("ok");
    },
    [200, 4, 0.5, 1.2],
  );
  assert.deepEqual([result.requests, result.failed, requests], [340, 0, 340]);
  assert.ok(result.max < 800, `${result.max} ms`);
});

test("a server that cannot keep up is said to be saturated", async () => {
  const slow: RequestListener = (_, response) => setTimeout(() => response.end("ok"), 50);
  assert.equal((await measured(slow, [1000, 1, 3])).saturated, true);
});
