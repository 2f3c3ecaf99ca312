/** What only a real connection shows: large bodies, early answers, connections that go on. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { after, test } from "node:test";
import { sha256 } from "../../runtime/artifact/digest.ts";
import { AUTH, startRegistry } from "./fixture.ts";

const { registry, client, stop } = await startRegistry();
const { url } = await registry.listen();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
after(async () => {
  agent.destroy();
  await stop();
});

interface Sent {
  status: number;
  location: string;
  body: string;
}

/** On the one connection of `agent`; `chunks` pieces of 64 KiB. */
function send(method: string, path: string, chunks: number, headers: Record<string, string> = AUTH): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}${path}`, {
      method,
      agent,
      headers: { ...headers, "transfer-encoding": "chunked" },
    });
    sending.on("error", reject).on("response", async (reply) => {
      const body = (await reply.toArray()).join("");
      resolve({ status: reply.statusCode as number, location: reply.headers.location ?? "", body });
    });
    const piece = Buffer.alloc(65536, 7);
    let left = chunks;
    const pump = () => {
      while (left-- > 0) if (!sending.write(piece)) return void sending.once("drain", pump);
      sending.end();
    };
    pump();
  });
}

test("fifteen megabytes stream in and out", async () => {
  const bytes = Buffer.alloc(240 * 65536, 7);
  const { location } = await send("POST", "/v2/big/blobs/uploads/", 0);
  assert.equal((await send("PATCH", location, 240)).status, 202);
  assert.equal((await send("PUT", `${location}?digest=${sha256(bytes)}`, 0)).status, 201);
  const reply = await fetch(`${url}/v2/big/blobs/${sha256(bytes)}`);
  assert.equal(sha256(new Uint8Array(await reply.arrayBuffer())), sha256(bytes));
});

test("a hundred megabytes are refused at once, and the connection carries the next request", async () => {
  const { location } = await send("POST", "/v2/big/blobs/uploads/", 0);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let answers = "";
  const second = new Promise<void>((resolve) => {
    socket.on("data", (data) => {
      answers += data;
      if ((answers.match(/HTTP\/1.1 /g) ?? []).length === 2) resolve();
    });
  });
  const head = `host: x\r\nauthorization: ${AUTH.authorization}\r\n`;
  socket.write(`PATCH ${location} HTTP/1.1\r\n${head}transfer-encoding: chunked\r\n\r\n`);
  const piece = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65536), Buffer.from("\r\n")]);
  for (let sent = 0; sent < 1600; sent++) if (!socket.write(piece)) await once(socket, "drain");
  assert.match(answers, /^HTTP\/1.1 413 /, "the answer does not wait for the rest");
  assert.match(answers, /SIZE_INVALID.*ARTIFACT_TOO_LARGE/);
  socket.write(`0\r\n\r\nGET /v2/ HTTP/1.1\r\n${head}\r\n`);
  await second;
  assert.match(answers, /HTTP\/1.1 200 /);
  socket.destroy();
  assert.equal((await client.send("GET", location)).statusCode, 404, "and nothing of it is kept");
});

test("an early refusal leaves the connection usable", async () => {
  assert.equal((await send("POST", "/v2/big/blobs/uploads/", 40, { authorization: "Bearer wrong" })).status, 401);
  assert.equal((await send("GET", "/v2/", 0)).status, 200);
});

test("two requests at once on one upload: one of them is told", async () => {
  const { location } = await send("POST", "/v2/big/blobs/uploads/", 0);
  const both = await Promise.all(["one", "two"].map((body) => client.send("PATCH", location, {}, body)));
  assert.deepEqual(both.map(({ statusCode }) => statusCode).sort(), [202, 409]);
  assert.equal((await client.send("GET", location)).headers.range, "0-2");
});
