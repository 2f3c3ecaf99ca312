import assert from "node:assert/strict";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { constants } from "node:http2";
import { connect as connectSocket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { rawUpstream, snapshot, start, upstream } from "./fixture.ts";
import { ask, h2Client, h2Upstream, type Seen, seen } from "./http2-peers.ts";

type Protocol = "http1" | "h2c";

interface Wanted {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string[];
  trailers?: Record<string, string>;
}

/** Answers with what it received, in whatever protocol: `x-saw` has the method and path. */
async function echo(t: TestContext, protocol: Protocol): Promise<number> {
  if (protocol === "h2c") {
    const { port } = await h2Upstream(t, (stream, headers) => {
      const got: Record<string, unknown> = {};
      stream.on("trailers", (trailers) => Object.assign(got, trailers));
      stream.respond(
        { ":status": 200, "x-saw": `${headers[":method"]} ${headers[":path"]}`, "set-cookie": ["a=1", "b=2"] },
        { waitForTrailers: true },
      );
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": String(got["x-check"] ?? "none") }));
      if (headers[":method"] !== "HEAD") stream.pipe(stream);
      else stream.end();
    });
    return port;
  }
  return upstream(t, (request, response) => {
    if (request.method !== "HEAD") response.setHeader("trailer", "x-sum");
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    response.setHeader("x-saw", `${request.method} ${request.url}`);
    response.flushHeaders();
    request.on("data", (chunk) => response.write(chunk));
    request.on("end", () => {
      if (request.method !== "HEAD") response.addTrailers({ "x-sum": request.trailers["x-check"] ?? "none" });
      response.end();
    });
  });
}

async function send(t: TestContext, protocol: Protocol, port: number, wanted: Wanted): Promise<Seen> {
  return protocol === "h2c" ? sendH2(t, port, wanted) : sendHttp1(port, wanted);
}

function sendH2(t: TestContext, port: number, { method, path, headers, body, trailers }: Wanted): Promise<Seen> {
  const head = { ":method": method, ":path": path, ...headers };
  const options = { endStream: body === undefined, waitForTrailers: trailers !== undefined };
  const stream = h2Client(t, port).request(head, options);
  if (trailers !== undefined) stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  for (const piece of body ?? []) stream.write(piece);
  if (body !== undefined) stream.end();
  return seen(stream);
}

async function sendHttp1(port: number, { method, path, headers, body, trailers }: Wanted): Promise<Seen> {
  const framing = body === undefined ? {} : { "transfer-encoding": "chunked" };
  const request = httpRequest({
    ...{ host: "127.0.0.1", port, method, path, agent: false },
    headers: { ...headers, ...framing, te: "trailers", connection: "te" },
  });
  for (const piece of body ?? []) request.write(piece);
  if (trailers !== undefined) request.addTrailers(trailers);
  request.end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
  });
  let text = "";
  for await (const chunk of response) text += chunk;
  const sent = response.trailers as IncomingHttpHeaders;
  return { status: response.statusCode ?? 0, headers: response.headers, body: text, trailers: sent, interim: [] };
}

