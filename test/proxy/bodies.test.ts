import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import type { PluginBinding } from "../../runtime/config/snapshot.ts";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { NEXT, type Verdict } from "../../runtime/wasm/verdict.ts";
import { plugin, rule, snapshot, start, upstream } from "./fixture.ts";
import { HOLD, pending, respond, type Script, slotsOf, WHOLE } from "./scripted.ts";

interface Play {
  readonly scripts: Record<string, Script>;
  readonly bindings?: Record<string, Partial<PluginBinding>>;
  readonly backend?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly requestTimeout?: number;
}

interface Seen {
  method: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

async function play(t: TestContext, { scripts, bindings = {}, backend, requestTimeout }: Play) {
  const seen: Seen[] = [];
  const echo = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request).catch(() => Buffer.from("cut"));
    seen.push({ method: request.method, headers: request.headers, body: body.toString() });
    response.end(body);
  };
  const port = await upstream(t, backend ?? echo);
  const names = Object.keys(scripts);
  const plugins = names.map((name) => plugin(name, bindings[name]));
  const given = snapshot({
    rules: [rule({ plugins: names, ...(requestTimeout !== undefined && { requestTimeout }) })],
    plugins,
    clusters: { "test/app:80": [port] },
  });
  const clock = manualClock();
  const running = await start(t, given, { slots: slotsOf(scripts), clock });
  return { ...running, seen, clock };
}

/** A client that sends its body in pieces, each after the test says so. */
function upload(port: number, headers: Record<string, string> = {}) {
  const request = httpRequest({ port, host: "127.0.0.1", method: "POST", headers });
  const answer = once(request, "response").then(async ([response]) => {
    const message = response as IncomingMessage;
    const body = await buffer(message).catch(() => Buffer.from("cut"));
    return { status: message.statusCode, headers: message.headers, body: body.toString() };
  });
  return { request, answer };
}

const upper = (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().toUpperCase());
const shout: Script["onRequestBody"] = (_exchange, piece) => {
  piece.bytes = upper(piece.bytes);
  return NEXT;
};

test("an edited request body goes out chunked piece by piece, and by its exact length once it is whole", async (t) => {
  for (const whole of [false, true]) {
    const script: Script = { onRequest: () => (whole ? WHOLE : NEXT), onRequestBody: shout };
    const { url, seen } = await play(t, { scripts: { a: script } });
    const response = await fetch(url, { method: "POST", body: "hello" });
    assert.equal(await response.text(), "HELLO");
    assert.equal(seen[0]?.headers["content-length"], whole ? "5" : undefined);
    assert.equal(seen[0]?.headers["transfer-encoding"], whole ? undefined : "chunked");
  }
});

test("a filter that only reads leaves length and bytes alone", async (t) => {
  let read = "";
  const script: Script = {
    bodies: { request: "read", response: "read" },
    onRequestBody: (_exchange, { bytes }) => {
      read += Buffer.from(bytes).toString();
      return NEXT;
    },
  };
  const { url, seen } = await play(t, { scripts: { a: script } });
  assert.equal(await (await fetch(url, { method: "POST", body: "hello" })).text(), "hello");
  assert.equal(read, "hello");
  assert.equal(seen[0]?.headers["content-length"], "5");
});

test("a filter decides about headers after it has read the body; later filters see its decision", async (t) => {
  const decide: Script = {
    onRequest: () => WHOLE,
    onRequestBody({ request }, { bytes, end }) {
      assert.ok(end);
      request.fields.set("x-size", String(bytes.length));
      return NEXT;
    },
  };
  let later: string | undefined;
  const scripts = {
    decide,
    later: {
      onRequest({ request }) {
        later = request.fields.get("x-size");
        return NEXT;
      },
    } satisfies Script,
  };
  const { port, seen, log } = await play(t, { scripts });
  const { request, answer } = upload(port);
  request.write("one ");
  request.write("two ");
  request.end("three");
  assert.equal((await answer).body, "one two three");
  assert.equal(later, "13");
  assert.equal(seen[0]?.headers["x-size"], "13");
  assert.equal((await log())[0]?.bytesKept, 13);
});

test("two filters that hold see the body one after the other", async (t) => {
  const append = (text: string): Script => ({
    onRequest: () => WHOLE,
    onRequestBody(_exchange, piece) {
      piece.bytes = Buffer.concat([piece.bytes, Buffer.from(text)]);
      return NEXT;
    },
  });
  const { url, seen } = await play(t, { scripts: { a: append("a"), b: append("b"), c: append("c") } });
  assert.equal(await (await fetch(url, { method: "POST", body: "x" })).text(), "xabc");
  assert.equal(seen[0]?.headers["content-length"], "4");
});

