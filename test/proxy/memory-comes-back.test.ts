import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { upstream } from "./fixture.ts";
import { callers } from "./fleet/crew.ts";
import type { Memory } from "./memory-process.ts";

const PIECE = Buffer.alloc(1 << 20, "x");
const PIECES = 24;

async function heard<Message>(child: ChildProcess): Promise<Message> {
  const [message] = await once(child, "message");
  return message as Message;
}

async function memoryOf(child: ChildProcess): Promise<Memory> {
  child.send("memory");
  return heard<Memory>(child);
}

/** Many requests on connections that stay for the while. */
async function requests(t: TestContext, port: number): Promise<void> {
  const made = callers(t, port, 40);
  await Promise.all(
    made.map(async (caller) => {
      for (let i = 0; i < 150; i += 1) assert.equal(await caller.ask(), 200);
      caller.socket.destroy();
    }),
  );
}

/** A large body up, and the same down again. */
async function largeBody(port: number): Promise<void> {
  const request = httpRequest({ port, host: "127.0.0.1", method: "POST", agent: false });
  const answer = once(request, "response").then(async ([response]) => {
    let received = 0;
    for await (const chunk of response as IncomingMessage) received += (chunk as Buffer).length;
    return received;
  });
  for (let i = 0; i < PIECES; i += 1) if (!request.write(PIECE)) await once(request, "drain");
  request.end();
  assert.equal(await answer, PIECES * PIECE.length);
}

/** Clients that leave in the middle of a body. */
async function leavers(port: number): Promise<void> {
  const leave = async () => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    const head = "POST / HTTP/1.1\r\nhost: shop.test\r\ncontent-length: 1000000\r\n\r\n";
    await new Promise((resolve) => socket.write(head + "x".repeat(100_000), resolve));
    socket.resetAndDestroy();
    await once(socket, "close");
  };
  for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 20 }, leave));
}

test("memory is back within a tenth after floods of requests, large bodies and clients that leave", async (t) => {
  const backend = await upstream(t, (request, response) => {
    response.on("error", () => {});
    request.on("error", () => response.destroy()).pipe(response);
  });
  const child = fork(new URL("./memory-process.ts", import.meta.url), [String(backend)], { execArgv: ["--expose-gc"] });
  t.after(() => child.kill());
  const port = await heard<number>(child);
  const flood = async () => {
    await requests(t, port);
    await Promise.all([1, 2, 3, 4].map(() => largeBody(port)));
    await leavers(port);
  };
  // The first one compiles what runs, and fills pools of a fixed size.
  await flood();
  const before = await memoryOf(child);
  await flood();
  await flood();
  let after = await memoryOf(child);
  for (let tries = 0; tries < 200 && after.live > 1.1 * before.live; tries += 1) after = await memoryOf(child);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const seen = `${megabytes(before.live)}, then ${megabytes(after.live)}`;
  t.diagnostic(`in use ${seen}; resident ${megabytes(before.resident)}, then ${megabytes(after.resident)}`);
  assert.ok(after.live <= 1.1 * before.live, seen);
});
