import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BodyPiece, GuestExchange } from "../../../runtime/wasm/exchange.ts";
import type { Verdict } from "../../../runtime/wasm/verdict.ts";
import { testExchange } from "../surroundings.ts";
import { startFilter } from "./filters.ts";
import { type Callback, type Step, scripted, TEXT, WORD } from "./script.ts";

const REQUEST = 0;
const [CONTINUE, PAUSE] = [0, 1];

interface Running {
  readonly lines: () => string[];
  readonly verdict: Verdict;
  readonly exchange: GuestExchange;
  /** What a verdict that waits has become. */
  readonly settled: Verdict[];
}

/** Runs `proxy_on_request_headers` of a request with a body. */
async function headers(
  callbacks: Readonly<Record<string, Callback>>,
  allowOnHeadersStopIteration = false,
): Promise<Running & Awaited<ReturnType<typeof startFilter>>> {
  const filter = await startFilter(scripted(callbacks), { proxyWasm: { allowOnHeadersStopIteration } });
  const exchange = testExchange();
  Object.assign(exchange.request, { hasBody: true });
  const verdict = filter.generation.onRequest(exchange);
  const settled: Verdict[] = [];
  if ("settle" in verdict) verdict.settle?.((outcome) => settled.push(outcome));
  await Promise.resolve();
  const lines = () => filter.services.lines.map(({ message }) => message);
  return { ...filter, lines, verdict, exchange, settled };
}

const HEADERS: readonly (readonly [action: number, kind: string, allowed: string])[] = [
  [0, "next", "next"],
  [1, "wait", "hold"],
  [2, "next", "next"],
  [3, "wait", "wait"],
  [4, "wait", "wait"],
  [99, "wait", "wait"],
  [-1, "wait", "wait"],
];

describe("what a callback for headers returns", () => {
  for (const [action, kind, allowed] of HEADERS) {
    test(`${action} is ${kind}, or ${allowed} where the body may go on`, async () => {
      const callbacks = { proxy_on_request_headers: { returns: action }, proxy_on_request_body: {} };
      assert.equal((await headers(callbacks)).verdict.kind, kind);
      assert.equal((await headers(callbacks, true)).verdict.kind, allowed);
    });
  }

  test("without a callback for bodies there is nothing that could let the head go: it waits", async () => {
    assert.equal((await headers({ proxy_on_request_headers: { returns: PAUSE } }, true)).verdict.kind, "wait");
  });

  test("to go on in the same callback outranks the pause", async () => {
    const steps: Step[] = [["proxy_continue_stream", REQUEST]];
    assert.equal((await headers({ proxy_on_request_headers: { steps, returns: PAUSE } })).verdict.kind, "next");
  });
});

const BODIES: readonly (readonly [action: number, kind: string])[] = [
  [0, "next"],
  [1, "hold"],
  [2, "hold"],
  [3, "drop"],
  [99, "drop"],
];

describe("what a callback for a body returns", () => {
  for (const [action, kind] of BODIES) {
    test(`${action} is ${kind}`, async () => {
      const { generation, exchange } = await headers({
        proxy_on_request_headers: {},
        proxy_on_request_body: { returns: action },
      });
      const piece = { bytes: Buffer.from("abc"), end: false };
      assert.equal(generation.onRequestBody?.(exchange, piece).kind, kind);
    });
  }
});

/** A body of "0123456789" in a callback, and what it is afterwards. */
const EDITS: readonly (readonly [name: string, step: Step, status: number, body: string])[] = [
  ["replaces all of it", ["proxy_set_buffer_bytes", 0, 0, 10, "new"], 0, "new"],
  ["replaces all of it by a length beyond its end", ["proxy_set_buffer_bytes", 0, 0, -1, "new"], 0, "new"],
  ["replaces the first bytes", ["proxy_set_buffer_bytes", 0, 0, 2, "ab-"], 0, "ab-23456789"],
  ["puts bytes in front", ["proxy_set_buffer_bytes", 0, 0, 0, "-"], 0, "-0123456789"],
  ["puts bytes behind", ["proxy_set_buffer_bytes", 0, 10, 0, "-"], 0, "0123456789-"],
  ["puts bytes behind from far beyond", ["proxy_set_buffer_bytes", 0, -1, 0, "-"], 0, "0123456789-"],
  ["replaces bytes in the middle", ["proxy_set_buffer_bytes", 0, 2, 3, "-"], 0, "01-56789"],
  ["takes bytes away", ["proxy_set_buffer_bytes", 0, 0, 4, ""], 0, "456789"],
  ["refuses bytes behind the memory", ["proxy_set_buffer_bytes", 0, 0, 10, -1, 2], 6, "0123456789"],
  ["refuses the configuration", ["proxy_set_buffer_bytes", 7, 0, 10, "new"], 2, "0123456789"],
  ["refuses the body of a response that is not there", ["proxy_set_buffer_bytes", 1, 0, 10, "new"], 2, "0123456789"],
  ["refuses a buffer that is none", ["proxy_set_buffer_bytes", 9, 0, 10, "new"], 2, "0123456789"],
];

