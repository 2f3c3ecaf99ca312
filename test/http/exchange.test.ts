import assert from "node:assert/strict";
import { test } from "node:test";
import { type BodySink, type Departure, type Downstream, Exchange } from "../../runtime/http/exchange.ts";
import { fieldList } from "../../runtime/http/fields.ts";
import type { GuestExchange } from "../../runtime/wasm/exchange.ts";

function create(expectsContinue = false, onFlow: (sink: BodySink) => unknown = () => {}) {
  const calls: string[] = [];
  const downstream: Downstream = {
    body: {
      flow: (sink) => {
        calls.push("flow");
        onFlow(sink);
      },
      resume: () => calls.push("resume"),
      cancel: () => calls.push("cancel"),
    },
    expectsContinue,
    takesTrailers: false,
    takesFrames: true,
    informational: (status) => calls.push(`interim ${status}`),
    head: (status, _fields, hasBody) => calls.push(`head ${status} ${hasBody}`),
    write: (chunk) => calls.push(`write ${chunk.length}`) > 0,
    frame: (bytes) => calls.push(`frame ${bytes.length}`) > 0,
    end: () => calls.push("end"),
    abort: () => calls.push("abort"),
  };
  const request = {
    ...{ method: "GET", scheme: "http" as const, authority: "a", target: "/", path: "/", query: undefined },
    ...{ fields: fieldList(), hasBody: false, upgrade: undefined },
  };
  const connection = { clientAddress: "", clientPort: 0, serverAddress: "", serverPort: 0, protocol: "HTTP/1.1" };
  return { exchange: new Exchange(request, connection, downstream), calls };
}

test("an exchange is what a guest may see", () => {
  const guest: GuestExchange = create().exchange;
  assert.ok(guest.id > 0);
  assert.notEqual(create().exchange.id, guest.id);
});

test("open, streaming, ended: steps out of order do nothing", () => {
  const { exchange, calls } = create();
  exchange.write(new Uint8Array(3));
  exchange.end(undefined);
  exchange.response.status = 200;
  exchange.begin(true);
  exchange.begin(true);
  exchange.informational(103, fieldList());
  exchange.write(new Uint8Array(3));
  exchange.end(undefined);
  let ended = 0;
  exchange.listener = {
    drained: () => {},
    gone: () => {},
    ended: () => {
      ended += 1;
    },
  };
  exchange.closed();
  exchange.closed("disconnected");
  exchange.abort();
  assert.deepEqual(calls, ["head 200 true", "write 3", "end"]);
  assert.equal(ended, 1);
  assert.equal(exchange.sent, 3);
  assert.equal(exchange.state, "ended");
});

test("a departure is reported once, before the end", () => {
  const { exchange } = create();
  const heard: (Departure | "end")[] = [];
  exchange.listener = {
    drained: () => {},
    gone: (departure) => heard.push(departure),
    ended: () => heard.push("end"),
  };
  exchange.closed("slow");
  exchange.closed("disconnected");
  assert.deepEqual(heard, ["slow", "end"]);
});

test("100 Continue is sent once, when the body is wanted, and never after the response has begun", () => {
  const first = create(true);
  assert.deepEqual(first.calls, []);
  first.exchange.readBody({ write: () => true, end: () => {}, fail: () => {} });
  first.exchange.invite();
  assert.deepEqual(first.calls, ["interim 100", "flow"]);
  const second = create(true);
  second.exchange.begin(false);
  second.exchange.invite();
  assert.deepEqual(second.calls, ["head 0 false"]);
});

test("the body of a request is counted, framed or not, and framed only where its taker takes frames", () => {
  const flows: BodySink[] = [];
  const { exchange } = create(false, (sink) => flows.push(sink));
  const taken: string[] = [];
  const plain = { write: (c: Uint8Array) => taken.push(`write ${c.length}`) > 1, end: () => {}, fail: () => {} };
  exchange.readBody(plain);
  assert.equal(flows.at(-1)?.frame, undefined);
  assert.equal(flows.at(-1)?.write(new Uint8Array(3)), false);
  exchange.readBody({ ...plain, frame: (c, n) => taken.push(`frame ${c.length} ${n}`) > 0 });
  assert.equal(flows.at(-1)?.frame?.(new Uint8Array(10), 5), true);
  assert.deepEqual(taken, ["write 3", "frame 10 5"]);
  assert.equal(exchange.received, 8);
});
