import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { Agent, get, request } from "node:https";
import { describe, type TestContext, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import type { Exchange } from "../../runtime/http/exchange.ts";
import type { Refusal } from "../../runtime/http/inbound.ts";
import { listenHttp } from "../../runtime/http/listen.ts";
import { certificateFor } from "../certificates.ts";

const certificate = certificateFor(["a.test"]);

interface Listening {
  readonly port: number;
  readonly exchanges: Exchange[];
  readonly refusals: Refusal[];
  connections(): number;
}

async function listen(t: TestContext, serve: (exchange: Exchange) => void, limits = {}): Promise<Listening> {
  const exchanges: Exchange[] = [];
  const refusals: Refusal[] = [];
  const inbound = await listenHttp({
    host: "127.0.0.1",
    port: 0,
    limits,
    tls: { certificateFor: () => certificate },
    handlers: {
      exchange(exchange) {
        exchanges.push(exchange);
        serve(exchange);
      },
      refused: (refusal) => void refusals.push(refusal),
    },
  });
  t.after(() => inbound.close());
  return { port: inbound.port, exchanges, refusals, connections: () => inbound.connections };
}

/** Answers with what came. */
function echo(exchange: Exchange): void {
  exchange.response.status = 200;
  exchange.begin(true);
  exchange.listener = { drained: () => exchange.resumeBody(), gone() {}, ended() {} };
  exchange.readBody({
    write: (chunk) => exchange.write(chunk),
    end: () => exchange.end(undefined),
    fail: () => exchange.abort(),
  });
}

function hello(exchange: Exchange): void {
  exchange.response.status = 200;
  exchange.response.fields.set("content-length", "5");
  exchange.begin(true);
  exchange.write(Buffer.from("hello"));
  exchange.end(undefined);
}

async function secure(port: number, options = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", servername: "a.test", rejectUnauthorized: false, ...options });
  await once(socket, "secureConnect");
  return socket;
}

describe("HTTP/1.1 over TLS", () => {
  test("requests one after another on one connection; scheme and server name are known", async (t) => {
    const { port, exchanges, connections } = await listen(t, hello);
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, servername: "A.test" });
    t.after(() => agent.destroy());
    for (let i = 0; i < 3; i += 1) {
      const [response] = await once(get({ port, host: "127.0.0.1", agent }), "response");
      assert.equal(String(Buffer.concat(await response.toArray())), "hello");
    }
    const [{ request: head, connection }] = exchanges as [Exchange];
    assert.deepEqual([head.scheme, connection.serverName, connection.protocol], ["https", "a.test", "HTTP/1.1"]);
    assert.deepEqual([exchanges.length, connections()], [3, 1]);
  });

  test("bodies of 8 MB both ways at once", async (t) => {
    const { port } = await listen(t, echo);
    const sent = Buffer.alloc(8 * 1_048_576, "0123456789abcdef!");
    const asked = request({ port, host: "127.0.0.1", method: "POST", rejectUnauthorized: false, agent: false });
    asked.end(sent);
    const [response] = await once(asked, "response");
    assert.ok(Buffer.concat(await response.toArray()).equals(sent));
  });

  test("a small response is one record", async (t) => {
    const { port } = await listen(t, hello);
    const socket = await secure(port);
    let pieces = 0;
    socket.on("data", () => {
      pieces += 1;
    });
    socket.write("GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n");
    await once(socket, "end");
    assert.equal(pieces, 1);
  });

  test("many requests in many records at once: each is answered, in order, though they come faster than they are read", async (t) => {
    const { port } = await listen(t, (exchange) =>
      setImmediate(() => {
        exchange.response.status = 200;
        exchange.response.fields.set("x-target", exchange.request.target);
        exchange.begin(false);
        exchange.end(undefined);
      }),
    );
    const socket = await secure(port);
    socket.cork();
    for (let i = 0; i < 300; i += 1) {
      socket.write(`GET /${i} HTTP/1.1\r\nhost: a.test\r\n${i === 299 ? "connection: close\r\n" : ""}\r\n`);
      if (i % 7 === 0) {
        socket.uncork();
        socket.cork();
      }
    }
    socket.uncork();
    const text = String(Buffer.concat(await socket.toArray()));
    const targets = [...text.matchAll(/x-target: \/(\d+)/g)].map((match) => Number(match[1]));
    assert.deepEqual(
      targets,
      Array.from({ length: 300 }, (_, index) => index),
    );
  });

  test("a body that is read late, piece by piece, comes whole", async (t) => {
    const arrived = Promise.withResolvers<Buffer>();
    const { port } = await listen(t, (exchange) => {
      const pieces: Buffer[] = [];
      exchange.readBody({
        write(chunk) {
          pieces.push(Buffer.from(chunk));
          setImmediate(() => exchange.resumeBody());
          return false;
        },
        end() {
          arrived.resolve(Buffer.concat(pieces));
          hello(exchange);
        },
        fail: (reason) => arrived.reject(new Error(reason)),
      });
    });
    const sent = Buffer.alloc(2 * 1_048_576, "0123456789abcdef!");
    const options = { port, host: "127.0.0.1", method: "POST", rejectUnauthorized: false, agent: false };
    const asked = request({ ...options, headers: { "content-length": sent.length } });
    asked.end(sent);
    await once(asked, "response");
    assert.ok((await arrived.promise).equals(sent));
  });

  test("the preface of HTTP/2 without ALPN is refused: a client must ask for h2 in the handshake", async (t) => {
    const { port, refusals } = await listen(t, hello);
    const socket = await secure(port);
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const [chunk] = (await once(socket, "data")) as [Buffer];
    assert.match(String(chunk), /^HTTP\/1\.1 [45][0-9]{2} /);
    assert.equal(refusals.length, 1);
    socket.destroy();
  });

  test("a client that closes its side after its request gets the response", async (t) => {
    const late = Promise.withResolvers<Exchange>();
    const { port } = await listen(t, late.resolve);
    const socket = await secure(port, { allowHalfOpen: true });
    socket.end("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
    hello(await late.promise);
    const text = String(Buffer.concat(await socket.toArray()));
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*hello$/);
  });

  test("a response that was given up never looks complete", async (t) => {
    const { port } = await listen(t, (exchange) => {
      exchange.response.status = 200;
      exchange.begin(true);
      exchange.write(Buffer.from("part"));
      setImmediate(() => exchange.abort());
    });
    const socket = await secure(port);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
    await once(socket, "close");
    assert.doesNotMatch(text, /\r\n0\r\n\r\n$/);
  });

  test("HTTP in clear text: the connection is closed and counted", async (t) => {
    const { port, refusals } = await listen(t, hello);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    assert.deepEqual(
      refusals.map(({ status, detail }) => [status, detail]),
      [[0, "tls_clear_text"]],
    );
  });

  test("a client that reads nothing is cut off after the stall timeout", async (t) => {
    const gone = Promise.withResolvers<string>();
    const { port } = await listen(
      t,
      (exchange) => {
        exchange.response.status = 200;
        exchange.begin(true);
        const chunk = new Uint8Array(1_048_576);
        const more = () => {
          for (let i = 0; i < 64; i += 1) if (!exchange.write(chunk)) return;
        };
        exchange.listener = { drained: more, gone: gone.resolve, ended() {} };
        more();
      },
      { stallTimeout: 100 },
    );
    const socket = await secure(port);
    socket.pause().on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
    assert.equal(await gone.promise, "stalled");
    socket.destroy();
  });
});

