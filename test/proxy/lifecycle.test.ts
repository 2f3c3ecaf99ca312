import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "node:test";
import { isHeddleError } from "../../runtime/errors.ts";
import type { Inbound, Listen } from "../../runtime/http/inbound.ts";
import { listenHttp } from "../../runtime/http/listen.ts";
import { createProxy } from "../../runtime/proxy/proxy.ts";
import { freePort } from "../free-port.ts";
import { settle } from "../settle.ts";
import { stage } from "./actors.ts";
import { backend, LISTENER, plugin, raw, rule, snapshot, start, statusOf, upstream } from "./fixture.ts";

test("drain: what runs is finished, its connection closes, new connections are refused", async (t) => {
  const held = Promise.withResolvers<() => void>();
  const port = await upstream(t, (_request, response) => held.resolve(() => response.end("late")));
  const { port: front, proxy } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const running = raw(front, "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
  const finish = await held.promise;
  assert.equal(proxy.active, 1);
  const drained = proxy.drain(5_000);
  assert.equal(proxy.ready(), false);
  const refused = await new Promise<boolean>((resolve) => {
    connect(front, "127.0.0.1", () => resolve(false)).on("error", () => resolve(true));
  });
  assert.equal(refused, true);
  finish();
  assert.deepEqual(await drained, { cut: 0 });
  const answer = await running;
  assert.equal(statusOf(answer), 200);
  assert.match(answer.text, /connection: close/i);
  assert.ok(answer.text.endsWith("late"));
});

test("drain: asked for twice, by the admin port and a signal, both end with the last exchange", async (t) => {
  const held = Promise.withResolvers<() => void>();
  const port = await upstream(t, (_request, response) => held.resolve(() => response.end("late")));
  const { port: front, proxy } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const running = raw(front, "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
  const finish = await held.promise;
  const both = Promise.all([proxy.drain(600_000), proxy.drain(600_000)]);
  finish();
  assert.deepEqual(await both, [{ cut: 0 }, { cut: 0 }]);
  await running;
});

test("drain: what does not end by the deadline is counted and then cut off", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const port = await upstream(t, () => arrived.resolve());
  const { port: front, proxy, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const running = raw(front, "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
  await arrived.promise;
  assert.deepEqual(await proxy.drain(30), { cut: 1 });
  await proxy.close();
  assert.equal((await running).text, "");
  assert.equal((await log())[0]?.flags, "LR");
});

test("a taken port: LISTEN_FAILED names the listener and what to change", async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  await assert.rejects(createProxy({ snapshot: snapshot({ port }), slots: () => undefined }), (error) => {
    assert.ok(isHeddleError(error));
    assert.equal(error.code, "LISTEN_FAILED");
    assert.match(
      error.describe(),
      new RegExp(`127\\.0\\.0\\.1:${port}.*EADDRINUSE.*listener ${LISTENER}.*change the port`),
    );
    return true;
  });
});

test("a change whose port is taken is refused as a whole; the old configuration serves on", async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  t.after(() => taken.close());
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const { proxy, url } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const bad = snapshot({ port: (taken.address() as AddressInfo).port, generation: 2 });
  await assert.rejects(proxy.apply(bad), /EADDRINUSE/);
  assert.equal(proxy.snapshot.generation, 1);
  assert.equal((await fetch(url)).status, 200);
});

test("a taken admin port: LISTEN_FAILED, and no listener is left open", async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const starting = createProxy({ snapshot: snapshot(), slots: () => undefined, admin: { port } });
  await assert.rejects(starting, (error) => isHeddleError(error) && error.where === "--admin");
});

test("an exchange keeps the configuration that it began with", async (t) => {
  const held = Promise.withResolvers<() => void>();
  const old = await upstream(t, (_request, response) => held.resolve(() => response.end("old")));
  const fresh = await upstream(t, (_request, response) => response.end("new"));
  const { proxy, url } = await start(t, snapshot({ clusters: { "test/app:80": [old] } }));
  const first = fetch(url);
  const finish = await held.promise;
  await proxy.apply(snapshot({ clusters: { "test/app:80": [fresh] }, generation: 2 }));
  assert.equal(await (await fetch(url)).text(), "new");
  finish();
  assert.equal(await (await first).text(), "old");
});