test("a filter holds pieces until it has seen enough", async (t) => {
  const shown: string[] = [];
  const script: Script = {
    onRequestBody(_exchange, { bytes, end }) {
      const text = Buffer.from(bytes).toString();
      shown.push(text);
      return end || text.includes("\n") ? NEXT : HOLD;
    },
  };
  const { port, seen } = await play(t, { scripts: { a: script } });
  const { request, answer } = upload(port);
  for (const piece of ["ab", "c", "d\n", "e"]) {
    request.write(piece);
    while (shown.length === 0 || !shown.at(-1)?.endsWith(piece)) await new Promise((resolve) => setImmediate(resolve));
  }
  request.end();
  await answer;
  assert.deepEqual(shown, ["ab", "abc", "abcd\n", "e", "e"]);
  assert.equal(seen[0]?.body, "abcd\ne");
});

test("a head waits until its filter has decided, in both directions", async (t) => {
  const [first, second] = [pending(), pending()];
  const script: Script = {
    onRequest: () => ({ kind: "wait", settle: first.settle }),
    onResponse: () => ({ kind: "wait", settle: second.settle }),
  };
  const { url, seen, log, clock } = await play(t, { scripts: { a: script } });
  const answer = fetch(url, { method: "POST", body: "hello" });
  await first.awaited;
  assert.equal(seen.length, 0);
  clock.advance(70);
  first.resolve(NEXT);
  await second.awaited;
  clock.advance(30);
  second.resolve(NEXT);
  assert.equal(await (await answer).text(), "hello");
  assert.equal((await log())[0]?.waited, 100);
});

test("a filter that waited answers, or fails", async (t) => {
  for (const direction of ["onRequest", "onResponse"] as const) {
    for (const outcome of ["respond", "fault"] as const) {
      const wait = pending();
      const script: Script = {
        [direction](exchange: Parameters<NonNullable<Script["onRequest"]>>[0]): Verdict {
          if (outcome === "respond") respond(exchange, 418, "late");
          return { kind: "wait", settle: wait.settle };
        },
      };
      const { url, log } = await play(t, { scripts: { a: script } });
      const answer = fetch(url);
      await wait.awaited;
      wait.resolve(outcome === "respond" ? { kind: "respond" } : { kind: "fault", code: "GUEST_TRAP", detail: "x" });
      const response = await answer;
      assert.equal(response.status, outcome === "respond" ? 418 : 503);
      await response.text();
      assert.equal((await log())[0]?.flags, outcome === "respond" ? "FA" : "PF");
    }
  }
});

test("a filter that waits for too long: 504 by its own patience, under its failure policy", async (t) => {
  for (const failurePolicy of ["closed", "open"] as const) {
    const wait = pending();
    const script: Script = { onRequest: () => ({ kind: "wait", settle: wait.settle }) };
    const { url, log, clock, proxy } = await play(t, { scripts: { a: script }, bindings: { a: { failurePolicy } } });
    const answer = fetch(url);
    await wait.awaited;
    clock.advance(31_000);
    const response = await answer;
    await response.text();
    assert.equal(response.status, failurePolicy === "open" ? 200 : 504);
    wait.resolve(NEXT);
    assert.match(proxy.metrics.expose(), /heddle_plugin_faults_total\{plugin="a",code="WAIT_TIMEOUT"\} 1/);
    assert.equal((await log())[0]?.flags, failurePolicy === "open" ? "-" : "PF");
  }
});

test("a filter that waits longer than the request may take: 504, flag UT; what it says later is ignored", async (t) => {
  const wait = pending();
  const released: number[] = [];
  const script: Script = {
    onRequest: () => ({ kind: "wait", settle: wait.settle }),
    release: ({ id }) => void released.push(id),
  };
  const { url, log, clock } = await play(t, { scripts: { a: script }, requestTimeout: 1_000 });
  const answer = fetch(url);
  await wait.awaited;
  clock.advance(1_100);
  assert.equal((await answer).status, 504);
  assert.equal((await log())[0]?.flags, "UT");
  assert.equal(released.length, 1);
  wait.resolve(NEXT);
});

test("a client that leaves while a filter waits: everything is released once", async (t) => {
  const wait = pending();
  const released: number[] = [];
  const script: Script = {
    onRequest: () => ({ kind: "wait", settle: wait.settle }),
    release: ({ id }) => void released.push(id),
  };
  const { port, log, proxy } = await play(t, { scripts: { a: script } });
  const socket = connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
  await wait.awaited;
  socket.resetAndDestroy();
  assert.equal((await log())[0]?.flags, "DC");
  wait.resolve(NEXT);
  assert.equal(released.length, 1);
  assert.equal(proxy.active, 0);
});

test("a filter answers in the midst of the request's body: the backend's call is given up", async (t) => {
  const cut = Promise.withResolvers<void>();
  const script: Script = {
    onRequestBody: (exchange, { bytes }) =>
      Buffer.from(bytes).includes("bad") ? respond(exchange, 403, "no such words") : NEXT,
  };
  const arrived = Promise.withResolvers<void>();
  const { port, log } = await play(t, {
    scripts: { a: script },
    backend(request) {
      request.once("data", () => arrived.resolve());
      request.on("error", () => cut.resolve());
    },
  });
  const { request, answer } = upload(port);
  request.write("good");
  await arrived.promise;
  request.write("bad");
  const { status, headers, body } = await answer;
  request.destroy();
  assert.deepEqual([status, headers["x-by"], body], [403, "filter", "no such words"]);
  await cut.promise;
  assert.equal((await log())[0]?.flags, "UAEX");
});

