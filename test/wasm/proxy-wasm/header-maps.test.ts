import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { GuestExchange } from "../../../runtime/wasm/exchange.ts";
import { testExchange } from "../surroundings.ts";
import { startFilter } from "./filters.ts";
import { pairsText, type Step, scripted, TEXT, WORD } from "./script.ts";

const [REQUEST, RESPONSE] = [0, 2];
const targets = {
  path: (target: string) => (target.startsWith("/") ? { path: target, query: undefined } : undefined),
  authority: (text: string) => (text.includes(" ") ? undefined : text.toLowerCase()),
};

/** Runs calls in `proxy_on_request_headers` of one request. */
async function during(steps: readonly Step[], abi = "0_2_1"): Promise<{ lines: string[]; exchange: GuestExchange }> {
  const filter = scripted({ proxy_on_request_headers: { steps } }, { abi });
  const { generation, services } = await startFilter(filter, { services: { targets } });
  const exchange = testExchange([
    ["host", "shop.test"],
    ["x-one", "1"],
    ["x-many", "a"],
    ["x-many", "b"],
  ]);
  assert.equal(generation.onRequest(exchange).kind, "next");
  return { lines: services.lines.map(({ message }) => message.replace("request_headers ", "")), exchange };
}

const READS: readonly (readonly [name: string, step: Step, line: string])[] = [
  ["a value, whatever the case", ["proxy_get_header_map_value", REQUEST, "X-One", TEXT], "get_header_map_value 0 [1]"],
  ["the first of several", ["proxy_get_header_map_value", REQUEST, "x-many", TEXT], "get_header_map_value 0 [a]"],
  ["the path", ["proxy_get_header_map_value", REQUEST, ":path", TEXT], "get_header_map_value 0 [/orders]"],
  ["the method", ["proxy_get_header_map_value", REQUEST, ":method", TEXT], "get_header_map_value 0 [GET]"],
  ["the scheme", ["proxy_get_header_map_value", REQUEST, ":scheme", TEXT], "get_header_map_value 0 [http]"],
  ["the authority", ["proxy_get_header_map_value", REQUEST, ":authority", TEXT], "get_header_map_value 0 [shop.test]"],
  ["a header that is missing", ["proxy_get_header_map_value", REQUEST, "x-two", TEXT], "get_header_map_value 1 []"],
  [
    "the response before there is one",
    ["proxy_get_header_map_value", RESPONSE, "x", TEXT],
    "get_header_map_value 2 []",
  ],
  ["a map that is none", ["proxy_get_header_map_value", 8, "x", TEXT], "get_header_map_value 2 []"],
  ["pairs of a map that is not there", ["proxy_get_header_map_pairs", RESPONSE, TEXT], "get_header_map_pairs 0 []"],
  ["a name behind the memory", ["proxy_get_header_map_value", REQUEST, -1, 2, TEXT], "get_header_map_value 6 []"],
  ["a place behind the memory", ["proxy_get_header_map_value", REQUEST, "x-one", -4, 16], "get_header_map_value 6"],
  ["a size", ["proxy_get_header_map_size", REQUEST, WORD], "get_header_map_size 0 146"],
];

describe("headers are read", () => {
  for (const [name, step, line] of READS) {
    test(name, async () => assert.deepEqual((await during([step])).lines, [line]));
  }

  test("ABI 0.1.0 finds a missing header empty", async () => {
    const { lines } = await during([["proxy_get_header_map_value", REQUEST, "x-two", TEXT]], "0_1_0");
    assert.deepEqual(lines, ["get_header_map_value 0 []"]);
  });

  test("pairs hold pseudo headers first, then the fields as they came, without Host", async () => {
    const { lines } = await during([["proxy_get_header_map_pairs", REQUEST, TEXT]]);
    assert.match(
      lines[0] ?? "",
      /:authority.*shop\.test.*:path.*\/orders.*:method.*GET.*:scheme.*http.*x-one.*x-many.*x-many/,
    );
    assert.doesNotMatch(lines[0] ?? "", /host/);
  });
});