test("listeners come and go with the configuration", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const clusters = { "test/app:80": [port] };
  const { proxy, port: front } = await start(t, snapshot({ clusters }));
  const moved = snapshot({ clusters, generation: 2 });
  const [listener] = moved.listeners;
  await proxy.apply({
    ...moved,
    listeners: [{ ...(listener as NonNullable<typeof listener>), name: "test/gw/other" }],
  });
  const now = proxy.address("test/gw/other").port;
  assert.notEqual(now, front);
  assert.equal((await fetch(`http://127.0.0.1:${now}`)).status, 200);
  await assert.rejects(fetch(`http://127.0.0.1:${front}`));
  assert.throws(() => proxy.address(LISTENER), /test\/gw\/other/);
});

test("plugins and routes change under load: no request fails", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const theatre = await stage({ a: {} });
  const make = (generation: number) =>
    snapshot({
      rules: [rule({ plugins: ["a"] })],
      plugins: [plugin("a")],
      clusters: { "test/app:80": [port] },
      generation,
    });
  const { proxy, url } = await start(t, make(1), { slots: theatre.slots });
  const next = await Promise.all([2, 3, 4, 5, 6].map((i) => theatre.generation(`a${i}`, {}, `1.${i}.0`)));
  const statuses = new Map<number, number>();
  let going = true;
  const client = async () => {
    while (going) {
      const response = await fetch(url);
      await response.arrayBuffer();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    }
  };
  const clients = Array.from({ length: 4 }, client);
  for (const [index, generation] of next.entries()) {
    await proxy.apply(make(index + 2));
    theatre.slot("a").swap(generation);
    for (let i = 0; i < 5; i += 1) await (await fetch(url)).text();
  }
  going = false;
  await Promise.all(clients);
  assert.deepEqual([...statuses.keys()], [200]);
  assert.equal(theatre.slot("a").retiring, 0);
});

test("an error of ours before the head: 500 with flag IE, logged, and the next request is served", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const backends = [backend("test/app:80"), backend("test/app:80")];
  let broken = true;
  const events: string[] = [];
  const { url, log } = await start(t, snapshot({ rules: [rule({ backends })], clusters: { "test/app:80": [port] } }), {
    random: () => {
      if (broken) throw new Error("no dice");
      return 0;
    },
    logger: { log: (_level, message, details) => events.push(`${message}: ${details?.reason}`) },
  });
  const response = await fetch(url);
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), { error: "internal error", code: 500 });
  assert.deepEqual(events, ["exchange failed: no dice"]);
  const [line] = await log();
  assert.equal(line?.flags, "IE");
  broken = false;
  assert.equal((await fetch(url)).status, 200);
});

test("a change that is being applied while a drain begins leaves no socket open", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const clusters = { "test/app:80": [port] };
  const opened: Inbound[] = [];
  const listen: Listen = async (options) => {
    const inbound = await listenHttp(options);
    opened.push(inbound);
    return inbound;
  };
  const { proxy } = await start(t, snapshot({ clusters }), { listen });
  const moved = snapshot({ clusters, generation: 2 });
  const listeners = moved.listeners.map((listener) => ({ ...listener, name: "test/gw/other" }));
  const applying = proxy.apply({ ...moved, listeners });
  const drained = proxy.drain(1_000);
  await Promise.all([applying, drained]);
  assert.equal(opened.length, 2);
  for (const { port: open } of opened) {
    await assert.rejects(fetch(`http://127.0.0.1:${open}`), "a drained proxy accepts nothing");
  }
  assert.equal(proxy.snapshot.generation, 1);
});

test("who connects to a listener before its configuration is adopted waits for that, and gets no 404", async (t) => {
  const app = await upstream(t, (_request, response) => response.end("ok"));
  const proxy = await createProxy({ snapshot: { ...snapshot(), listeners: [] }, slots: () => undefined });
  t.after(() => proxy.close());
  const port = await freePort();
  const change = await proxy.prepare(snapshot({ clusters: { "test/app:80": [app] }, port, generation: 2 }));
  const answer = raw(port, "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n");
  await settle();
  change.commit();
  assert.equal(statusOf(await answer), 200);
});

test("closing waits for a change that is being applied", async (t) => {
  const moved = snapshot({ generation: 2 });
  const opened: Inbound[] = [];
  const slow = Promise.withResolvers<void>();
  const late = await start(t, snapshot(), {
    listen: async (options) => {
      if (opened.length > 0) await slow.promise;
      const inbound = await listenHttp(options);
      opened.push(inbound);
      return inbound;
    },
  });
  const listeners = moved.listeners.map((listener) => ({ ...listener, name: "test/gw/other" }));
  const applying = late.proxy.apply({ ...moved, listeners });
  const closed = late.proxy.close();
  slow.resolve();
  await Promise.all([applying, closed]);
  for (const { port: open } of opened) await assert.rejects(fetch(`http://127.0.0.1:${open}`));
});
