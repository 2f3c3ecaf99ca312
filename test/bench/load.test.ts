import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { type LoadResult, parseWrk } from "../../bench/load.ts";
import { runPinned } from "../../bench/pinned.ts";
import { requestBytes } from "../../bench/request.ts";
import { createResponseCounter } from "../../bench/response-counter.ts";

test("the request has eleven headers and about 600 bytes", () => {
  const text = requestBytes(65_000).toString("latin1");
  assert.equal(text.split("\r\n").length, 1 + 11 + 2);
  assert.ok(text.length > 550 && text.length < 750, `${text.length} bytes`);
});

const plain = `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello`;
const chunked = `HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\n\r\n\r\r\n0\r\n\r\n`;
const empty = "HTTP/1.1 204 No Content\r\n\r\n";

test("responses are found wherever the stream is cut", () => {
  const stream = Buffer.from(plain + chunked + empty + plain, "latin1");
  for (let size = 1; size <= stream.length; size++) {
    const statuses: number[] = [];
    const counter = createResponseCounter((status) => statuses.push(status));
    for (let at = 0; at < stream.length; at += size) counter.push(stream.subarray(at, at + size));
    assert.deepEqual(statuses, [200, 503, 204, 200], `in pieces of ${size}`);
  }
});

test("our own generator keeps its connections and counts what the server answered", async () => {
  const seen = { requests: 0, connections: 0 };
  const server = createServer((_, response) => {
    seen.requests += 1;
    response.writeHead(seen.requests % 2 === 0 ? 200 : 503).end("x".repeat(1024));
  });
  server.on("connection", () => {
    seen.connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const script = join(import.meta.dirname, "..", "..", "bench", "load-generator.ts");
  const args = [script, String(port), "4", "0.2"];
  const load = JSON.parse(await runPinned({ command: process.execPath, args, cpu: 1 })) as LoadResult;
  server.close();
  assert.equal(seen.connections, 4);
  assert.ok(load.requests > 4 && seen.requests - load.requests <= 4, `${load.requests} of ${seen.requests}`);
  assert.ok(Math.abs(load.failed * 2 - load.requests) <= 8, `${load.failed} of ${load.requests} failed`);
});

test("the report of wrk is read, failures included", () => {
  const report = `Running 2s test @ http://127.0.0.1:1/
  1 threads and 32 connections
  Latency Distribution
     50%  812.00us
     75%    1.10ms
     90%    2.00ms
     99%    1.02s
  20000 requests in 2.10s, 25.00MB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 100
Requests/sec:   9523.81
`;
  assert.deepEqual(parseWrk(report), { requests: 20_000, elapsed: 2.1, failed: 110, p50: 0.812, p99: 1020 });
  assert.throws(() => parseWrk("unable to connect"), /expected a report of wrk/);
});