describe("a body is edited", () => {
  for (const [name, step, status, body] of EDITS) {
    test(name, async () => {
      const { generation, exchange, lines } = await headers({ proxy_on_request_body: { steps: [step] } });
      const piece: BodyPiece = { bytes: Buffer.from("0123456789"), end: true };
      generation.onRequestBody?.(exchange, piece);
      assert.equal(Buffer.from(piece.bytes).toString(), body);
      assert.deepEqual(lines(), [`request_body set_buffer_bytes ${status}`]);
    });
  }

  test("grows to what the plugin may keep of a body, and no further", async () => {
    const filter = scripted({ proxy_on_request_body: { steps: [["proxy_set_buffer_bytes", 0, 99, 0, "12345"]] } });
    const { generation, services } = await startFilter(filter, { limits: { bodyBytes: 12 } });
    const piece: BodyPiece = { bytes: Buffer.from("0123456789"), end: true };
    generation.onRequestBody?.(testExchange(), piece);
    assert.equal(piece.bytes.length, 10);
    assert.equal(services.lines[0]?.message, "request_body set_buffer_bytes 2");
  });
});

const READS: readonly (readonly [name: string, step: Step, line: string])[] = [
  ["all", ["proxy_get_buffer_bytes", 0, 0, 10, TEXT], "0 [0123456789]"],
  ["a piece", ["proxy_get_buffer_bytes", 0, 3, 2, TEXT], "0 [34]"],
  ["as much as there is", ["proxy_get_buffer_bytes", 0, 8, -1, TEXT], "0 [89]"],
  ["nothing from beyond its end", ["proxy_get_buffer_bytes", 0, 11, 1, TEXT], "0 []"],
  ["the body of a response that is not there", ["proxy_get_buffer_bytes", 1, 0, 1, TEXT], "0 []"],
  ["what came by a connection", ["proxy_get_buffer_bytes", 2, 0, 1, TEXT], "0 []"],
  ["an answer that is not there", ["proxy_get_buffer_bytes", 4, 0, 1, TEXT], "1 []"],
  ["a buffer that is none", ["proxy_get_buffer_bytes", 9, 0, 1, TEXT], "2 []"],
];

describe("a body is read", () => {
  for (const [name, step, line] of READS) {
    test(name, async () => {
      const { generation, exchange, lines } = await headers({ proxy_on_request_body: { steps: [step] } });
      generation.onRequestBody?.(exchange, { bytes: Buffer.from("0123456789"), end: true });
      assert.deepEqual(lines(), [`request_body get_buffer_bytes ${line}`]);
    });
  }

  test("a body that was held is shown again in front of what follows, and edited as a whole", async () => {
    const read: Step = ["proxy_get_buffer_bytes", 0, 0, 100, TEXT];
    const { generation, exchange, lines } = await headers({
      proxy_on_request_body: { steps: [read], returns: PAUSE },
    });
    const held = generation.onRequestBody?.(exchange, { bytes: Buffer.from("ab"), end: false });
    assert.equal(held?.kind, "hold");
    generation.onRequestBody?.(exchange, { bytes: Buffer.from("abcd"), end: true });
    assert.deepEqual(lines(), ["request_body get_buffer_bytes 0 [ab]", "request_body get_buffer_bytes 0 [abcd]"]);
  });

  test("outside of its callback there is none", async () => {
    const steps: Step[] = [["proxy_get_buffer_bytes", 0, 0, 10, TEXT]];
    assert.deepEqual((await headers({ proxy_on_request_headers: { steps } })).lines(), [
      "request_headers get_buffer_bytes 0 []",
    ]);
  });
});

