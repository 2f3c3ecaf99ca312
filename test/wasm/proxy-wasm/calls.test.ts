import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Verdict } from "../../../runtime/wasm/verdict.ts";
import { localCalls } from "../local-calls.ts";
import { testExchange } from "../surroundings.ts";
import { startFilter } from "./filters.ts";
import { pairsText, type Step, scripted, TEXT, WORD } from "./script.ts";

const PAUSE = 1;
const HEAD = pairsText([
  [":method", "POST"],
  [":path", "/check?a=b"],
  [":authority", "auth.test"],
  ["x-one", "1"],
  ["connection", "x-one"],
]);
const OVER_TLS = pairsText([
  [":method", "GET"],
  [":path", "/"],
  [":authority", "auth.test"],
  [":scheme", "https"],
]);
const call = (upstream: string, head = HEAD, timeout = 1000): Step => [
  "proxy_http_call",
  ...([upstream, head, "the body", "", timeout, WORD] as const),
];
const READ: readonly Step[] = [
  ["proxy_get_status", WORD, TEXT],
  ["proxy_get_header_map_value", 6, ":status", TEXT],
  ["proxy_get_header_map_value", 6, "x-answer", TEXT],
  ["proxy_get_buffer_bytes", 4, 0, 100, TEXT],
  ["proxy_set_effective_context", 2],
];