test("after the response's head, a filter that answers or fails cuts the exchange off", async (t) => {
  for (const verdict of ["respond", "fault"] as const) {
    const script: Script = {
      onResponseBody(exchange, { end }) {
        if (!end) return NEXT;
        return verdict === "respond" ? respond(exchange, 418, "x") : { kind: "fault", code: "GUEST_TRAP", detail: "x" };
      },
    };
    const { url, log } = await play(t, {
      scripts: { a: script },
      backend(_request, response) {
        response.write("begun");
        response.end();
      },
    });
    await assert.rejects(async () => (await fetch(url)).text());
    assert.equal((await log())[0]?.flags, verdict === "respond" ? "FA" : "PF");
  }
});

test("a filter answers in place of a response whose head it held; earlier filters see that", async (t) => {
  const hold: Script = {
    onResponse: () => WHOLE,
    onResponseBody: (exchange, { bytes }) =>
      Buffer.from(bytes).includes("secret") ? respond(exchange, 451, "withheld") : NEXT,
  };
  const outer: Script = {
    onResponse({ response }) {
      response.fields.set("x-outer", String(response.status));
      return NEXT;
    },
    onResponseBody: shout,
  };
  const { url, log } = await play(t, { scripts: { outer, hold } });
  const response = await fetch(url, { method: "POST", body: "a secret" });
  assert.equal(response.status, 451);
  assert.equal(response.headers.get("x-outer"), "451");
  assert.equal(response.headers.get("content-length"), "8");
  assert.equal(await response.text(), "WITHHELD");
  assert.equal((await log())[0]?.flags, "FA");
  assert.equal(await (await fetch(url, { method: "POST", body: "open" })).text(), "OPEN");
});

test("failure policy open: the bytes pass unchanged, and the filter sees no more of them", async (t) => {
  let calls = 0;
  const script: Script = {
    onRequestBody(_exchange, piece) {
      calls += 1;
      piece.bytes = Buffer.from("garbage");
      return { kind: "fault", code: "GUEST_TRAP", detail: "x" };
    },
  };
  const { port } = await play(t, { scripts: { a: script }, bindings: { a: { failurePolicy: "open" } } });
  const { request, answer } = upload(port);
  request.write("one ");
  while (calls === 0) await new Promise((resolve) => setImmediate(resolve));
  request.end("two");
  assert.equal((await answer).body, "one two");
  assert.equal(calls, 1);
});

test("a plugin in shadow sees the body, changes nothing and is not waited for", async (t) => {
  const shown: string[] = [];
  const script: Script = {
    onRequest: () => WHOLE,
    onRequestBody(exchange, piece) {
      shown.push(Buffer.from(piece.bytes).toString());
      piece.bytes = Buffer.from("changed");
      exchange.request.fields.set("x-shadow", "1");
      return respond(exchange, 403, "no");
    },
    onResponse: () => ({ kind: "wait", settle: pending().settle }),
  };
  const { port, seen, log } = await play(t, { scripts: { a: script }, bindings: { a: { mode: "shadow" } } });
  const { request, answer } = upload(port);
  request.write("one ");
  request.end("two");
  assert.equal((await answer).body, "one two");
  assert.deepEqual(shown, ["one two"]);
  assert.equal(seen[0]?.headers["x-shadow"], undefined);
  assert.equal((await log())[0]?.attributes["shadow.a"], "403 scripted");
});

test("responses without content have no hooks for bodies; a held request without one is shown nothing, at the end", async (t) => {
  const shown: string[] = [];
  const see =
    (what: string): Script["onRequestBody"] =>
    (_exchange, { bytes, end }) => {
      shown.push(`${what} ${bytes.length} ${end}`);
      return NEXT;
    };
  const script: Script = {
    onRequest: () => WHOLE,
    onRequestBody: see("request"),
    onResponse: () => WHOLE,
    onResponseBody: see("response"),
  };
  const backend: Play["backend"] = (_request, response) => void response.setHeader("content-length", "4").end("body");
  const { url } = await play(t, { scripts: { a: script }, backend });
  const response = await fetch(url, { method: "HEAD" });
  assert.equal(response.headers.get("content-length"), "4");
  assert.deepEqual(shown, ["request 0 true"]);
  assert.equal(await (await fetch(url)).text(), "body");
  assert.deepEqual(shown, ["request 0 true", "request 0 true", "response 4 true"]);
});

test("reading the body invites a client that waits for that", async (t) => {
  const { port } = await play(t, { scripts: { a: { onRequest: () => WHOLE, onRequestBody: shout } } });
  const { request, answer } = upload(port, { expect: "100-continue", "content-length": "5" });
  request.flushHeaders();
  await once(request, "continue");
  request.end("hello");
  assert.equal((await answer).body, "HELLO");
});
