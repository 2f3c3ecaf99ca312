import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { type Callback, pairsText, type Step, scripted, TEXT } from "../wasm/proxy-wasm/script.ts";
import { ACT_ON_FIRST, call, filterMesh, goOn, send } from "./filter-mesh.ts";

const PAUSE = 1;
const answer: Step = ["proxy_send_local_response", 403, "denied", "no", pairsText([["x-why", "because"]]), -1];
const SEES: Readonly<Record<string, Callback>> = {
  proxy_on_response_headers: {
    steps: [
      ["proxy_get_header_map_value", 2, ":status", TEXT],
      ["proxy_add_header_map_value", 2, "x-seen", "1"],
    ],
  },
  proxy_on_response_body: {
    steps: [
      ["proxy_get_buffer_bytes", 1, 0, 10, TEXT],
      ["proxy_set_buffer_bytes", 1, 9, 0, "!"],
    ],
  },
  proxy_on_log: { steps: [["proxy_get_header_map_value", 2, ":status", TEXT]] },
};
const SEEN = [
  "response_headers get_header_map_value 0 [403]",
  "response_headers add_header_map_value 0",
  "response_body get_buffer_bytes 0 [no]",
  "response_body set_buffer_bytes 0",
  "log get_header_map_value 0 [403]",
];

const PHASES: readonly (readonly [name: string, callbacks: Readonly<Record<string, Callback>>, stops: boolean])[] = [
  ["in its callback for headers", { proxy_on_request_headers: { steps: [answer] } }, false],
  ["in its callback for the body", { proxy_on_request_body: { steps: [answer] } }, false],
  [
    "in its callback for the body, the head held",
    { proxy_on_request_headers: { returns: PAUSE }, proxy_on_request_body: { steps: [answer] } },
    true,
  ],
  [
    "when a call was answered",
    {
      proxy_on_request_headers: { steps: [call("/deny")], returns: PAUSE },
      proxy_on_http_call_response: { steps: [ACT_ON_FIRST, answer] },
    },
    false,
  ],
];

for (const [name, callbacks, allowOnHeadersStopIteration] of PHASES) {
  test(`a filter that answers ${name} sees its answer on its way back`, async (t) => {
    const { port, log, lines } = await filterMesh(t, scripted({ ...callbacks, ...SEES }), {
      allowOnHeadersStopIteration,
    });
    const { status, headers, body } = await send(port, ["a body"]);
    assert.deepEqual([status, headers["x-why"], headers["x-seen"], body], [403, "because", "1", "no!"]);
    await log();
    assert.deepEqual(lines().slice(-SEEN.length), SEEN);
  });
}

test("an answer to an answer is passed over, with the stop that comes with it", async (t) => {
  const again: Step = ["proxy_send_local_response", 500, "", "", "", -1];
  const { port, lines } = await filterMesh(
    t,
    scripted({
      proxy_on_request_headers: { steps: [answer] },
      proxy_on_response_headers: { steps: [again], returns: PAUSE },
    }),
  );
  assert.equal((await send(port)).status, 403);
  assert.equal(lines().at(-1), "response_headers send_local_response 0");
});

test("an answer in place of the backend's response does not come by its sender again", async (t) => {
  const { port, lines } = await filterMesh(
    t,
    scripted({ proxy_on_response_headers: { steps: [answer], returns: PAUSE } }),
  );
  const { status, body } = await send(port);
  assert.deepEqual([status, body], [403, "no"]);
  assert.equal(lines().filter((line) => line.startsWith("response_headers")).length, 1);
});

test("of a stream that was closed its filter sees no response", async (t) => {
  const { port, log, lines } = await filterMesh(
    t,
    scripted({ proxy_on_request_headers: { steps: [["proxy_close_stream", 0]] }, ...SEES }),
  );
  await assert.rejects(send(port), { code: "ECONNRESET" });
  await log();
  assert.equal(
    lines().some((line) => line.startsWith("response_")),
    false,
  );
});

for (const [direction, name] of [
  [0, "request"],
  [1, "response"],
] as const) {
  test(`the body of a ${name} is replaced while it is held, when a call was answered`, async (t) => {
    const { port } = await filterMesh(
      t,
      scripted(
        {
          proxy_on_http_call_response: {
            steps: [ACT_ON_FIRST, ["proxy_set_buffer_bytes", direction, 0, -1, "late"], goOn(direction)],
          },
        },
        {
          wat: `(func (export "proxy_on_${name}_body") (param i32 i32 i32) (result i32)
            (if (local.get 2) (then (call $ask))) (i32.const 1))
            (func $ask ${callText(call("/seen"))})`,
          ...{ imports: ["proxy_http_call"], data: callData(call("/seen")) },
        },
      ),
    );
    const { body } = await send(port, ["one ", "two"]);
    assert.equal(body, direction === 0 ? "POST /in  late" : "late");
  });
}

test("a body that is kept to its end is replaced in the callback for trailers", async (t) => {
  const { port } = await filterMesh(
    t,
    scripted({
      proxy_on_request_body: { returns: PAUSE },
      proxy_on_request_trailers: { steps: [["proxy_set_buffer_bytes", 0, 0, -1, "signed"]] },
    }),
  );
  const request = httpRequest({ port, host: "127.0.0.1", path: "/in", method: "POST", headers: { trailer: "x-sum" } });
  request.addTrailers({ "x-sum": "1" });
  request.end("the body");
  const [response] = (await once(request, "response")) as [IncomingMessage];
  assert.equal((await buffer(response)).toString(), "POST /in  signed");
});

const [NAME_AT, HEAD_AT] = [20_000, 20_100];

/** The same call from text: the script's runs in every callback. */
function callText([, upstream, head, , , timeout, token]: Step): string {
  const sizes = [NAME_AT, String(upstream).length, HEAD_AT, String(head).length, 0, 0, 0, 0, timeout, token];
  return `(drop (call $proxy_http_call ${sizes.map((value) => `(i32.const ${String(value)})`).join(" ")}))`;
}

function callData([, upstream, head]: Step): Record<number, string> {
  const bytes = (text: unknown) => [...String(text)].map((char) => `\\${hex(char)}`).join("");
  return { [NAME_AT]: bytes(upstream), [HEAD_AT]: bytes(head) };
}

const hex = (char: string) => char.charCodeAt(0).toString(16).padStart(2, "0");
