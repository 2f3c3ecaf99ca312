import assert from "node:assert/strict";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { raw, rawUpstream, rule, snapshot, start, statusOf, upstream } from "./fixture.ts";

const MEGABYTE = Buffer.alloc(1_048_576, "x");
const HOST = "host: a.test\r\n";

test("a large body streams both ways at once, byte for byte", async (t) => {
  const port = await upstream(t, (request, response) => request.pipe(response));
  const { port: front, log } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const total = 32;
  let received = 0;
  await new Promise<void>((resolve, reject) => {
    const upload = httpRequest({ port: front, host: "127.0.0.1", method: "POST" }, (response) => {
      response.on("data", (chunk: Buffer) => {
        received += chunk.length;
      });
      response.on("end", resolve).on("error", reject);
    });
    let sent = 0;
    const more = () => {
      while (sent < total) {
        sent += 1;
        if (!upload.write(MEGABYTE)) return void upload.once("drain", more);
      }
      upload.end();
    };
    more();
  });
  assert.equal(received, total * MEGABYTE.length);
  const [line] = await log();
  assert.equal(line?.bytesReceived, received);
  assert.equal(line?.bytesSent, received);
});

test("a client that does not read stops the backend: memory stays bounded", async (t) => {
  let sent = 0;
  const port = await upstream(t, (_request, response) => {
    const more = () => {
      while (sent < 512 && !response.destroyed) {
        sent += 1;
        if (!response.write(MEGABYTE)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = connect(front, "127.0.0.1", () => client.write(`GET / HTTP/1.1\r\n${HOST}\r\n`));
  client.pause();
  let before = -1;
  while (sent === 0 || sent !== before) {
    before = sent;
    for (let i = 0; i < 300; i += 1) await turn();
  }
  assert.ok(sent < 64, `${sent} MB were taken from the backend for a client that reads nothing`);
  client.destroy();
});

test("a backend that does not read stops the client: memory stays bounded", async (t) => {
  const port = await rawUpstream(t, (socket) => socket.pause());
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  let sent = 0;
  const client = connect(front, "127.0.0.1", () => {
    client.write(`POST / HTTP/1.1\r\n${HOST}content-length: ${512 * MEGABYTE.length}\r\n\r\n`);
    const more = () => {
      while (sent < 512) {
        sent += 1;
        if (!client.write(MEGABYTE)) return void client.once("drain", more);
      }
    };
    more();
  });
  client.on("error", () => {});
  let before = -1;
  while (sent === 0 || sent !== before) {
    before = sent;
    for (let i = 0; i < 300; i += 1) await turn();
  }
  assert.ok(sent < 64, `${sent} MB were taken from the client for a backend that reads nothing`);
  client.destroy();
});

test("trailers of a response reach a client that takes them, without forbidden ones", async (t) => {
  const port = await upstream(t, (_request, response) => {
    response.writeHead(200, { trailer: "x-sum, grpc-status" });
    response.write("body");
    response.addTrailers([
      ["x-sum", "42"],
      ["grpc-status", "0"],
      ["authorization", "stolen"],
    ]);
    response.end();
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const ask = (te: string) => raw(front, `GET / HTTP/1.1\r\n${HOST}${te}\r\n`, { until: /\r\n0\r\n(?:.+\r\n)*\r\n$/ });
  const with_ = await ask("te: trailers\r\nconnection: te\r\n");
  assert.match(with_.text, /\r\n0\r\nx-sum: 42\r\ngrpc-status: 0\r\n\r\n$/);
  assert.doesNotMatch(with_.text, /stolen/);
  const without = await ask("");
  assert.match(without.text, /\r\n0\r\n\r\n$/);
});

test("trailers of a request reach the backend, never among the headers", async (t) => {
  const seen: IncomingMessage[] = [];
  const port = await upstream(t, (request, response) => {
    seen.push(request);
    request.resume().on("end", () => response.end("ok"));
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const body = "3\r\nabc\r\n0\r\nx-sum: 42\r\nauthorization: 9\r\n\r\n";
  const head = `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n`;
  for (let i = 1; i <= 2; i += 1) {
    assert.equal(statusOf(await raw(front, head + body, { until: /ok/ })), 200);
    assert.deepEqual(seen.at(-1)?.trailers, { "x-sum": "42" });
    assert.equal(seen.at(-1)?.headers["x-sum"], undefined);
  }
});

test("a body without trailers has none, also on a connection that carried some", async (t) => {
  const trailers: string[][] = [];
  const port = await upstream(t, (request, response) => {
    request.resume().on("end", () => {
      trailers.push(request.rawTrailers);
      response.end("ok");
    });
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const head = `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n`;
  await raw(front, `${head}3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n`, { until: /ok/ });
  await raw(front, `${head}3\r\nabc\r\n0\r\n\r\n`, { until: /ok/ });
  assert.deepEqual(trailers, [["x-sum", "1"], []]);
});

test("interim responses are forwarded before the final one, but not to HTTP/1.0", async (t) => {
  const port = await rawUpstream(t, (socket) => {
    socket.on("data", () => {
      socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n");
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const modern = await raw(front, `GET / HTTP/1.1\r\n${HOST}\r\n`, { until: /ok$/ });
  assert.match(modern.text, /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a\.css>\r\n\r\nHTTP\/1\.1 200 OK/);
  const old = await raw(front, `GET / HTTP/1.0\r\n${HOST}\r\n`, { until: /ok$/ });
  assert.match(old.text, /^HTTP\/1\.1 200 OK/);
});

test("Expect: the body is asked for once the request is let through", async (t) => {
  const port = await upstream(t, (request, response) => {
    assert.equal(request.headers.expect, undefined);
    request.pipe(response);
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const text = await new Promise<string>((resolve) => {
    let seen = "";
    const socket = connect(front, "127.0.0.1", () => {
      socket.write(`POST / HTTP/1.1\r\n${HOST}expect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n`);
    });
    socket.on("data", (chunk) => {
      seen += chunk;
      if (seen === "HTTP/1.1 100 Continue\r\n\r\n") socket.write("hello");
    });
    socket.on("close", () => resolve(seen));
  });
  assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*hello/);
});

test("Expect: a refused request never sees 100, and its connection ends", async (t) => {
  const { port: front } = await start(t, snapshot({ rules: [rule({ path: "/none" })] }));
  const answer = await raw(front, `POST / HTTP/1.1\r\n${HOST}expect: 100-continue\r\ncontent-length: 5\r\n\r\n`);
  assert.equal(statusOf(answer), 404);
  assert.doesNotMatch(answer.text, /100 Continue/);
  assert.match(answer.text, /connection: close/i);
});

test("HEAD keeps the content-length and sends no body", async (t) => {
  const port = await upstream(t, (_request, response) => {
    response.writeHead(200, { "content-length": "7" });
    response.end();
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const answer = await raw(front, `HEAD / HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`);
  assert.match(answer.text, /content-length: 7\r\n/);
  assert.ok(answer.text.endsWith("\r\n\r\n"));
});

test("set-cookie fields are never joined and hop-by-hop fields of a response are dropped", async (t) => {
  const port = await rawUpstream(t, (socket) => {
    socket.on("data", () =>
      socket.write(
        "HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nconnection: x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=9\r\ncontent-length: 2\r\n\r\nok",
      ),
    );
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const { text } = await raw(front, `GET / HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`);
  assert.match(text, /set-cookie: a=1\r\nset-cookie: b=2\r\n/);
  assert.doesNotMatch(text, /x-hop|timeout=9/);
});

test("a body that nobody wants does not keep the connection for ever", async (t) => {
  const { port: front } = await start(t, snapshot({ rules: [rule({ path: "/none" })] }));
  const answer = await raw(front, `POST / HTTP/1.1\r\n${HOST}content-length: 1000000\r\n\r\nabc`);
  assert.equal(statusOf(answer), 404);
});

test("a connection is used again after a whole exchange, on both sides", async (t) => {
  const remotes = new Set<number | undefined>();
  const port = await upstream(t, (request, response) => {
    remotes.add(request.socket.remotePort);
    response.end("ok");
  });
  const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const locals = new Set<number | undefined>();
  for (let i = 0; i < 5; i += 1) {
    await new Promise<void>((resolve) => {
      httpRequest({ port: front, host: "127.0.0.1", agent }, (response) => {
        locals.add(response.socket.localPort);
        response.resume().on("end", () => setImmediate(resolve));
      }).end();
    });
  }
  assert.equal(remotes.size, 1);
  assert.equal(locals.size, 1);
});
