import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { fieldList } from "../../../../runtime/http/fields.ts";
import { ask, Heard, OK, origin, pool, Source, send } from "./origin.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const PROOF = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const ACCEPT = `sec-websocket-accept: ${PROOF}`;
const SWITCH = "HTTP/1.1 101 Switching Protocols";
const UPGRADE = "upgrade: websocket\r\nconnection: Upgrade";

const websocket = () => ({
  upgrade: "websocket" as const,
  fields: fieldList(["sec-websocket-key", KEY, "sec-websocket-version", "13"]),
});

/** An origin that answers the first head with this, and then does what the test says. */
async function switching(t: TestContext, answer: string, then: (socket: Socket) => void = () => {}) {
  const heads: string[] = [];
  const port = await origin(t, (socket) => {
    socket.once("data", (bytes) => {
      heads.push(bytes.toString("latin1"));
      socket.write(answer, "latin1");
      then(socket);
    });
  });
  return { port, heads };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

test("a tunnel: the request asks for it, bytes behind the 101 belong to it, both halves close on their own", async (t) => {
  const got: string[] = [];
  let ended = false;
  const { port, heads } = await switching(
    t,
    `${SWITCH}\r\n${UPGRADE}\r\n${ACCEPT}\r\nx-a: 1\r\n\r\nfirst`,
    (socket) => {
      socket.on("data", (bytes) => {
        got.push(bytes.toString("latin1"));
        socket.write(`<${bytes.toString("latin1")}>`, "latin1");
      });
      socket.on("end", () => {
        ended = true;
        socket.end("last");
      });
    },
  );
  const source = new Source();
  const { heard } = send(pool(t, port), websocket(), source);
  heard.onHead = () => assert.equal(source.sink, undefined, "the body is opened behind the head");
  await until(() => source.sink !== undefined);
  assert.equal(
    heads[0],
    `GET /x?y HTTP/1.1\r\nhost: a.test\r\nsec-websocket-key: ${KEY}\r\nsec-websocket-version: 13\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  );
  assert.deepEqual([heard.status, heard.fields.get("x-a"), heard.fields.has("upgrade")], [101, "1", false]);
  assert.equal(source.sink?.frame, undefined);
  source.sink?.write(Buffer.from([0x81, 0x80, 0, 0xff]));
  await until(() => heard.body.endsWith(">"));
  assert.deepEqual([got, heard.body], [["\x81\x80\0\xff"], "first<\x81\x80\0\xff>"]);
  source.sink?.end(undefined);
  await heard.over;
  assert.ok(ended);
  assert.deepEqual([heard.body.slice(-4), heard.failure, heard.endings], ["last", undefined, 1]);
});

test("the endpoint closes its half first: the other one goes on", async (t) => {
  let got = "";
  let origin1: Socket | undefined;
  const { port } = await switching(t, `${SWITCH}\r\n${UPGRADE}\r\n${ACCEPT}\r\n\r\nbye`, (socket) => {
    origin1 = socket;
    socket.end();
    socket.on("data", (bytes) => {
      got += bytes.toString("latin1");
    });
  });
  const source = new Source();
  const { heard } = send(pool(t, port), websocket(), source);
  await heard.over;
  assert.deepEqual([heard.body, heard.failure], ["bye", undefined]);
  source.sink?.write(Buffer.from("more"));
  await until(() => got === "more");
  const closed = once(origin1 as Socket, "close");
  source.sink?.end(undefined);
  await closed;
  assert.equal(heard.endings, 1);
});

test("both halves close with the reset of one", async (t) => {
  const { port } = await switching(t, `${SWITCH}\r\n${UPGRADE}\r\n${ACCEPT}\r\n\r\n`, (socket) => {
    socket.on("data", () => socket.resetAndDestroy());
  });
  const source = new Source();
  const { heard } = send(pool(t, port), websocket(), source);
  await until(() => source.sink !== undefined);
  source.sink?.write(Buffer.from("x"));
  await heard.over;
  assert.deepEqual([heard.failure?.fault, source.cancelled, heard.endings], ["reset", 1, 1]);
});

test("given up, a tunnel is closed", async (t) => {
  let origin1: Socket | undefined;
  const { port } = await switching(t, `${SWITCH}\r\n${UPGRADE}\r\n${ACCEPT}\r\n\r\n`, (socket) => {
    origin1 = socket.on("end", () => socket.end());
  });
  const source = new Source();
  const { call, heard } = send(pool(t, port), websocket(), source);
  await until(() => source.sink !== undefined);
  const closed = once(origin1 as Socket, "close");
  origin1?.resume();
  call.abort();
  await closed;
  assert.deepEqual([heard.endings, source.cancelled], [0, 1]);
});

const REFUSED: [name: string, answer: string][] = [
  ["no upgrade field", `${SWITCH}\r\nconnection: upgrade\r\n${ACCEPT}\r\n\r\n`],
  ["another protocol", `${SWITCH}\r\nupgrade: h2c\r\nconnection: upgrade\r\n${ACCEPT}\r\n\r\n`],
  ["upgrade not named by connection", `${SWITCH}\r\nupgrade: websocket\r\n${ACCEPT}\r\n\r\n`],
  ["no proof", `${SWITCH}\r\n${UPGRADE}\r\n\r\n`],
  ["a wrong proof", `${SWITCH}\r\n${UPGRADE}\r\nsec-websocket-accept: ${PROOF.toLowerCase()}\r\n\r\n`],
  ["a length", `${SWITCH}\r\n${UPGRADE}\r\n${ACCEPT}\r\ncontent-length: 3\r\n\r\nabc`],
];

for (const [name, answer] of REFUSED) {
  test(`a 101 with ${name} opens no tunnel`, async (t) => {
    const { port } = await switching(t, answer);
    const source = new Source();
    const { heard } = send(pool(t, port), websocket(), source);
    await heard.over;
    assert.deepEqual([heard.failure?.fault, heard.status, source.sink], ["protocol", 0, undefined]);
  });
}

test("an endpoint that does not switch answers like any other", async (t) => {
  let connections = 0;
  const port = await origin(t, (socket, number) => {
    connections = number;
    socket.on("data", () => socket.write("HTTP/1.1 400 No\r\ncontent-length: 2\r\n\r\nno"));
  });
  const outbound = pool(t, port, { connections: 1 });
  const source = new Source();
  const heard = await send(outbound, websocket(), source, new Heard()).heard.over;
  assert.deepEqual([heard.status, heard.body, source.sink], [400, "no", undefined]);
  assert.equal((await ask(outbound)).status, 400);
  assert.equal(connections, 1);
});

test("an interim response in front of the 101 is one", async (t) => {
  const { port } = await switching(
    t,
    `HTTP/1.1 103 Early Hints\r\n\r\n${SWITCH}\r\n${UPGRADE}\r\n${ACCEPT}\r\n\r\n${OK}`,
  );
  const source = new Source();
  const { heard } = send(pool(t, port), websocket(), source);
  await until(() => heard.body.length === OK.length);
  assert.deepEqual([heard.interim, heard.status, heard.body], [[103], 101, OK]);
});
