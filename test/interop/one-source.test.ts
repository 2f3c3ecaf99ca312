import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { FakeBody, FakeHeaders, FakeRequest } from "../../runtime/workbench/fake-exchange.ts";
import type { FilterResult, ResponseResult } from "../../runtime/workbench/filter-result.ts";
import { mountFilter } from "../../runtime/workbench/mount-filter.ts";
import { findEnvoy } from "../find-envoy.ts";
import { mountFilter as mountInEnvoy } from "./hosts/envoy.ts";
import { mountFilter as mountOnProxyWasm } from "./hosts/proxy-wasm.ts";

// A filter that uses what the plugins do not: bodies, the store, attributes of every type. It must do the same as a component, on
// our own host of proxy-wasm, and in a real Envoy.

const folder = join(import.meta.dirname, "..", "guests", "all-round");
const HOSTS = [
  ["component", mountFilter],
  ["proxy-wasm", mountOnProxyWasm],
  ...(findEnvoy() === undefined ? [] : [["envoy", mountInEnvoy] as const]),
] as const;

type Does = FakeRequest & { readonly do: string };
const asking = ({ do: what, headers = {}, ...rest }: Does): FakeRequest => ({
  ...rest,
  headers: [...(Array.isArray(headers) ? headers : Object.entries(headers)), ["x-do", what]] as FakeHeaders,
});

const NOW = Date.UTC(2026, 0, 1);
const SHA512 =
  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

const REQUESTS: Record<string, [request: Does, check: (result: FilterResult) => void]> = {
  "what is known of a request": [
    {
      ...{ do: "facts", method: "PUT", path: "/a/b?c=d&e", clientAddress: "2001:db8::7", route: "shop/orders/1" },
      headers: [
        ["x-part", "a"],
        ["x-part", "b"],
        ["authorization", "Basic secret"],
        ["cookie", "a=1"],
      ],
    },
    ({ attributes }) =>
      assert.equal(
        attributes["out.facts"],
        `PUT http shop.test /a/b 2001:db8::7 c=d&e shop/orders/1 HTTP/1.1 hidden a=1 false a+b ${NOW}.0`,
      ),
  ],
  "edits of fields": [
    { do: "edits", headers: { "x-part": "a", "x-old": "1" } },
    ({ attributes, request }) => {
      assert.equal(attributes["out.edits"], "0 0 0 1 2 3 3");
      assert.equal(request.headers["x-new"], "1");
      assert.equal(request.headers["x-part"], "a, b");
      assert.equal(request.headers["x-old"], undefined);
    },
  ],
  "attributes of every type": [
    { do: "attributes", attributes: { "in.number": 2.5 } },
    ({ attributes }) => {
      const { "in.number": _, ...out } = attributes;
      assert.deepEqual(out, {
        ...{ "out.number": 0.1, "out.digits": "7", "out.flag": false, "out.empty": "", "out.changed": "grüezi" },
        ...{ plain: true, "out.read": "2.5 -1.0" },
      });
    },
  ],
  "SHA-512": [{ do: "digest" }, ({ request }) => assert.equal(request.headers["x-out"], SHA512)],
  "a hash key": [{ do: "hash-key" }, ({ hashKey }) => assert.match(hashKey ?? "", /^user( |%20;)7$/)],
  "an answer": [
    { do: "refuse" },
    (result) => {
      assert.deepEqual([result.verdict, result.status, result.detail], ["respond", 418, "teapot"]);
      assert.deepEqual([result.body, result.headers["x-why"]], ["no coffee", "tea"]);
    },
  ],
  "an answer with a field that repeats": [
    { do: "cookies-answer" },
    ({ status, headers }) => {
      assert.deepEqual([status, headers["set-cookie"], headers.location], [303, "a=1, b=2", "/in"]);
    },
  ],
  "a large answer": [
    { do: "large-answer" },
    ({ status, body, headers }) => assert.deepEqual([status, body.length, headers["x-blank"]], [200, 200_000, ""]),
  ],
  "values that are empty, not ASCII or long": [
    { do: "bytes", headers: { "x-empty": "", "x-bytes": "caf\xe9", "x-long": "y".repeat(50_000) } },
    ({ attributes, request }) => {
      assert.equal(attributes["out.bytes"], "[] none [caf\xe9] 50000");
      assert.deepEqual([request.headers["x-blank"], request.headers["x-copy"]], ["", "\xff[caf\xe9]"]);
    },
  ],
  "a head of many fields, and all of one name removed": [
    {
      do: "listed",
      headers: [["x-part", "a"], ...Array.from({ length: 500 }, (_, at) => [`x-${at}`, "z"] as const), ["X-Part", "b"]],
    },
    ({ attributes, request }) => {
      assert.equal(attributes["out.listed"], "0 x-part=a;x-part=b; none");
      assert.deepEqual([request.headers["x-part"], request.headers["x-499"]], [undefined, "z"]);
    },
  ],
  "the first of two answers": [{ do: "two-answers" }, ({ status }) => assert.equal(status, 401)],
  "an answer that is not meant": [{ do: "next-after-answer" }, ({ verdict }) => assert.equal(verdict, "next")],
  "a body that is needed before the head goes on": [
    { do: "order", method: "POST", chunks: ['{"customer":', '"acme"}'] },
    ({ request }) => {
      assert.equal(request.headers["x-customer"], "acme");
      assert.equal(request.body, '{"customer":"acme"}');
    },
  ],
  "a body that is refused": [
    { do: "order", method: "POST", body: "coffee" },
    ({ status, detail }) => assert.deepEqual([status, detail], [400, "no_order"]),
  ],
  "a body that is needed and not there": [{ do: "order" }, ({ status }) => assert.equal(status, 400)],
  "a whole body, grown": [
    { do: "whole", method: "POST", chunks: ["one ", "two"] },
    ({ request }) => assert.equal(request.body, "one two|7"),
  ],
  "a body, piece by piece": [
    { do: "pieces", method: "POST", body: "one" },
    ({ request }) => assert.match(request.body, /^<one>(<>)?$/),
  ],
  "pieces that are kept until the last": [
    { do: "more", method: "POST", chunks: ["one ", "two ", "three"] },
    ({ request }) => assert.equal(request.body, "one two three|13"),
  ],
  "a body that is dropped": [
    { do: "drop", method: "POST", body: "x" },
    ({ request }) => assert.equal(request.body, ""),
  ],
};

