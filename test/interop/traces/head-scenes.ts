import { type Callbacks, PAIRS, pairsText, type Step, TEXT, traced, WORD } from "../../wasm/proxy-wasm/script.ts";
import type { Difference, Scene } from "./scene.ts";

const [REQUEST, REQUEST_TRAILERS, RESPONSE, RESPONSE_TRAILERS] = [0, 1, 2, 3];
const ENDS: Callbacks = { proxy_on_log: {}, proxy_on_delete: {} };

const get = (map: number, name: string): Step => ["proxy_get_header_map_value", map, name, TEXT];
const all = (map: number): Step => ["proxy_get_header_map_pairs", map, PAIRS];
const add = (map: number, name: string, value: string): Step => ["proxy_add_header_map_value", map, name, value];
const replace = (map: number, name: string, value: string): Step => [
  "proxy_replace_header_map_value",
  map,
  name,
  value,
];
const remove = (map: number, name: string): Step => ["proxy_remove_header_map_value", map, name];
const set = (map: number, ...pairs: readonly (readonly [string, string])[]): Step => [
  "proxy_set_header_map_pairs",
  ...([map, pairsText(pairs)] as const),
];

const READS = [":path", ":method", ":authority", "x-a", "X-A", "missing", "host", ""];
const headers = { "x-a": "1", "x-b": "2, 3", "x-c": "" };
const TRAILING = {
  pieces: ["one"],
  trailers: { "x-end": "1" },
  headers: { "x-want": "trailers", te: "trailers", connection: "te" },
};

const sizes = (map: string): readonly Difference[] => [
  [
    `${map}_trailers get_header_map_size 0 6`,
    `${map}_trailers get_header_map_size 0 20`,
    "the size is that of the list, as the specification has it; Envoy's is that of names and values",
  ],
];
const ofNoCall = (callback: string): readonly Difference[] => [
  [
    `${callback} get_header_map_value 2 []`,
    `${callback} get_header_map_value 1 []`,
    "maps of a call that is not there have no fields: the SDK for Rust panics at other answers",
  ],
];

const edits = (map: number): readonly Step[] => [
  add(map, "x-new", "1"),
  add(map, "X-New", "2"),
  replace(map, "x-a", "3"),
  replace(map, "x-other", "4"),
  remove(map, "x-b"),
  remove(map, "missing"),
  all(map),
];

/** Maps of headers: `request_headers` and so on, what it does there. */
const TABLE: readonly (readonly [name: string, callback: string, steps: readonly Step[], more?: Partial<Scene>])[] = [
  ["a request's head is read", "request_headers", [...READS.map((name) => get(REQUEST, name)), all(REQUEST)]],
  ["a request's head is edited", "request_headers", edits(REQUEST)],
  [
    "a request's head is set as a whole",
    "request_headers",
    [
      set(
        REQUEST,
        [":scheme", "http"],
        [":method", "GET"],
        [":path", "/set"],
        [":authority", "set.test"],
        ["x-forwarded-proto", "http"],
        ["x-set", "1"],
      ),
      all(REQUEST),
    ],
  ],
  [
    "a request's path, authority and method are edited",
    "request_headers",
    [
      replace(REQUEST, ":path", "/other?b"),
      replace(REQUEST, ":authority", "o.test"),
      replace(REQUEST, ":method", "PUT"),
      all(REQUEST),
    ],
  ],
  [
    "a response's head is read",
    "response_headers",
    [get(RESPONSE, ":status"), get(RESPONSE, "x-backend"), get(RESPONSE, "missing"), all(RESPONSE)],
  ],
  ["a response's head is edited", "response_headers", [...edits(RESPONSE), replace(RESPONSE, ":status", "201")]],
  ["a response's head is set as a whole", "response_headers", [set(RESPONSE, [":status", "202"], ["x-set", "1"])]],
  [
    "a request's trailers",
    "request_trailers",
    [
      get(REQUEST_TRAILERS, "x-end"),
      all(REQUEST_TRAILERS),
      ["proxy_get_header_map_size", REQUEST_TRAILERS, WORD],
      ...edits(REQUEST_TRAILERS),
    ],
    { shots: [TRAILING], differences: sizes("request") },
  ],
  [
    "a response's trailers",
    "response_trailers",
    [
      get(RESPONSE_TRAILERS, "x-end"),
      all(RESPONSE_TRAILERS),
      ["proxy_get_header_map_size", RESPONSE_TRAILERS, WORD],
      ...edits(RESPONSE_TRAILERS),
    ],
    { shots: [TRAILING], differences: sizes("response") },
  ],
  [
    "maps that are not there while a request comes",
    "request_headers",
    [1, 2, 3, 4, 5, 6, 7].flatMap((map): Step[] => [
      get(map, "x-a"),
      all(map),
      add(map, "x-a", "1"),
      replace(map, "x-a", "1"),
      remove(map, "x-a"),
      set(map, ["x-a", "1"]),
      ["proxy_get_header_map_size", map, WORD],
    ]),
    { differences: ofNoCall("request_headers") },
  ],
  [
    "maps that nobody has",
    "request_headers",
    [8, 99, -1].flatMap((map): Step[] => [
      get(map, "x-a"),
      all(map),
      add(map, "x-a", "1"),
      replace(map, "x-a", "1"),
      remove(map, "x-a"),
      set(map, ["x-a", "1"]),
      ["proxy_get_header_map_size", map, WORD],
    ]),
  ],
  [
    "heads are read, and not edited, when all is over",
    "log",
    [
      get(REQUEST, ":path"),
      get(RESPONSE, ":status"),
      get(RESPONSE, "x-backend"),
      add(REQUEST, "x-a", "1"),
      replace(RESPONSE, "x-a", "1"),
      remove(RESPONSE, "x-a"),
      set(REQUEST, ["x-a", "1"]),
    ],
  ],
  [
    "heads in the root context",
    "configure",
    [get(REQUEST, "x-a"), all(REQUEST), add(REQUEST, "x-a", "1"), get(RESPONSE, "x-a"), get(6, "x-a")],
    { differences: ofNoCall("configure") },
  ],
];

const missing: Step[] = [get(REQUEST, "missing"), get(REQUEST, "x-a"), ["proxy_clear_route_cache"]];

export const HEADS: readonly Scene[] = [
  ...TABLE.map(([name, callback, steps, more]): Scene => {
    const returns = callback === "configure" ? 1 : 0;
    const filter = traced({ ...ENDS, [`proxy_on_${callback}`]: { steps, returns } });
    return { name, filters: [filter], shots: [{ headers }], ...more };
  }),
  {
    name: "a field that is not there, in ABI 0.1.0",
    filters: [traced({ proxy_on_request_headers: { steps: missing }, ...ENDS }, { abi: "0_1_0" })],
    shots: [{ headers }],
  },
];
