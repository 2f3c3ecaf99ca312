import { type Callbacks, pairsText, type Step, TEXT, traced, WORD } from "../../wasm/proxy-wasm/script.ts";
import type { Scene } from "./scene.ts";

const PAUSE = 1;
const [FIRST, TOKEN_AT] = [2, 64];
const GRPC_STATUS: Step = ["proxy_get_status", WORD, TEXT];

const head = (path: string, more: readonly (readonly [string, string])[] = []) =>
  pairsText([[":method", "GET"], [":path", path], [":authority", "auth"], ...more]);

const call = (
  path: string,
  { upstream = "auth", body = "", timeout = 5000, fields = head(path, [["x-call", "1"]]) } = {},
): Step => ["proxy_http_call", ...([upstream, fields, body, "", timeout, TOKEN_AT] as const)];

const answer: readonly Step[] = [
  GRPC_STATUS,
  ["proxy_get_header_map_value", 6, ":status", TEXT],
  ["proxy_get_header_map_value", 6, "x-auth", TEXT],
  ["proxy_get_header_map_value", 6, "missing", TEXT],
  ["proxy_add_header_map_value", 6, "x-a", "1"],
  ["proxy_get_buffer_bytes", 4, 0, 100, TEXT],
  ["proxy_set_buffer_bytes", 4, 0, 0, "x"],
];
const onward: readonly Step[] = [
  ["proxy_set_effective_context", FIRST],
  ["proxy_add_header_map_value", 0, "x-checked", "1"],
  ["proxy_continue_stream", 0],
];

function calling(steps: readonly Step[], then: readonly Step[], abi?: string): Scene["filters"] {
  const callbacks: Callbacks = {
    proxy_on_request_headers: { steps, returns: PAUSE },
    proxy_on_http_call_response: { steps: then },
    proxy_on_delete: {},
  };
  return [traced(callbacks, abi === undefined ? {} : { abi })];
}

const refused: readonly (readonly [string, Step])[] = [
  ["of a cluster that nobody knows", call("/", { upstream: "nobody" })],
  [
    "without a method",
    call("/", {
      fields: pairsText([
        [":path", "/"],
        [":authority", "auth"],
      ]),
    }),
  ],
  [
    "without a path",
    call("/", {
      fields: pairsText([
        [":method", "GET"],
        [":authority", "auth"],
      ]),
    }),
  ],
  [
    "without an authority",
    call("/", {
      fields: pairsText([
        [":method", "GET"],
        [":path", "/"],
      ]),
    }),
  ],
  ["with a negative time", call("/", { timeout: -1 })],
  ["without any fields", call("/", { fields: "" })],
];

const NO_GRPC = "gRPC calls are not made, and one that was not made is not found";
const GRPC: readonly Step[] = [
  ["proxy_grpc_call", "auth", "acme.Service", "Method", "", "message", 1000, TOKEN_AT],
  ["proxy_grpc_stream", "auth", "acme.Service", "Method", "", TOKEN_AT],
  ["proxy_grpc_send", 1, "message", 1],
  ["proxy_grpc_cancel", 1],
  ["proxy_grpc_close", 1],
];

export const CALLS: readonly Scene[] = [
  ...[undefined, "0_2_0", "0_1_0"].map((abi): Scene => {
    const resume: readonly Step[] = abi === "0_1_0" ? [...onward.slice(0, 2), ["proxy_continue_request"]] : onward;
    return {
      name: `a request waits for a call, in ABI ${abi ?? "0_2_1"}`,
      filters: calling([call("/ask")], [...answer, ...resume], abi),
    };
  }),
  { name: "a call with a body", filters: calling([call("/ask", { body: "question" })], [...answer, ...onward]) },
  { name: "a call that is answered with 500", filters: calling([call("/500")], [...answer, ...onward]) },
  { name: "a call that is broken off", filters: calling([call("/reset")], [...answer, ...onward]) },
  {
    name: "a request is refused after a call",
    filters: calling(
      [call("/ask")],
      [
        ["proxy_set_effective_context", FIRST],
        ["proxy_send_local_response", 401, "no", "no", pairsText([["x-why", "because"]]), -1],
      ],
    ),
  },
  {
    name: "calls that cannot be made",
    filters: [traced({ proxy_on_request_headers: { steps: refused.map(([, step]) => step) }, proxy_on_delete: {} })],
  },
  {
    name: "contexts that calls act on",
    filters: calling(
      [
        call("/ask"),
        ["proxy_set_effective_context", 99],
        ["proxy_set_effective_context", 1],
        ["proxy_get_header_map_value", 0, ":path", TEXT],
        ["proxy_set_effective_context", FIRST],
        ["proxy_get_header_map_value", 0, ":path", TEXT],
      ],
      [["proxy_get_header_map_value", 0, ":path", TEXT], ...onward, ["proxy_set_effective_context", 0]],
    ),
  },
  ...["0_2_1", "0_2_0", "0_1_0"].map(
    (abi): Scene => ({
      name: `gRPC calls, in ABI ${abi}`,
      filters: [traced({ proxy_on_request_headers: { steps: GRPC }, proxy_on_delete: {} }, { abi })],
      differences: [
        ["request_headers grpc_call 0", "request_headers grpc_call 10", NO_GRPC],
        ["request_headers grpc_stream 0", "request_headers grpc_stream 10", NO_GRPC],
        ["request_headers grpc_send 2", "request_headers grpc_send 1", NO_GRPC],
      ],
    }),
  ),
];
