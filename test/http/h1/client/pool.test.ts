import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { createH1Outbound } from "../../../../runtime/http/h1/client/connect-h1.ts";
import { OUTBOUND_LIMITS } from "../../../../runtime/http/outbound.ts";
import { manualClock } from "../../../../runtime/telemetry/clock.ts";
import { createWheel } from "../../../../runtime/telemetry/wheel.ts";
import { answering, ask, Heard, OK, origin, pool, Source, send } from "./origin.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

test("a rested connection is used again, the last one first", async (t) => {
  const used: number[] = [];
  const port = await origin(t, (socket, number) => {
    socket.on("data", () => {
      used.push(number);
      socket.write(OK);
    });
  });
  const outbound = pool(t, port);
  await Promise.all([ask(outbound), ask(outbound), ask(outbound)]);
  for (let rested = 0; rested < 5; rested++) await turn();
  used.length = 0;
  for (let i = 0; i < 6; i++) {
    await ask(outbound);
    await turn();
    await turn();
    await turn();
  }
  assert.deepEqual(new Set(used).size, 1);
});

test("no more connections than the cap; others wait in order, and those given up do not", async (t) => {
  let open = 0;
  let most = 0;
  const seen: string[] = [];
  const port = await origin(t, (socket) => {
    open += 1;
    most = Math.max(most, open);
    socket.on("data", (bytes) => {
      seen.push(bytes.toString("latin1").slice(4, 7));
      socket.write(OK);
    });
  });
  const outbound = pool(t, port, { connections: 2, waiting: 10 });
  const calls = Array.from({ length: 12 }, (_, i) => send(outbound, { target: `/${String(i).padStart(2, "0")}` }));
  calls[4]?.call.abort();
  // Twelve wait and ten may: the last two are refused at once.
  assert.deepEqual(calls.map(({ heard }) => heard.failure?.fault).slice(9), [undefined, "overflow", "overflow"]);
  assert.equal(calls[11]?.heard.failure?.sent, false);
  await Promise.all(calls.filter((_, i) => i !== 4).map(({ heard }) => heard.over));
  assert.equal(most, 2);
  const wanted = ["/00", "/01", "/02", "/03", "/05", "/06", "/07", "/08", "/09"];
  assert.deepEqual(seen.toSorted(), wanted);
  // What goes out on two connections at once may change places on its way.
  assert.ok(
    seen.every((each, at) => Math.abs(wanted.indexOf(each) - at) <= 1),
    `${seen}`,
  );
  assert.equal(calls[4]?.heard.endings, 0);
});

test("with one connection requests follow each other on it", async (t) => {
  let connections = 0;
  const port = await origin(t, (socket, number) => {
    connections = number;
    answering(OK)(socket);
  });
  const outbound = pool(t, port, { connections: 1 });
  const all = await Promise.all(Array.from({ length: 20 }, () => ask(outbound)));
  assert.ok(all.every(({ body }) => body === "ok"));
  assert.equal(connections, 1);
});

test("refused: not sent, every call hears it", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  const outbound = pool(t, port, { connections: 1 });
  const body = new Source();
  const calls = [send(outbound, { method: "POST" }, body), send(outbound), send(outbound)];
  for (const { heard } of calls) {
    await heard.over;
    assert.deepEqual([heard.failure?.fault, heard.failure?.sent, heard.hasStarted], ["connect", false, false]);
    assert.match(heard.failure?.detail ?? "", /ECONNREFUSED/);
  }
  assert.equal(body.sink, undefined, "the body is whole for another endpoint");
});

test("a connection that takes too long: not sent", async (t) => {
  const clock = manualClock();
  const wheel = createWheel({ clock, tick: 100 });
  t.after(() => wheel.stop());
  // TEST-NET-1 (RFC 5737): nobody answers, or the network refuses at once.
  const outbound = createH1Outbound({ address: "192.0.2.1", port: 9 }, { connectTimeout: 1_000 }, wheel);
  t.after(() => outbound.destroy());
  const { heard } = send(outbound);
  await turn();
  if (heard.failure === undefined) {
    clock.advance(900);
    wheel.turn();
    assert.equal(heard.failure, undefined);
    clock.advance(400);
    wheel.turn();
  }
  await heard.over;
  assert.deepEqual([heard.failure?.fault, heard.failure?.sent], ["connect", false]);
});

for (const [name, fields, after] of [
  ["the idle timeout", "", 30_000],
  ["what the endpoint promised, less a second", "keep-alive: timeout=5\r\n", 4_000],
] as const) {
  test(`an idle connection is closed after ${name}`, async (t) => {
    const clock = manualClock();
    const wheel = createWheel({ clock, tick: 100 });
    const sockets: Socket[] = [];
    const port = await origin(t, (socket) => {
      sockets.push(socket);
      socket.on("data", () => socket.write(`HTTP/1.1 200 OK\r\n${fields}content-length: 2\r\n\r\nok`));
      socket.on("end", () => socket.end());
    });
    const outbound = createH1Outbound({ address: "127.0.0.1", port }, {}, wheel);
    t.after(async () => {
      await outbound.destroy();
      wheel.stop();
    });
    let closed = false;
    const use = async (): Promise<void> => {
      await ask(outbound);
      for (let rested = 0; rested < 5; rested++) await turn();
    };
    await use();
    sockets[0]?.on("close", () => {
      closed = true;
    });
    const pass = async (milliseconds: number): Promise<void> => {
      for (let passed = 0; passed < milliseconds; passed += 500) {
        clock.advance(500);
        wheel.turn();
        await turn();
      }
      for (let i = 0; i < 5; i++) await turn();
    };
    await pass(after - 1_000);
    await use();
    await pass(after - 1_000);
    assert.deepEqual([closed, sockets.length], [false, 1], "used in between: it counts anew");
    await pass(2_000);
    await until(() => closed);
    await use();
    assert.equal(sockets.length, 2);
  });
}

