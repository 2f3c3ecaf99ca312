import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { rawUpstream, rule, snapshot } from "./fixture.ts";
import { code } from "./http2-arena.ts";
import { ask, block, frame, h2Client, PREFACE } from "./http2-peers.ts";
import { startWatched } from "./watched.ts";

const [DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY] = [0, 1, 3, 4, 5, 6, 7];
const OK = block([[":status", "200"]]);
const REFUSED_STREAM = 7;
const ACK = 1;

/** What a backend does when a request has come; `stream` is that of the request, `nth` counts requests of all connections. */
type Behaviour = (socket: Socket, stream: number, nth: number) => void;

/** A backend that speaks frames as it likes. */
function frames(t: TestContext, first: Buffer, behave: Behaviour): Promise<number> {
  let requests = 0;
  return rawUpstream(t, (socket) => {
    let rest: Buffer = Buffer.alloc(0);
    let greeted = false;
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      if (!greeted && rest.length >= PREFACE.length) {
        greeted = true;
        rest = rest.subarray(PREFACE.length);
        socket.write(first);
      }
      while (greeted && rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const length = 9 + rest.readUIntBE(0, 3);
        const [type, flags, stream] = [rest[3], rest[4] as number, rest.readUInt32BE(5)];
        rest = rest.subarray(length);
        // Requests in full: their last frame is a head or a piece of the body.
        if ((type === HEADERS || type === DATA) && (flags & 1) !== 0) behave(socket, stream, requests++);
      }
    });
  });
}

async function stage(
  t: TestContext,
  behave: Behaviour,
  first = Buffer.concat([frame(SETTINGS, 0, 0), frame(SETTINGS, ACK, 0)]),
) {
  const port = await frames(t, first, behave);
  const clusters = { "test/app:80": [port] };
  const given = snapshot({ clusters, rules: [rule({ requestTimeout: 30_000 })], protocol: "h2c" });
  const proxy = await startWatched(t, given);
  const client = h2Client(t, proxy.port);
  return {
    ...proxy,
    get: () => ask(client, { ":path": "/" }),
    post: () => ask(client, { ":path": "/", ":method": "POST" }, "x"),
  };
}

const answer = (socket: Socket, stream: number) =>
  socket.write(Buffer.concat([frame(HEADERS, 4, stream, OK), frame(DATA, 1, stream, Buffer.from("ok"))]));

/** The first request meets the fault: what its client sees and the log says. The second is served. */
const FAULTS: { name: string; fault: (socket: Socket, stream: number) => void; flags: string; status: number }[] = [
  {
    name: "10,000 PINGs",
    fault: (socket) =>
      void socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => frame(PING, 0, 0, Buffer.alloc(8))))),
    ...{ flags: "UPE", status: 502 },
  },
  {
    name: "10,000 SETTINGS",
    fault: (socket) => void socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => frame(SETTINGS, 0, 0)))),
    ...{ flags: "UPE", status: 502 },
  },
  {
    name: "a pushed response",
    fault: (socket, stream) =>
      void socket.write(
        frame(
          PUSH_PROMISE,
          4,
          stream,
          Buffer.concat([
            code(2),
            block([
              [":method", "GET"],
              [":path", "/x"],
              [":scheme", "http"],
              [":authority", "a"],
            ]),
          ]),
        ),
      ),
    ...{ flags: "UPE", status: 502 },
  },
  {
    name: "GOAWAY that covers the request, then the end",
    fault: (socket, stream) => void socket.end(frame(GOAWAY, 0, 0, Buffer.concat([code(stream), code(0)]))),
    ...{ flags: "UC", status: 502 },
  },
  {
    name: "a reset before the head",
    fault: (socket, stream) => void socket.write(frame(RST_STREAM, 0, stream, code(2))),
    ...{ flags: "UC", status: 502 },
  },
  {
    name: "a head with a field that HTTP/1.1 could not carry",
    fault: (socket, stream) =>
      void socket.write(
        frame(
          HEADERS,
          5,
          stream,
          block([
            [":status", "200"],
            ["connection", "close"],
          ]),
        ),
      ),
    ...{ flags: "UPE", status: 502 },
  },
  {
    name: "HTTP/1.1",
    fault: (socket) => void socket.write("HTTP/1.1 200 OK\r\n\r\n"),
    ...{ flags: "UPE", status: 502 },
  },
];

for (const { name, fault, flags, status } of FAULTS) {
  test(`D19 ${name}: ${status}, and the next request is served`, async (t) => {
    const proxy = await stage(t, (socket, stream, nth) => (nth === 0 ? fault(socket, stream) : answer(socket, stream)));
    assert.equal((await proxy.post()).status, status);
    assert.equal((await proxy.post()).body, "ok");
    assert.deepEqual(
      (await proxy.log(2)).map((line) => line.flags),
      [flags, "-"],
    );
  });
}

test("D19 a reset behind the head never looks complete", async (t) => {
  const proxy = await stage(t, (socket, stream) => {
    socket.write(Buffer.concat([frame(HEADERS, 4, stream, OK), frame(DATA, 0, stream, Buffer.from("part"))]));
    setImmediate(() => socket.write(frame(RST_STREAM, 0, stream, code(8))));
  });
  await assert.rejects(proxy.get(), /reset|closed/i);
  assert.equal((await proxy.log())[0]?.flags, "UC");
});

test("D19 GOAWAY for streams that were not processed: sent again, on another connection", async (t) => {
  const proxy = await stage(t, (socket, stream, nth) => {
    if (nth > 0) answer(socket, stream);
    else socket.write(frame(GOAWAY, 0, 0, Buffer.concat([code(0), code(0)])));
  });
  assert.equal((await proxy.get()).body, "ok");
});

test("D19 no stream is allowed: 503, and no hanging", async (t) => {
  const none = Buffer.concat([Buffer.from([0, 3]), code(0)]);
  const refuse: Behaviour = (socket, stream) => socket.write(frame(RST_STREAM, 0, stream, code(REFUSED_STREAM)));
  const proxy = await stage(t, refuse, Buffer.concat([frame(SETTINGS, 0, 0, none), frame(SETTINGS, ACK, 0)]));
  const statuses = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => (await proxy.get()).status));
  assert.deepEqual(new Set(statuses), new Set([503]));
  assert.equal((await proxy.get()).status, 503);
});
