import {
  BYTES,
  type Callbacks,
  LONG,
  type Step,
  type Stored,
  TEXT,
  traced,
  WORD,
} from "../../wasm/proxy-wasm/script.ts";
import type { Difference, Scene } from "./scene.ts";

const ENDS: Callbacks = { proxy_on_log: {}, proxy_on_delete: {} };
const [CAS_AT, QUEUE_AT] = [96, 100];
const JOBS = { at: QUEUE_AT };

/** Versions of data and numbers of queues are the host's own: they are not shown. */
const load = (key: string): Step => ["proxy_get_shared_data", key, TEXT, CAS_AT];
const store = (key: string, value: string, cas: number | Stored): Step => ["proxy_set_shared_data", key, value, cas];

const SHARED: readonly Step[] = [
  load("none"),
  store("a", "one", 0),
  load("a"),
  store("a", "two", 0),
  load("a"),
  store("a", "three", 99),
  load("a"),
  store("new", "with a version", 7),
  load("new"),
  store("", "no key", 0),
  load(""),
  store("empty", "", 0),
  load("empty"),
  load("a"),
  store("a", "of the version that was read", { at: CAS_AT }),
  store("a", "of the one before", { at: CAS_AT }),
  load("a"),
];

const QUEUES: readonly Step[] = [
  ["proxy_resolve_shared_queue", "", "jobs", 104],
  ["proxy_register_shared_queue", "jobs", QUEUE_AT],
  ["proxy_register_shared_queue", "other", 104],
  ["proxy_resolve_shared_queue", "", "jobs", QUEUE_AT],
  ["proxy_resolve_shared_queue", "nobody", "jobs", 104],
  ["proxy_enqueue_shared_queue", JOBS, "first"],
  ["proxy_enqueue_shared_queue", JOBS, ""],
  ["proxy_enqueue_shared_queue", 9999, "lost"],
  ["proxy_dequeue_shared_queue", JOBS, TEXT],
  ["proxy_dequeue_shared_queue", JOBS, TEXT],
  ["proxy_dequeue_shared_queue", JOBS, TEXT],
  ["proxy_dequeue_shared_queue", 9999, TEXT],
];

const [COUNTER, GAUGE, HISTOGRAM] = [0, 1, 2];
const define = (type: number, name: string): Step => ["proxy_define_metric", type, name, WORD];

/** Numbers of metrics are the host's own: a metric that was defined is the first of its kind in both. */
const METRICS: readonly Step[] = [
  ["proxy_define_metric", COUNTER, "hits", 40],
  ["proxy_define_metric", GAUGE, "level", 44],
  ["proxy_define_metric", HISTOGRAM, "sizes", 48],
  define(3, "other"),
  define(-1, "other"),
  ["proxy_increment_metric", 999, 1n],
  ["proxy_record_metric", 999, 1n],
  ["proxy_get_metric", 999, LONG],
];

const property = (path: string): Step => ["proxy_get_property", path.replaceAll(".", "\0"), TEXT];
const bytes = (path: string): Step => ["proxy_get_property", path.replaceAll(".", "\0"), BYTES];

const FOREIGN: readonly Step[] = [
  ["proxy_call_foreign_function", "compress", "some text", BYTES],
  ["proxy_call_foreign_function", "nothing", "", BYTES],
  ["proxy_call_foreign_function", "", "", BYTES],
  ["proxy_call_foreign_function", "uncompress", "not compressed", BYTES],
  ["proxy_call_foreign_function", "verify_signature", "no message", BYTES],
  ["proxy_call_foreign_function", "clear_route_cache", "", BYTES],
  ["proxy_call_foreign_function", "set_envoy_filter_state", "no message", BYTES],
  ["proxy_call_foreign_function", "declare_property", "no message", BYTES],
];

const STREAMS: readonly Step[] = [-1, 2, 3, 4, 99].flatMap((type): Step[] => [["proxy_continue_stream", type]]);

const ANSWERS: readonly Step[] = [
  ["proxy_send_local_response", 99, "", "", "", -1],
  ["proxy_send_local_response", 200, "detail", "body", "", -1],
];

const NO_STATUS = "an answer with a status that is none is refused; Envoy gives the stream up";