for (const inbound of ["http1", "h2c"] as const) {
  for (const outbound of ["http1", "h2c"] as const) {
    describe(`${inbound} in, ${outbound} out`, () => {
      const run = async (t: TestContext, wanted: Wanted) => {
        const port = await echo(t, outbound);
        const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: outbound }));
        return { response: await send(t, inbound, proxy.port, wanted), proxy };
      };

      test("GET", async (t) => {
        const { response, proxy } = await run(t, { method: "GET", path: "/a?b=c" });
        assert.equal(response.status, 200);
        assert.equal(response.headers["x-saw"], "GET /a?b=c");
        assert.deepEqual(response.headers["set-cookie"], ["a=1", "b=2"]);
        assert.equal(response.body, "");
        const [line] = await proxy.log();
        assert.equal(line?.protocol, inbound === "h2c" ? "HTTP/2" : "HTTP/1.1");
        assert.equal(line?.status, 200);
      });

      test("POST with a body in pieces and trailers both ways", async (t) => {
        const { response } = await run(t, {
          ...{ method: "POST", path: "/", body: ["one ", "two ", "three"] },
          trailers: { "x-check": "42" },
        });
        assert.equal(response.body, "one two three");
        assert.equal(response.trailers?.["x-sum"], "42");
      });

      test("a body of 4 MB", async (t) => {
        const body = Array.from({ length: 64 }, (_, index) => String.fromCharCode(97 + (index % 26)).repeat(65_536));
        const { response } = await run(t, { method: "POST", path: "/", body });
        assert.equal(response.body.length, 64 * 65_536);
        assert.ok(response.body === body.join(""));
      });

      test("HEAD", async (t) => {
        const { response } = await run(t, { method: "HEAD", path: "/" });
        assert.equal(response.status, 200);
        assert.equal(response.headers["x-saw"], "HEAD /");
        assert.equal(response.body, "");
      });

      test("a client that leaves cuts the backend's request off", async (t) => {
        let cut: () => void = () => {};
        const seenCut = new Promise<void>((resolve) => {
          cut = resolve;
        });
        const arrived = Promise.withResolvers<void>();
        const port =
          outbound === "h2c"
            ? (
                await h2Upstream(t, (stream) => {
                  arrived.resolve();
                  stream.on("aborted", cut);
                })
              ).port
            : await upstream(t, (request) => {
                arrived.resolve();
                request.on("close", cut);
              });
        const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: outbound }));
        if (inbound === "h2c") {
          const stream = h2Client(t, proxy.port).request({ ":path": "/" });
          stream.on("error", () => {});
          await arrived.promise;
          stream.close(constants.NGHTTP2_CANCEL);
        } else {
          const socket = connectSocket(proxy.port, "127.0.0.1");
          socket.write("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
          await arrived.promise;
          socket.destroy();
        }
        await seenCut;
        const [line] = await proxy.log();
        assert.equal(line?.flags, "DC");
        assert.equal(proxy.proxy.active, 0);
      });

      test("a request that the client cuts off in its body never looks complete to the backend", async (t) => {
        const outcome = Promise.withResolvers<string>();
        const some = Promise.withResolvers<void>();
        const hear = (source: NodeJS.ReadableStream, complete: () => boolean) => {
          source.on("data", () => some.resolve()).on("error", () => {});
          source.on("close", () => outcome.resolve(complete() ? "complete" : "cut off"));
        };
        const port =
          outbound === "h2c"
            ? (await h2Upstream(t, (stream) => hear(stream, () => stream.rstCode === 0 && !stream.aborted))).port
            : await upstream(t, (request) => hear(request, () => request.complete));
        const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: outbound }));
        if (inbound === "h2c") {
          const stream = h2Client(t, proxy.port).request({ ":method": "POST", ":path": "/" }, { endStream: false });
          stream.on("error", () => {});
          stream.write("half");
          await some.promise;
          stream.destroy(new Error("gone"));
        } else {
          const socket = connectSocket(proxy.port, "127.0.0.1");
          socket.write("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n");
          await some.promise;
          socket.destroy();
        }
        assert.equal(await outcome.promise, "cut off");
      });

      test("a response that the backend cuts off never looks complete", async (t) => {
        const port =
          outbound === "h2c"
            ? (
                await h2Upstream(t, (stream) => {
                  stream.respond({ ":status": 200 });
                  stream.write("half", () => stream.destroy(new Error("cut off")));
                })
              ).port
            : await rawUpstream(t, (socket) => {
                socket.once("data", () => {
                  socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n");
                });
              });
        const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: outbound }));
        await assert.rejects(send(t, inbound, proxy.port, { method: "GET", path: "/" }));
        const [line] = await proxy.log();
        assert.match(line?.flags ?? "", /UC|UPE/);
      });
    });
  }
}

describe("gRPC", () => {
  test("a unary call and a refusal by trailers alone", async (t) => {
    const { port } = await h2Upstream(t, (stream, headers) => {
      assert.equal(headers.te, "trailers");
      if (headers[":path"] === "/svc/Refuse") {
        stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "5" }, { endStream: true });
        return;
      }
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "fine" }));
      stream.pipe(stream);
    });
    const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
    const client = h2Client(t, proxy.port);
    const head = { ":method": "POST", "content-type": "application/grpc", te: "trailers" };
    const unary = await ask(client, { ...head, ":path": "/svc/Say" }, "\0\0\0\0\x02hi");
    assert.equal(unary.body, "\0\0\0\0\x02hi");
    assert.equal(unary.trailers?.["grpc-status"], "0");
    assert.equal(unary.trailers?.["grpc-message"], "fine");

    const stream = client.request({ ...head, ":path": "/svc/Refuse" });
    const ended = new Promise<boolean>((resolve) => {
      stream.once("response", (_headers, flags) => resolve((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0));
    });
    stream.end("x");
    const refused = await seen(stream);
    assert.equal(refused.headers["grpc-status"], "5");
    assert.equal(await ended, true, "the head must end the stream, or clients take it for headers");
  });

  test("bidirectional streaming: every message is answered before the next one is sent", async (t) => {
    const { port } = await h2Upstream(t, (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.on("data", (chunk) => stream.write(`${chunk}!`));
      stream.on("end", () => stream.end());
    });
    const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
    const stream = h2Client(t, proxy.port).request({ ":method": "POST", ":path": "/svc/Chat" }, { endStream: false });
    const answers: string[] = [];
    stream.on("data", (chunk) => {
      answers.push(String(chunk));
      if (answers.length < 50) stream.write(`m${answers.length}`);
      else stream.end();
    });
    const done = new Promise<IncomingHttpHeaders>((resolve) => stream.on("trailers", resolve));
    stream.write("m0");
    assert.equal((await done)["grpc-status"], "0");
    assert.deepEqual(
      answers,
      Array.from({ length: 50 }, (_, index) => `m${index}!`),
    );
  });
});