describe("a filter answers", () => {
  const answer = (status: number, fields = ""): Step => [
    "proxy_send_local_response",
    ...([status, "why", "the body", fields, -1] as const),
  ];

  test("with status, headers and body, whatever the callback returns", async () => {
    for (const returns of [CONTINUE, PAUSE]) {
      const { verdict, exchange } = await headers({
        proxy_on_request_headers: { steps: [answer(418, "\x01\0\0\0\x01\0\0\0\x01\0\0\0x\0y\0")], returns },
      });
      assert.equal(verdict.kind, "respond");
      const { body, ...rest } = exchange.localResponse ?? { body: Buffer.alloc(0) };
      assert.deepEqual(rest, {
        status: 418,
        headers: [
          ["x", "y"],
          ["content-type", "text/plain"],
        ],
        detail: "why",
      });
      assert.equal(Buffer.from(body).toString(), "the body");
    }
  });

  test("in the type that it names, which is plain text where it names none and has a body", async () => {
    const named = "\x01\0\0\0\x0c\0\0\0\x01\0\0\0Content-Type\0x\0";
    const cases: readonly (readonly [Step, string | undefined])[] = [
      [answer(403, named), "x"],
      [answer(403), "text/plain"],
      [["proxy_send_local_response", 403, "why", "", "", -1], undefined],
    ];
    for (const [step, type] of cases) {
      const { exchange } = await headers({ proxy_on_request_headers: { steps: [step] } });
      assert.equal(new Map(exchange.localResponse?.headers).get("content-type"), type);
    }
  });

  test("the first answer counts", async () => {
    const { exchange, lines } = await headers({ proxy_on_request_headers: { steps: [answer(401), answer(403)] } });
    assert.equal(exchange.localResponse?.status, 401);
    assert.deepEqual(lines(), ["request_headers send_local_response 0", "request_headers send_local_response 0"]);
  });

  test("its own answer, which it would answer the same way, goes on", async () => {
    const again = { steps: [answer(403)], returns: PAUSE };
    const { generation, exchange } = await headers({
      proxy_on_request_headers: again,
      proxy_on_response_headers: again,
    });
    exchange.localResponse = undefined;
    exchange.response.status = 403;
    assert.equal(generation.onResponse(exchange).kind, "next");
    assert.equal(exchange.localResponse, undefined);
  });

  test("a response: what it answers instead does not come by it again, neither head nor body", async () => {
    const { generation, exchange, lines } = await headers({
      proxy_on_response_headers: { steps: [answer(502)], returns: PAUSE },
      proxy_on_response_body: { steps: [["proxy_get_buffer_status", 1, WORD, WORD]], returns: PAUSE },
    });
    exchange.response.status = 200;
    assert.equal(generation.onResponse(exchange).kind, "respond");
    const said = lines().length;
    Object.assign(exchange.response, { status: 502, hasBody: true });
    assert.equal(generation.onResponse(exchange).kind, "next");
    assert.equal(generation.onResponseBody?.(exchange, { bytes: Buffer.from("no"), end: true }).kind, "next");
    assert.equal(lines().length, said);
  });

  for (const status of [0, 99, 101, 600, -1]) {
    test(`not with ${status}`, async () => {
      const { verdict, lines } = await headers({ proxy_on_request_headers: { steps: [answer(status)] } });
      assert.equal(verdict.kind, "next");
      assert.deepEqual(lines(), ["request_headers send_local_response 2"]);
    });
  }

  test("not with a line break in a header", async () => {
    const { verdict } = await headers({
      proxy_on_request_headers: { steps: [answer(200, "\x01\0\0\0\x01\0\0\0\x03\0\0\0x\0y\r\n\0")] },
    });
    assert.equal(verdict.kind, "next");
  });

  test("not in the log", async () => {
    const { generation, exchange, lines } = await headers({ proxy_on_log: { steps: [answer(200)] } });
    assert.equal(generation.onLog(exchange).kind, "next");
    assert.equal(exchange.localResponse, undefined);
    assert.deepEqual(lines(), ["log send_local_response 2"]);
  });

  test("a client of gRPC in its own words", async () => {
    const { generation } = await startFilter(scripted({ proxy_on_request_headers: { steps: [answer(403)] } }));
    const exchange = testExchange([["content-type", "application/grpc+proto"]]);
    generation.onRequest(exchange);
    const { status, headers: fields, body } = exchange.localResponse ?? {};
    assert.deepEqual(
      { status, fields, length: body?.length },
      {
        ...{ status: 200, length: 0 },
        fields: [
          ["content-type", "application/grpc"],
          ["grpc-status", "7"],
          ["grpc-message", "the body"],
        ],
      },
    );
  });
});