const TABLE: readonly (readonly [name: string, steps: readonly Step[], differences?: readonly Difference[]])[] = [
  ["data that contexts share", SHARED],
  ["queues", QUEUES],
  ["metrics", METRICS],
  ["foreign functions", FOREIGN],
  ["streams that go on", STREAMS],
  ["the end of what has not ended", [["proxy_done"]]],
  [
    "levels of the log, and times",
    [
      ["proxy_log", 6, "no level"],
      ["proxy_log", -1, "no level"],
      ["proxy_log", 2, "a line"],
      ["proxy_get_current_time_nanoseconds", 128],
      ["proxy_set_tick_period_milliseconds", 0],
    ],
  ],
  [
    "addresses that are none",
    [
      ["proxy_get_header_map_value", 0, -4, 8, 16, 20],
      ["proxy_get_header_map_value", 0, ":path", -1, 20],
      ["proxy_get_header_map_pairs", 0, -1, 20],
      ["proxy_add_header_map_value", 0, -4, 8, 16, 20],
      ["proxy_set_header_map_pairs", 0, -4, 8],
      ["proxy_get_property", -4, 8, 16, 20],
      ["proxy_set_property", -4, 8, 16, 20],
      ["proxy_get_current_time_nanoseconds", -1],
      ["proxy_get_shared_data", -4, 8, 16, 20, 24],
      ["proxy_define_metric", 0, -4, 8, 24],
      ["proxy_get_status", -1, 16, 20],
      ["proxy_http_call", -4, 8, 0, 0, 0, 0, 0, 0, 100, 24],
      ["proxy_send_local_response", 200, -4, 8, 0, 0, 0, 0, -1],
      ["proxy_call_foreign_function", -4, 8, 0, 0, 16, 20],
      ["proxy_register_shared_queue", -4, 8, 24],
    ],
  ],
  [
    "what filters leave with a stream",
    [
      property("mine"),
      ["proxy_set_property", "mine", "value"],
      property("mine"),
      property("filter_state.wasm.mine"),
      ["proxy_set_property", "request\0path", "/changed"],
      property("request.path"),
      ["proxy_set_property", "", "value"],
      ["proxy_set_property", "plugin_name", "other"],
      property("plugin_name"),
    ],
  ],
  [
    "answers that are none",
    ANSWERS,
    [
      ["no response", "200 content-type=text/plain [body]", NO_STATUS],
      ["request_headers send_local_response 0", "request_headers send_local_response 2", NO_STATUS],
    ],
  ],
  [
    "numbers and maps of properties",
    [
      "request.headers.x-a",
      "request.size",
      "connection.mtls",
      "response.code",
      "nothing",
      "request",
      "request.nothing",
      "request.headers.missing",
    ].map(bytes),
  ],
];

export const STATE: readonly Scene[] = [
  ...TABLE.map(
    ([name, steps, differences]): Scene => ({
      name,
      filters: [traced({ proxy_on_request_headers: { steps }, ...ENDS })],
      shots: [{ headers: { "x-a": "1" } }],
      ...(differences && { differences }),
    }),
  ),
  {
    name: "a stream is closed",
    filters: [traced({ proxy_on_request_headers: { steps: [["proxy_close_stream", 0]], returns: 1 }, ...ENDS })],
  },
  {
    name: "ticks",
    filters: [
      traced({
        proxy_on_configure: { steps: [["proxy_set_tick_period_milliseconds", 20]], returns: 1 },
        proxy_on_tick: {
          steps: [
            ["proxy_get_header_map_value", 0, ":path", TEXT],
            ["proxy_set_tick_period_milliseconds", 0],
          ],
        },
        ...ENDS,
      }),
    ],
    last: "tick 1",
    unordered: true,
  },
  {
    name: "a queue tells of what is in it",
    filters: [
      traced({
        proxy_on_configure: { steps: [["proxy_register_shared_queue", "jobs", QUEUE_AT]], returns: 1 },
        proxy_on_request_headers: { steps: [["proxy_enqueue_shared_queue", JOBS, "work"]] },
        proxy_on_queue_ready: { steps: [["proxy_dequeue_shared_queue", JOBS, TEXT]] },
        ...ENDS,
      }),
    ],
    last: "queue_ready dequeue_shared_queue 0 [work]",
    unordered: true,
  },
];