test("given up: its connection is closed and the listener hears nothing more", async (t) => {
  let closed = 0;
  const port = await origin(t, (socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"));
    socket
      .on("end", () => socket.end())
      .on("close", () => {
        closed += 1;
      });
  });
  const outbound = pool(t, port);
  const { call, heard } = send(outbound);
  await until(() => heard.body === "abc");
  call.abort();
  call.abort();
  call.resume();
  await until(() => closed === 1);
  assert.deepEqual([heard.endings, heard.failure], [0, undefined]);
});

for (const moment of ["started", "head", "data"] as const) {
  test(`given up from within ${moment}`, async (t) => {
    const port = await origin(
      t,
      answering("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    );
    const outbound = pool(t, port);
    const heard = new Heard();
    let calls = 0;
    const abort = (): void => {
      calls += 1;
      call.abort();
    };
    if (moment === "head") heard.onHead = abort;
    if (moment === "data") heard.onData = abort;
    if (moment === "started") heard.started = abort;
    const { call } = send(outbound, {}, undefined, heard);
    await until(() => calls > 0);
    assert.equal((await ask(outbound)).body, "abc");
    assert.deepEqual([heard.endings, calls], [0, 1]);
  });
}

test("a stale handle does nothing to the next call on the same connection", async (t) => {
  let connections = 0;
  const port = await origin(t, (socket, number) => {
    connections = number;
    answering(OK)(socket);
  });
  const outbound = pool(t, port, { connections: 1 });
  const first = send(outbound);
  await first.heard.over;
  const second = send(outbound);
  first.call.abort();
  first.call.resume();
  await second.heard.over;
  first.call.abort();
  assert.deepEqual([second.heard.body, connections], ["ok", 1]);
});

test("close waits for what runs, and takes nothing more", async (t) => {
  let answer: (() => void) | undefined;
  const port = await origin(t, (socket) => {
    socket.on("data", () => {
      answer = () => socket.write(OK);
    });
  });
  const outbound = pool(t, port);
  const { heard } = send(outbound);
  await until(() => answer !== undefined);
  let closed = false;
  const closing = outbound.close().then(() => {
    closed = true;
  });
  const late = await ask(outbound);
  assert.deepEqual([late.failure?.fault, late.failure?.sent, closed], ["connect", false, false]);
  answer?.();
  await heard.over;
  assert.equal(heard.body, "ok");
  await closing;
});

test("destroy ends what runs and what waits", async (t) => {
  let arrived = false;
  const port = await origin(t, (socket) => {
    socket.on("data", () => {
      arrived = true;
    });
  });
  const outbound = pool(t, port, { connections: 1 });
  const { heard } = send(outbound);
  const waiting = send(outbound).heard;
  await until(() => arrived);
  await outbound.destroy();
  assert.deepEqual([waiting.failure?.fault, waiting.failure?.sent, waiting.hasStarted], ["connect", false, false]);
  assert.deepEqual([heard.failure?.fault, heard.failure?.sent], ["reset", true]);
});

test("destroyed in the turn in which it was taken: nothing of the request was sent", async (t) => {
  const port = await origin(t, () => {});
  const outbound = pool(t, port, { connections: 1 });
  const heard = new Heard();
  heard.started = () => queueMicrotask(() => void outbound.destroy());
  send(outbound, { method: "POST" }, undefined, heard);
  await heard.over;
  assert.deepEqual([heard.failure?.fault, heard.failure?.sent], ["reset", false]);
});

test("a thousand requests that are given up leave no connection behind", async (t) => {
  const sockets = new Set<Socket>();
  const port = await origin(t, (socket) => {
    sockets.add(socket);
    socket
      .on("end", () => socket.destroy())
      .on("close", () => sockets.delete(socket))
      .resume();
  });
  const outbound = pool(t, port, { connections: 50, waiting: 10_000 });
  for (let i = 0; i < 1_000; i++) {
    const { call, heard } = send(outbound, { method: "POST" }, new Source((sink) => void sink.write(Buffer.from("a"))));
    if (i % 100 === 0) await until(() => heard.hasStarted);
    call.abort();
  }
  await until(() => [...sockets].every((socket) => socket.bytesRead === 0));
  assert.ok(sockets.size <= 50);
});

test("the defaults hold 1,024 connections and as many waiting requests", () => {
  assert.deepEqual([OUTBOUND_LIMITS.connections, OUTBOUND_LIMITS.waiting], [1_024, 1_024]);
});