describe("HTTP/2 over TLS", () => {
  test("requests on one connection; scheme and server name are known", async (t) => {
    const { port, exchanges, connections } = await listen(t, hello);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, servername: "a.test" });
    t.after(() => session.destroy());
    await Promise.all(
      [1, 2, 3].map(async () => {
        const stream = session.request({ ":path": "/", ":authority": "a.test" });
        assert.equal(String(Buffer.concat(await stream.toArray())), "hello");
      }),
    );
    const [{ request: head, connection }] = exchanges as [Exchange];
    assert.deepEqual([head.scheme, connection.serverName, connection.protocol], ["https", "a.test", "HTTP/2"]);
    assert.deepEqual([exchanges.length, connections()], [3, 1]);
  });

  test("bodies of 8 MB both ways at once", async (t) => {
    const { port } = await listen(t, echo);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, servername: "a.test" });
    t.after(() => session.destroy());
    const sent = Buffer.alloc(8 * 1_048_576, "0123456789abcdef!");
    const stream = session.request({ ":path": "/", ":method": "POST" });
    stream.end(sent);
    assert.ok(Buffer.concat(await stream.toArray()).equals(sent));
  });
});

test("close ends connections in every state", async (t) => {
  const { port, connections } = await listen(t, () => {});
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on("error", () => {});
  const greeted = once(session, "remoteSettings");
  session.request({ ":path": "/" }).on("error", () => {});
  const socket = await secure(port);
  socket.on("error", () => {});
  socket.write("GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
  await greeted;
  while (connections() < 2) await new Promise((resolve) => setImmediate(resolve));
});