async function running(t: TestContext, steps: readonly Step[], answer: readonly Step[] = READ) {
  const seen: string[] = [];
  const calls = await localCalls(t, (request, response) => {
    const fields = [request.headers.host, request.headers["x-one"], request.headers.connection];
    let body = "";
    request.on("data", (bytes: Buffer) => (body += bytes.toString()));
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${fields.join(" ")} ${body}`);
      response.writeHead(200, { "x-answer": "yes" }).end("allowed");
    });
  });
  const filter = scripted({
    proxy_on_request_headers: { steps, returns: PAUSE },
    proxy_on_http_call_response: { steps: [...answer, ["proxy_continue_stream", 0]] },
  });
  const backends = ["shop/auth:80", "shop/nobody:80", "other/auth:80", "shop/one:80"];
  const options = {
    name: "shop/filter",
    backends,
    services: { calls: { ...calls, isSecure: () => false } },
    proxyWasm: { clusters: { mapped: "shop/one:80" } },
  };
  const { generation, services } = await startFilter(filter, options);
  const exchange = testExchange();
  const verdict = generation.onRequest(exchange);
  const outcome = new Promise<Verdict>((settled) => {
    if (verdict.kind === "wait") verdict.settle(settled);
  });
  return { generation, exchange, outcome, seen, calls, lines: () => services.lines.map(({ message }) => message) };
}

describe("a filter calls a backend", () => {
  test("while the exchange waits, and goes on with the answer", async (t) => {
    const { outcome, seen, lines } = await running(t, [call("shop/auth:80")]);
    assert.deepEqual(await outcome, { kind: "next" });
    assert.deepEqual(seen, ["POST /check?a=b auth.test 1 keep-alive the body"]);
    assert.deepEqual(lines(), [
      "request_headers http_call 0 1",
      "http_call_response get_status 0 [] 0",
      "http_call_response get_header_map_value 0 [200]",
      "http_call_response get_header_map_value 0 [yes]",
      "http_call_response get_buffer_bytes 0 [allowed]",
      "http_call_response set_effective_context 0",
      "http_call_response continue_stream 0",
    ]);
  });

  const NAMES = ["shop/auth:80", "auth:80", "auth", "auth.shop:80", "auth.shop.svc.cluster.local", "mapped", "one"];
  for (const name of [...NAMES, "outbound|80||auth.shop.svc.cluster.local", "outbound|80|v1|auth.shop"]) {
    test(`by the name ${name}`, async (t) => {
      const { lines } = await running(t, [call(name)]);
      assert.deepEqual(lines().slice(0, 1), ["request_headers http_call 0 1"]);
    });
  }

  const REFUSED: readonly (readonly [name: string, step: Step, why: RegExp])[] = [
    ["a backend that is not granted", call("shop/users:80"), /no backend of this name is granted/],
    ["an address", call("127.0.0.1:80"), /no backend of this name is granted/],
    ["another port", call("outbound|81||auth.shop"), /no backend of this name is granted/],
    ["a backend that is not there", call("nobody"), /there is no backend shop\/nobody:80/],
    ["no method", call("auth", pairsText([[":path", "/"]])), /no :method/],
    ["no path", call("auth", pairsText([[":method", "GET"]])), /no :path/],
    [
      "no authority",
      call(
        "auth",
        pairsText([
          [":method", "GET"],
          [":path", "/"],
        ]),
      ),
      /no :authority/,
    ],
    ["a path with a line break", call("auth", HEAD.replace("/check?a=b", "/check\r\n=b")), /no :path/],
    ["headers that are none", call("auth", "abc"), /no :method/],
    ["one without TLS by https", call("auth", OVER_TLS), /asks for https, and no BackendTLSPolicy says whom to trust/],
    ["a negative timeout", call("auth", HEAD, -1), /timeout is negative/],
  ];
  for (const [name, step, why] of REFUSED) {
    test(`not to ${name}`, async (t) => {
      const { lines, calls } = await running(t, [step]);
      assert.match(lines()[0] ?? "", why);
      assert.equal(lines()[1], "request_headers http_call 2 0");
      assert.equal(calls.targets.length, 0);
    });
  }

  test("four at once for one exchange", async (t) => {
    const { lines } = await running(
      t,
      Array.from({ length: 5 }, () => call("auth")),
      [],
    );
    assert.deepEqual(
      lines().map((line) => line.replace("request_headers http_call ", "")),
      ["0 1", "0 2", "0 3", "0 4", "10 0"],
    );
  });

  /** What a filter reads when its call has ended so. */
  const heard = async (reason: string): Promise<string[]> => {
    const failing = {
      knows: () => true,
      send: (_: unknown, done: (outcome: never) => void) => {
        setImmediate(() => done({ kind: "failure", reason, detail: "" } as never));
        return { cancel() {} };
      },
    };
    const filter = scripted({
      proxy_on_request_headers: { steps: [call("auth")], returns: PAUSE },
      proxy_on_http_call_response: {
        steps: [
          ["proxy_get_status", WORD, TEXT],
          ["proxy_get_header_map_value", 6, ":status", TEXT],
          ["proxy_get_buffer_bytes", 4, 0, 200, TEXT],
        ],
      },
    });
    const { generation, services } = await startFilter(filter, {
      backends: ["shop/auth:80"],
      services: { calls: failing },
    });
    generation.onRequest(testExchange());
    await new Promise((soon) => setImmediate(() => setImmediate(soon)));
    return services.lines.slice(1).map(({ message }) => message.replace("http_call_response ", ""));
  };
  const reset = "upstream connect error or disconnect/reset before headers. reset reason:";
  const FAILURES = [
    ["timeout", "504", "upstream request timeout"],
    ["unreachable", "503", `${reset} remote connection failure`],
    ["broken", "503", `${reset} connection termination`],
    ["overflow", "503", `${reset} overflow`],
    ["unknown-backend", "503", "no healthy upstream"],
  ] as const;
  for (const [reason, status, text] of FAILURES) {
    test(`that fails (${reason}) is answered in the words of Envoy`, async () => {
      assert.deepEqual(await heard(reason), [
        "get_status 0 [] 0",
        `get_header_map_value 0 [${status}]`,
        `get_buffer_bytes 0 [${text}]`,
      ]);
    });
  }

  test("whose answer is too large has no headers, and a status of its own", async () => {
    assert.deepEqual(await heard("too-large"), [
      "get_status 0 [reset] 11",
      "get_header_map_value 1 []",
      "get_buffer_bytes 1 []",
    ]);
  });

  test("that answers when the exchange is over: the root context hears it, the exchange is not there", async (t) => {
    const { generation, exchange, lines, calls } = await running(t, [call("auth")]);
    generation.release?.(exchange);
    while (calls.open > 0) await new Promise((soon) => setImmediate(soon));
    assert.equal(lines().at(-2), "http_call_response set_effective_context 2");
  });

  test("that is open when the plugin is closed: it is given up", async (t) => {
    const { generation, calls } = await running(t, [call("auth")]);
    generation.close();
    assert.deepEqual([calls.open, calls.cancelled], [0, 1]);
  });
});

test("a call that a root context makes while it is configured is made once, by the instance that serves", async (t) => {
  const calls = await localCalls(t, (_, response) => response.end("keys"));
  const filter = scripted({
    proxy_on_configure: { steps: [call("auth")], returns: 1 },
    proxy_on_http_call_response: { steps: [["proxy_get_buffer_bytes", 4, 0, 100, TEXT]] },
  });
  const { services } = await startFilter(filter, { backends: ["shop/auth:80"], services: { calls } });
  while (calls.open > 0 || services.lines.length < 2) await new Promise((soon) => setImmediate(soon));
  assert.equal(calls.targets.length, 1);
  assert.equal(services.lines[1]?.message, "http_call_response get_buffer_bytes 0 [keys]");
});