describe("a stream that waits", () => {
  const stream = (n: number): Step => ["proxy_set_effective_context", n];
  const waiting = { proxy_on_request_headers: { returns: PAUSE } };

  test("goes on when another callback says so, and not within it", async () => {
    const { generation, settled, verdict } = await headers({
      ...waiting,
      proxy_on_response_headers: { steps: [stream(2), ["proxy_continue_stream", REQUEST]] },
    });
    assert.equal(verdict.kind, "wait");
    const other = testExchange();
    other.response.status = 200;
    generation.onResponse(other);
    assert.deepEqual(settled, []);
    await Promise.resolve();
    assert.deepEqual(settled, [{ kind: "next" }]);
  });

  test("is answered by another callback", async () => {
    const { generation, settled, exchange } = await headers({
      ...waiting,
      proxy_on_response_headers: { steps: [stream(2), ["proxy_send_local_response", 403, "", "", "", -1]] },
    });
    const other = testExchange();
    other.response.status = 200;
    assert.equal(generation.onResponse(other).kind, "next");
    await Promise.resolve();
    assert.deepEqual(settled, [{ kind: "respond" }]);
    assert.equal(exchange.localResponse?.status, 403);
  });

  test("is answered in the direction in which somebody still waits", async () => {
    const { generation, settled, exchange } = await headers({
      ...waiting,
      proxy_on_response_headers: { returns: PAUSE },
      proxy_on_log: { steps: [stream(2), ["proxy_send_local_response", 403, "", "", "", -1]] },
    });
    exchange.response.status = 200;
    const back = generation.onResponse(exchange);
    if (back.kind === "wait") back.giveUp?.();
    generation.onLog(testExchange());
    await Promise.resolve();
    assert.deepEqual(settled, [{ kind: "respond" }]);
  });

  test("edits of its head count until it goes on", async () => {
    const { generation, exchange } = await headers({
      ...waiting,
      proxy_on_response_headers: {
        steps: [
          ...([stream(2), ["proxy_add_header_map_value", 0, "x-before", "1"]] as Step[]),
          ["proxy_continue_stream", REQUEST],
        ],
      },
      proxy_on_log: { steps: [stream(2), ["proxy_add_header_map_value", 0, "x-after", "1"]] },
    });
    const other = testExchange();
    other.response.status = 200;
    generation.onResponse(other);
    await Promise.resolve();
    generation.onLog(other);
    assert.equal(exchange.request.fields.get("x-before"), "1");
    assert.equal(exchange.request.fields.get("x-after"), undefined);
  });

  const REFUSED: readonly (readonly [name: string, steps: Step[], line: string])[] = [
    ["a context that was never there", [stream(99)], "set_effective_context 2"],
    ["a stream that is none", [["proxy_continue_stream", 4]], "continue_stream 2"],
    ["a stream that is none below zero", [["proxy_continue_stream", -1]], "continue_stream 2"],
    ["the connection to the backend, which is never held up", [["proxy_continue_stream", 3]], "continue_stream 12"],
  ];
  for (const [name, steps, line] of REFUSED) {
    test(`goes on waiting where the guest names ${name}`, async () => {
      const { lines } = await headers({ proxy_on_request_headers: { steps } });
      assert.equal(lines().at(-1), `request_headers ${line}`);
    });
  }

  test("is not meant by what is called on the root context: that does nothing", async () => {
    const steps: Step[] = [
      ...[0, 1].flatMap((n): Step[] => [stream(n), ["proxy_continue_stream", REQUEST]]),
      ...([
        ["proxy_close_stream", REQUEST],
        ["proxy_send_local_response", 403, "", "", "", -1],
      ] as Step[]),
    ];
    const { lines, verdict } = await headers({ proxy_on_request_headers: { steps, returns: PAUSE } });
    assert.equal(verdict.kind, "wait");
    assert.deepEqual(new Set(lines().map((line) => line.slice(-1))), new Set(["0"]));
  });

  test("a context that was released is no longer there", async () => {
    const { generation, exchange, services } = await headers({ proxy_on_request_headers: { steps: [stream(2)] } });
    generation.release?.(exchange);
    generation.onRequest(testExchange());
    assert.deepEqual(
      services.lines.map(({ message }) => message.slice(-1)),
      ["0", "2"],
    );
  });
});