const WRITES: readonly (readonly [
  name: string,
  step: Step,
  status: number,
  after: (exchange: GuestExchange) => unknown,
  expected: unknown,
])[] = [
  [
    "replaces",
    ["proxy_replace_header_map_value", 0, "X-Many", "c"],
    0,
    (e) => e.request.fields.values("x-many"),
    ["c"],
  ],
  ["adds", ["proxy_add_header_map_value", 0, "x-one", "2"], 0, (e) => e.request.fields.values("x-one"), ["1", "2"]],
  ["removes", ["proxy_remove_header_map_value", 0, "x-many"], 0, (e) => e.request.fields.values("x-many"), []],
  ["removes what is not there", ["proxy_remove_header_map_value", 0, "x-two"], 0, (e) => e.request.fields.count(), 4],
  ["sets the path", ["proxy_replace_header_map_value", 0, ":path", "/a"], 0, (e) => e.request.path, "/a"],
  [
    "refuses a path that no client may ask for",
    ["proxy_replace_header_map_value", 0, ":path", "x"],
    2,
    (e) => e.request.path,
    "/orders",
  ],
  [
    "sets the authority",
    ["proxy_replace_header_map_value", 0, ":authority", "B.test"],
    0,
    (e) => [e.request.authority, e.request.fields.get("host")],
    ["b.test", "b.test"],
  ],
  [
    "sets the authority as Host",
    ["proxy_replace_header_map_value", 0, "Host", "c.test"],
    0,
    (e) => [e.request.authority, e.request.fields.get("host")],
    ["c.test", "c.test"],
  ],
  [
    "refuses an authority that is none",
    ["proxy_replace_header_map_value", 0, ":authority", "a b"],
    2,
    (e) => e.request.authority,
    "shop.test",
  ],
  ["sets the method", ["proxy_replace_header_map_value", 0, ":method", "PUT"], 0, (e) => e.request.method, "PUT"],
  [
    "does not make it HEAD",
    ["proxy_replace_header_map_value", 0, ":method", "HEAD"],
    2,
    (e) => e.request.method,
    "GET",
  ],
  [
    "does not make it CONNECT",
    ["proxy_replace_header_map_value", 0, ":method", "CONNECT"],
    2,
    (e) => e.request.method,
    "GET",
  ],
  [
    "passes over framing",
    ["proxy_remove_header_map_value", 0, "content-length"],
    0,
    (e) => e.request.fields.count(),
    4,
  ],
  [
    "never sets framing",
    ["proxy_add_header_map_value", 0, "Transfer-Encoding", "chunked"],
    0,
    (e) => e.request.fields.get("transfer-encoding"),
    undefined,
  ],
  [
    "never sets hop-by-hop fields",
    ["proxy_replace_header_map_value", 0, "connection", "x-one"],
    0,
    (e) => e.request.fields.get("connection"),
    undefined,
  ],
  [
    "refuses a line break",
    ["proxy_add_header_map_value", 0, "x", "a\r\nb: c"],
    2,
    (e) => e.request.fields.get("x"),
    undefined,
  ],
  ["refuses a name that is none", ["proxy_add_header_map_value", 0, "a b", "c"], 2, (e) => e.request.fields.count(), 4],
  [
    "refuses the response before there is one",
    ["proxy_add_header_map_value", RESPONSE, "x", "y"],
    2,
    (e) => e.response.fields.count(),
    0,
  ],
  [
    "sets pairs",
    [
      "proxy_set_header_map_pairs",
      0,
      pairsText([
        [":path", "/b"],
        ["x-one", "1"],
        ["x-new", "n"],
      ]),
    ],
    0,
    (e) => [e.request.path, e.request.fields.entries()],
    [
      "/b",
      [
        ["host", "shop.test"],
        ["x-one", "1"],
        ["x-new", "n"],
      ],
    ],
  ],
  ["refuses pairs that are none", ["proxy_set_header_map_pairs", 0, "abc"], 2, (e) => e.request.fields.count(), 4],
];

describe("headers are written", () => {
  for (const [name, step, status, after, expected] of WRITES) {
    test(name, async () => {
      const { lines, exchange } = await during([step]);
      assert.equal(lines[0]?.split(" ").at(-1), String(status));
      assert.deepEqual(after(exchange), expected);
    });
  }

  test("at most 100 times in one exchange", async () => {
    const steps = Array.from({ length: 101 }, (): Step => ["proxy_add_header_map_value", REQUEST, "x", "y"]);
    const { exchange } = await during(steps);
    assert.equal(exchange.request.fields.values("x").length, 100);
  });
});
