import { type Callbacks, type Step, TEXT, traced } from "../../wasm/proxy-wasm/script.ts";
import type { Scene } from "./scene.ts";

const STARTS: Callbacks = {
  proxy_on_context_create: {},
  proxy_on_vm_start: { returns: 1 },
  proxy_on_configure: { returns: 1 },
};
const ENDS: Callbacks = { proxy_on_done: { returns: 1 }, proxy_on_log: {}, proxy_on_delete: {} };
const HEADS: Callbacks = { ...STARTS, proxy_on_request_headers: {}, proxy_on_response_headers: {}, ...ENDS };
const BODIES: Callbacks = { proxy_on_request_body: {}, proxy_on_response_body: {} };
const TRAILERS: Callbacks = { proxy_on_request_trailers: {}, proxy_on_response_trailers: {} };
const TCP: Callbacks = {
  proxy_on_new_connection: {},
  proxy_on_downstream_data: {},
  proxy_on_upstream_data: {},
  proxy_on_downstream_connection_close: {},
  proxy_on_upstream_connection_close: {},
};

const denies: Step = ["proxy_send_local_response", 403, "no", "denied", "", -1];
const readsHeads: readonly Step[] = [
  ["proxy_get_header_map_value", 0, ":path", TEXT],
  ["proxy_get_header_map_value", 2, ":status", TEXT],
  ["proxy_get_property", "response\0code_details", TEXT],
];

/** Which callbacks come, in which order. */
export const LIFE: readonly Scene[] = [
  { name: "a request without a body", filters: [traced(HEADS)] },
  { name: "a request of ABI 0.2.0", filters: [traced(HEADS, { abi: "0_2_0" })] },
  { name: "a request of ABI 0.1.0", filters: [traced(HEADS, { abi: "0_1_0" })] },
  { name: "two requests", filters: [traced(HEADS)], shots: [{}, {}] },
  { name: "configurations", filters: [traced(HEADS)], config: "of the plugin", vmConfig: "of the machine" },
  {
    name: "bodies",
    filters: [traced({ ...HEADS, ...BODIES })],
    shots: [{ pieces: ["one"] }],
    differences: [
      ["response_body 2 34 0", "response_body 2 34 1", "the last piece of a response comes with its end"],
      ["response_body 2 0 1", undefined, "the last piece of a response comes with its end"],
    ],
  },
  {
    name: "trailers",
    filters: [traced({ ...HEADS, ...TRAILERS })],
    shots: [
      {
        pieces: ["one"],
        trailers: { "x-end": "1" },
        headers: { "x-want": "trailers", te: "trailers", connection: "te" },
      },
    ],
  },
  { name: "callbacks for TCP are never called", filters: [traced({ ...HEADS, ...TCP })], shots: [{ pieces: ["one"] }] },
  {
    name: "a filter that a refused request never reached is told how it ended",
    filters: [
      traced({ ...HEADS, proxy_on_request_headers: { steps: [denies], returns: 1 } }),
      traced({ ...HEADS, proxy_on_log: { steps: readsHeads } }),
      traced({ ...HEADS, proxy_on_log: {} }),
    ],
  },
  {
    name: "a filter that the body of a refused request never reached",
    filters: [
      traced({
        ...HEADS,
        proxy_on_request_headers: { returns: 1 },
        proxy_on_request_body: { steps: [denies], returns: 1 },
      }),
      traced({ ...HEADS, ...BODIES }),
    ],
    stopIteration: true,
    shots: [{ pieces: ["one"] }],
  },
];