test("many requests share one connection to an h2c backend", async (t) => {
  const { port, sessions } = await h2Upstream(t, (stream) => {
    stream.respond({ ":status": 200 });
    stream.end("ok");
  });
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
  const client = h2Client(t, proxy.port);
  const bodies = await Promise.all(Array.from({ length: 50 }, () => ask(client, { ":path": "/" })));
  assert.ok(bodies.every(({ body }) => body === "ok"));
  assert.equal(sessions.size, 1);
});

test("an h2c backend's limit of streams is kept to", async (t) => {
  let most = 0;
  let open = 0;
  const { port } = await h2Upstream(
    t,
    (stream) => {
      open += 1;
      most = Math.max(most, open);
      stream.once("close", () => {
        open -= 1;
      });
      stream.respond({ ":status": 200 });
      setImmediate(() => stream.end("ok"));
    },
    { maxConcurrentStreams: 2 },
  );
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
  const client = h2Client(t, proxy.port);
  await ask(client, { ":path": "/" });
  const all = await Promise.all(Array.from({ length: 40 }, () => ask(client, { ":path": "/" })));
  assert.ok(all.every(({ status }) => status === 200));
  assert.ok(most <= 8, `at most two streams on each of four connections, got ${most}`);
});

test("a request that the backend refused without processing it is sent once more", async (t) => {
  let streams = 0;
  const { port } = await h2Upstream(t, (stream) => {
    streams += 1;
    if (streams === 1) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    stream.respond({ ":status": 200 });
    stream.end("second");
  });
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
  const answer = await ask(h2Client(t, proxy.port), { ":path": "/", ":method": "PATCH" });
  assert.equal(answer.body, "second");
});

test("a request that the backend may have processed is not sent again", async (t) => {
  let streams = 0;
  const { port } = await h2Upstream(t, (stream) => {
    streams += 1;
    stream.destroy(new Error("broken"));
  });
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
  const answer = await ask(h2Client(t, proxy.port), { ":path": "/", ":method": "POST" }, "x");
  assert.equal(answer.status, 502);
  assert.equal(streams, 1);
});

test("a backend that says GOAWAY finishes what it began; the next request takes a new connection", async (t) => {
  const { port, sessions } = await h2Upstream(t, (stream) => {
    const { session } = stream;
    stream.respond({ ":status": 200 });
    session?.goaway(constants.NGHTTP2_NO_ERROR);
    setImmediate(() => stream.end("ok"));
  });
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
  const client = h2Client(t, proxy.port);
  for (let i = 0; i < 3; i++) assert.equal((await ask(client, { ":path": "/" })).body, "ok");
  assert.ok(sessions.size <= 3);
});

test("a backend that is not there, and one that speaks HTTP/1.1 only", async (t) => {
  const http1 = await upstream(t, (_request, response) => response.end("never"));
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [http1] }, protocol: "h2c" }));
  assert.equal((await ask(h2Client(t, proxy.port), { ":path": "/" })).status, 502);
  const gone = await start(t, snapshot({ clusters: { "test/app:80": [1] }, protocol: "h2c" }));
  assert.equal((await ask(h2Client(t, gone.port), { ":path": "/" })).status, 503);
  assert.equal((await gone.log())[0]?.flags, "UF");
});

test("interim responses pass, both ways of HTTP/2", async (t) => {
  const { port } = await h2Upstream(t, (stream) => {
    stream.additionalHeaders({ ":status": 103, link: "</a.css>; rel=preload" });
    stream.respond({ ":status": 200 });
    stream.end();
  });
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
  assert.deepEqual((await ask(h2Client(t, proxy.port), { ":path": "/" })).interim, [103]);
});

test("drain: GOAWAY at once, what runs is finished", async (t) => {
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const port = await upstream(t, (_request, response) => {
    arrived.resolve();
    void release.promise.then(() => response.end("late"));
  });
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
  const client = h2Client(t, proxy.port);
  const goaway = new Promise<number>((resolve) => client.once("goaway", resolve));
  const running = ask(client, { ":path": "/" });
  await arrived.promise;
  const drained = proxy.proxy.drain();
  assert.equal(await goaway, constants.NGHTTP2_NO_ERROR);
  release.resolve();
  assert.equal((await running).body, "late");
  assert.deepEqual(await drained, { cut: 0 });
});

test("a client that does not read stops the backend: memory stays bounded", async (t) => {
  let written = 0;
  const { port } = await h2Upstream(t, (stream) => {
    stream.respond({ ":status": 200 });
    const chunk = Buffer.alloc(16_384);
    const pump = () => {
      while (!stream.destroyed && stream.write(chunk)) written += chunk.length;
    };
    stream.on("drain", pump);
    pump();
  });
  const proxy = await start(t, snapshot({ clusters: { "test/app:80": [port] }, protocol: "h2c" }));
  const stream = h2Client(t, proxy.port).request({ ":path": "/" });
  stream.on("error", () => {});
  await new Promise((resolve) => stream.once("response", resolve));
  let last = -1;
  while (last !== written) {
    last = written;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(written < 1_000_000, `${written} bytes were taken from the backend for nobody`);
  stream.close(constants.NGHTTP2_CANCEL);
});
