import assert from "node:assert/strict";
import { test } from "node:test";
import { inHeddle } from "../interop/traces/in-heddle.ts";
import { openStage } from "../interop/traces/stage.ts";
import { type Callbacks, type Step, TEXT, traced } from "../wasm/proxy-wasm/script.ts";

const denies: Step = ["proxy_send_local_response", 403, "no", "denied", "", -1];
const LAST: readonly Step[] = [
  ["proxy_get_header_map_value", 0, ":path", TEXT],
  ["proxy_get_header_map_value", 2, ":status", TEXT],
  ["proxy_add_header_map_value", 2, "x-late", "1"],
];
const HEARS: Callbacks = {
  proxy_on_context_create: {},
  proxy_on_request_headers: {},
  proxy_on_response_headers: {},
  proxy_on_done: { returns: 1 },
  proxy_on_delete: {},
};
const TOLD = [
  ...["context_create 2 1", "done 2", "log 2", "log get_header_map_value 0 [/in?a=1]"],
  ...["log get_header_map_value 0 [403]", "log add_header_map_value 2", "delete 2"],
];

test("a filter that a refused request never reached is told how it ended, where it exports proxy_on_log", async (t) => {
  const stage = await openStage();
  t.after(() => stage.close());
  const filters = [
    traced({ proxy_on_request_headers: { steps: [denies], returns: 1 } }),
    traced({ ...HEARS, proxy_on_log: { steps: LAST } }),
    traced(HEARS),
  ];
  const { answers, lines } = await inHeddle(t, { name: "", filters, shots: [{}, {}] }, stage);
  assert.deepEqual(answers, ["403 content-type=text/plain [denied]", "403 content-type=text/plain [denied]"]);
  const again = TOLD.map((line) => line.replace(/^(context_create|done|log|delete) 2/, "$1 3"));
  assert.deepEqual(lines[1], ["context_create 1 0", ...TOLD, ...again]);
  assert.deepEqual(lines[2], ["context_create 1 0"]);
});
