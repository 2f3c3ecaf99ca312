import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { openFilesLimit, openIdle, probe } from "../../bench/idle-connections.ts";

let server: Server;
let port = 0;
let status = 200;
before(async () => {
  server = createServer((_, response) => response.writeHead(status).end("ok")).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test("connections stay open until they are closed, and a probe is answered meanwhile", async () => {
  const idle = await openIdle(port, 250);
  assert.equal(idle.open, 250);
  const times = await probe(port, 5, 0);
  assert.equal(times.length, 5);
  assert.ok((times[0] as number) > 0);
  idle.close();
  assert.equal(idle.open, 0);
});

test("a connection that is not answered with 200 is an error", async () => {
  status = 503;
  await assert.rejects(openIdle(port, 1), /expected status 200 on connection 1, got 503/);
  status = 200;
});

test("a probe whose connection is closed says so", async () => {
  const closing = createServer((_, response) => response.writeHead(200, { connection: "close" }).end()).listen(0);
  await once(closing, "listening");
  const { port } = closing.address() as AddressInfo;
  await assert.rejects(probe(port, 3, 20), /closed the connection of the probe/);
  closing.close();
});

test("the limit of open files is the hard one", () => {
  const limits =
    "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 20000                files\n";
  assert.equal(openFilesLimit(limits), 20_000);
  assert.equal(openFilesLimit(limits.replace("20000", "unlimited")), Number.POSITIVE_INFINITY);
});
