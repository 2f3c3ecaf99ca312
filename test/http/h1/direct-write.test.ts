import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { writeDirectly, writesDirectly } from "../../../runtime/http/h1/direct-write.ts";

/** Both ends of a connection over loopback. */
async function pair(t: TestContext): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const near = connect((server.address() as { port: number }).port, "127.0.0.1");
  const [[far]] = (await Promise.all([once(server, "connection"), once(near, "connect")])) as [[Socket], unknown];
  for (const socket of [near, far]) socket.on("error", () => {});
  t.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

test("the pinned Node is known; a socket without a handle, and a secure one, are written to through their streams", async (t) => {
  const { near } = await pair(t);
  assert.equal(writesDirectly(near), true);
  assert.equal(writesDirectly(new Socket()), false);
  assert.equal(writesDirectly(Object.assign(Object.create(near), { encrypted: true })), false);
});

test("what the system does not take waits, is heard of when it is out, and comes before what follows", async (t) => {
  const { near, far } = await pair(t);
  const piece = (n: number): string => `${n} `.padEnd(16_000, "x");
  let sent = "";
  let out = 0;
  const waiter = {
    out() {
      out += 1;
    },
  };
  for (let n = 0; ; n += 1) {
    sent += piece(n);
    if (writeDirectly(near, piece(n), waiter) === "waiting") break;
  }
  near.write("behind", "latin1");
  sent += "behind";
  await turn();
  assert.equal(out, 0);
  let read = "";
  far.setEncoding("latin1").on("data", (text) => {
    read += text;
  });
  far.resume();
  while (read.length < sent.length) await turn();
  assert.equal(read, sent);
  assert.equal(out, 1);
  assert.equal(writeDirectly(near, "more", waiter), "out");
});

test("a socket whose peer has reset the connection dies of a write; of one that waits nobody hears", async (t) => {
  const { near, far } = await pair(t);
  let out = 0;
  const waiter = {
    out() {
      out += 1;
    },
  };
  while (writeDirectly(near, "x".repeat(16_000), waiter) !== "waiting");
  const closed = new Promise((resolve) => near.on("close", resolve));
  far.resetAndDestroy();
  await closed;
  assert.equal(out, 0);
  assert.equal(writeDirectly(near, "x", undefined), "dead");
});
