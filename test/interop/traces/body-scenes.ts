import { type Callbacks, type Step, TEXT, traced, WORD } from "../../wasm/proxy-wasm/script.ts";
import type { Difference, Scene } from "./scene.ts";

const REQUEST = 0;
const [PAUSE, DROP] = [1, 3];
const ENDS: Callbacks = { proxy_on_log: {}, proxy_on_delete: {} };

const read = (buffer: number, start: number, length: number): Step => [
  "proxy_get_buffer_bytes",
  buffer,
  start,
  length,
  TEXT,
];
const write = (buffer: number, start: number, length: number, text: string): Step => [
  "proxy_set_buffer_bytes",
  buffer,
  start,
  length,
  text,
];
const size = (buffer: number): Step => ["proxy_get_buffer_status", buffer, WORD, 128];

const reads = (buffer: number): readonly Step[] => [
  size(buffer),
  read(buffer, 0, 3),
  read(buffer, 2, 100),
  read(buffer, 2, 0),
  read(buffer, 100, 1),
  read(buffer, 0, -1),
  read(buffer, 2, -1),
  read(buffer, -1, 1),
];
/** Without 8: what Envoy says of that is what was last asked for. */
const OTHERS = [1, 2, 3, 4, 5, 6, 7, 9, -1];

const INSERTS = "bytes are replaced in the middle of a body, as the specification has it";
const AT_ANY_TIME = "a plugin's configuration may be read at any time";

const TABLE: readonly (readonly [
  name: string,
  callback: string,
  steps: readonly Step[],
  differences?: readonly Difference[],
])[] = [
  ["a request's body is read", "request_body", reads(REQUEST)],
  ["a request's body is replaced", "request_body", [write(REQUEST, 0, 100, "other"), size(REQUEST)]],
  ["a request's body is replaced by nothing", "request_body", [write(REQUEST, 0, 100, ""), size(REQUEST)]],
  ["a request's body begins with more", "request_body", [write(REQUEST, 0, 0, "more "), size(REQUEST)]],
  ["a request's body ends with more", "request_body", [write(REQUEST, 100, 0, " more"), size(REQUEST)]],
  [
    "the middle of a request's body is replaced",
    "request_body",
    [write(REQUEST, 1, 1, "x"), size(REQUEST)],
    [
      [
        "200 x-backend=app [POST /in?a=1 host=shop.test abcdefx {}]",
        "200 x-backend=app [POST /in?a=1 host=shop.test axcdefx {}]",
        INSERTS,
      ],
      ["request_body set_buffer_bytes 2", "request_body set_buffer_bytes 0", INSERTS],
    ],
  ],
  ["the beginning of a request's body is replaced", "request_body", [write(REQUEST, 0, 1, "x"), size(REQUEST)]],
  [
    "buffers that are not there",
    "request_body",
    OTHERS.flatMap((buffer) => [size(buffer), read(buffer, 0, 3), write(buffer, 0, 1, "x")]),
    [
      ["request_body get_buffer_status 1 0", "request_body get_buffer_status 0 13", AT_ANY_TIME],
      ["request_body get_buffer_bytes 1 []", "request_body get_buffer_bytes 0 [of ]", AT_ANY_TIME],
      ["request_body set_buffer_bytes 1", "request_body set_buffer_bytes 2", AT_ANY_TIME],
    ],
  ],
  ["a body while the head comes", "request_headers", [size(REQUEST), read(REQUEST, 0, 3), write(REQUEST, 0, 0, "x")]],
  [
    "configurations in the root context",
    "configure",
    [size(7), read(7, 0, 100), size(6), read(6, 0, 100), write(7, 0, 0, "x")],
  ],
  [
    "the machine's configuration",
    "vm_start",
    [size(6), read(6, 0, 100), size(7), read(7, 0, 100)],
    [
      ["vm_start get_buffer_status 1 0", "vm_start get_buffer_status 0 13", AT_ANY_TIME],
      ["vm_start get_buffer_bytes 1 []", "vm_start get_buffer_bytes 0 [of the plugin]", AT_ANY_TIME],
    ],
  ],
];

/** What the piece of a body that is held looks like: it comes with its end in one call, or after it. */
const HELD: readonly Scene[] = [
  {
    name: "a body that is held to its end grows",
    filters: [
      traced({
        proxy_on_request_body: { steps: [size(REQUEST), read(REQUEST, 0, 100)], returns: PAUSE, returnsAtEnd: 0 },
        ...ENDS,
      }),
    ],
    shots: [{ pieces: ["ab", "cd", "ef"] }],
  },
  {
    name: "pieces of a body are dropped",
    filters: [
      traced({
        proxy_on_request_body: { steps: [size(REQUEST), read(REQUEST, 0, 100)], returns: DROP, returnsAtEnd: 0 },
        ...ENDS,
      }),
    ],
    shots: [{ pieces: ["ab", "cd", "ef"] }],
  },
  {
    name: "a request is refused while its body comes",
    filters: [
      traced({
        proxy_on_request_body: {
          steps: [["proxy_send_local_response", 413, "large", "too large", "", -1]],
          returns: PAUSE,
        },
        ...ENDS,
      }),
    ],
    shots: [{ pieces: ["abcdef"] }],
  },
];

export const BODIES: readonly Scene[] = [
  ...TABLE.map(([name, callback, steps, differences]): Scene => {
    const returns = ["configure", "vm_start"].includes(callback) ? 1 : 0;
    const filter = traced({ ...ENDS, [`proxy_on_${callback}`]: { steps, returns } });
    return {
      name,
      filters: [filter],
      shots: [{ pieces: ["abcdef"] }],
      config: "of the plugin",
      vmConfig: "of the machine",
      ...(differences && { differences }),
    };
  }),
  {
    name: "configurations in ABI 0.1.0",
    filters: [
      traced(
        {
          proxy_on_vm_start: { steps: [["proxy_get_configuration", TEXT]], returns: 1 },
          proxy_on_configure: { steps: [["proxy_get_configuration", TEXT]], returns: 1 },
          ...ENDS,
        },
        { abi: "0_1_0" },
      ),
    ],
    ...{ config: "of the plugin", vmConfig: "of the machine" },
  },
  ...HELD,
];