type Answer = FakeBody & { readonly status?: number; readonly headers?: FakeHeaders };
const RESPONSES: Record<string, [request: Does, response: Answer, check: (result: ResponseResult) => void]> = {
  "a status": [{ do: "status" }, {}, ({ status }) => assert.equal(status, 202)],
  "fields that repeat": [
    { do: "seen" },
    {
      headers: [
        ["x-part", "a"],
        ["x-part", "b"],
      ],
    },
    ({ headers }) => assert.equal(headers["x-seen"], "a+b"),
  ],
  "a field whose values cannot be joined": [
    { do: "cookies" },
    {
      headers: [
        ["set-cookie", "a=1"],
        ["x-part", "a"],
        ["Set-Cookie", "b=2, 3"],
        ["x-part", "b"],
      ],
    },
    ({ headers, values }) => {
      assert.equal(headers["x-seen"], "a=1+b=2, 3");
      assert.deepEqual(values("set-cookie"), ["a=1", "b=2, 3", "c=3"]);
      assert.deepEqual(values("x-part"), []);
    },
  ],
  "the request, when its body was wanted whole": [
    { do: "whole", method: "POST", path: "/in?a=b", chunks: ["one ", "two"] },
    {},
    ({ headers }) => assert.equal(headers["x-asked"], "POST /in"),
  ],
  "the request, when its body went by": [
    { do: "pieces", method: "POST", path: "/in?a=b", body: "one" },
    {},
    ({ headers }) => assert.equal(headers["x-asked"], "POST /in"),
  ],
  "an answer in its place": [
    { do: "reply" },
    { body: "from the backend" },
    ({ status, body, verdict }) => assert.deepEqual([status, body, verdict], [503, "replaced", "respond"]),
  ],
  "a body, replaced, and a field that says how long it was": [
    { do: "loud" },
    { chunks: ["one ", "two"] },
    ({ body, headers }) => assert.deepEqual([body, headers["x-size"]], ["ONE TWO", "7"]),
  ],
};

for (const [host, mount] of HOSTS) {
  describe(`one source on ${host}`, async () => {
    const filter = await mount(folder, { now: NOW });

    for (const [what, [request, check]] of Object.entries(REQUESTS)) {
      test(what, () => check(filter.request(asking(request)) as FilterResult));
    }
    for (const [what, [request, response, check]] of Object.entries(RESPONSES)) {
      test(`a response: ${what}`, () => check(filter.request(asking(request)).respond(response)));
    }

    test("the store: compare and set, and an end to its life", async () => {
      const fresh = await mount(folder, { now: NOW });
      const visits = () => fresh.request(asking({ do: "visits" })).attributes["out.visits"];
      assert.deepEqual([visits(), visits()], ["0 0 1", "1 0 1"]);
      fresh.clock.advance(4000);
      assert.equal(visits(), "2 0 1");
      fresh.clock.advance(6000);
      assert.equal(visits(), "0 0 1");
      assert.equal(fresh.counters.get("visits"), 4);
    });

    test("a trap is a fault of its request", async () => {
      const fresh = await mount(folder, { now: NOW });
      assert.equal(fresh.request(asking({ do: "trap" })).verdict, "fault");
    });
  });
}
