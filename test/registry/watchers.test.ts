import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type TestContext, test } from "node:test";
import type { FastifyReply } from "fastify";
import { createWatchers } from "../../runtime/registry/watchers.ts";

/** A response whose client is still there. */
async function open(t: TestContext): Promise<ServerResponse> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close().closeAllConnections());
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  t.after(() => client.destroy());
  client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  const [, response] = (await once(server, "request")) as [unknown, ServerResponse];
  return response;
}

const replyOf = (raw: ServerResponse) => ({ raw, hijack() {} }) as unknown as FastifyReply;

test("a proxy that left before it could be added takes no place among the watchers", async (t) => {
  const watchers = createWatchers({ limit: 1 });
  t.after(() => watchers.close());
  const gone = await open(t);
  const closed = once(gone, "close");
  gone.socket?.destroy();
  await closed;
  watchers.add("m", replyOf(gone), undefined);
  const first = await open(t);
  watchers.add("m", replyOf(first), undefined);
  assert.throws(() => watchers.add("m", replyOf(first), undefined), { code: "TOOMANYREQUESTS" });
  first.socket?.destroy();
  await once(first, "close");
  watchers.add("m", replyOf(await open(t)), undefined);
});
