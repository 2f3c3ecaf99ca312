// Generated from wit/policy.wit by `npm run generate`. Do not edit.

export const CONTRACT = "heddle:policy";
export const CONTRACT_VERSION = "0.2.0";

/** The interfaces that a filter may export. */
export const HOOKS = [
  "configure",
  "on-request",
  "on-request-body",
  "on-response",
  "on-response-body",
  "on-log",
  "on-tick",
] as const;

/** Core signatures of what a filter may import, by interface and function: `(i32,i32)->(i32)`. */
export const IMPORT_SIGNATURES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  request: {
    method: "(i32)->()",
    scheme: "(i32)->()",
    authority: "(i32)->()",
    path: "(i32)->()",
    query: "(i32)->()",
    header: "(i32,i32,i32)->()",
    "header-values": "(i32,i32,i32)->()",
    headers: "(i32)->()",
    "header-equals": "(i32,i32,i32,i32)->(i32)",
    "set-header": "(i32,i32,i32,i32)->(i32)",
    "add-header": "(i32,i32,i32,i32)->(i32)",
    "remove-header": "(i32,i32)->(i32)",
    "has-body": "()->(i32)",
  },
  response: {
    status: "()->(i32)",
    "set-status": "(i32)->(i32)",
    header: "(i32,i32,i32)->()",
    "header-values": "(i32,i32,i32)->()",
    headers: "(i32)->()",
    "set-header": "(i32,i32,i32,i32)->(i32)",
    "add-header": "(i32,i32,i32,i32)->(i32)",
    "remove-header": "(i32,i32)->(i32)",
    "has-body": "()->(i32)",
  },
  body: {
    size: "()->(i32)",
    end: "()->(i32)",
    read: "(i32,i32,i32)->()",
    replace: "(i32,i32)->(i32)",
    append: "(i32,i32)->(i32)",
  },
  "local-response": {
    send: "(i32,i32,i32,i32,i32,i32,i32)->(i32)",
  },
  connection: {
    "client-address": "(i32)->()",
    "client-port": "()->(i32)",
    "server-address": "(i32)->()",
    "server-port": "()->(i32)",
    protocol: "(i32)->()",
  },
  routing: {
    route: "(i32)->()",
    backends: "(i32)->()",
    "choose-backend": "(i32,i32)->(i32)",
    "set-hash-key": "(i32,i32)->()",
  },
  attributes: {
    text: "(i32,i32,i32)->()",
    number: "(i32,i32,i32)->()",
    flag: "(i32,i32,i32)->()",
    "set-text": "(i32,i32,i32,i32)->(i32)",
    "set-number": "(i32,i32,f64)->(i32)",
    "set-flag": "(i32,i32,i32)->(i32)",
    remove: "(i32,i32)->()",
  },
  crypto: {
    digest: "(i32,i32,i32,i32)->()",
    hmac: "(i32,i32,i32,i32,i32,i32,i32,i32,i32)->()",
    verify: "(i32,i32,i32,i32,i32,i32,i32,i32,i32,i32,i32)->(i32)",
    random: "(i32,i32)->()",
    equal: "(i32,i32,i32,i32)->(i32)",
  },
  quota: {
    take: "(i32,i32,i32,i32,i32,i32,i32)->()",
  },
  store: {
    get: "(i32,i32,i32)->()",
    set: "(i32,i32,i32,i32,i32)->(i32)",
    "compare-and-set": "(i32,i32,i32,i32,i32,i32)->(i32)",
    delete: "(i32,i32)->(i32)",
  },
  "http-client": {
    send: "(i32,i32,i32,i32,i32,i32,i32,i32,i32,i32,i32,i32)->()",
  },
  trace: {
    "set-text": "(i32,i32,i32,i32)->(i32)",
    "set-number": "(i32,i32,f64)->(i32)",
    "set-flag": "(i32,i32,i32)->(i32)",
  },
  tick: {
    every: "(i32)->()",
  },
  clock: {
    now: "()->(f64)",
    monotonic: "()->(f64)",
  },
  log: {
    write: "(i32,i32,i32)->()",
    fault: "(i32,i32,i32,i32,i32,i32)->()",
  },
  metrics: {
    count: "(i32,i32,f64)->()",
    gauge: "(i32,i32,f64)->()",
    observe: "(i32,i32,f64)->()",
  },
};

/** JavaScript types of the arguments of what a filter may import, as general glue passes them. */
export const ARGUMENT_TYPES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  request: {
    method: [],
    scheme: [],
    authority: [],
    path: [],
    query: [],
    header: ["string"],
    "header-values": ["string"],
    headers: [],
    "header-equals": ["string", "string"],
    "set-header": ["string", "string"],
    "add-header": ["string", "string"],
    "remove-header": ["string"],
    "has-body": [],
  },
  response: {
    status: [],
    "set-status": ["number"],
    header: ["string"],
    "header-values": ["string"],
    headers: [],
    "set-header": ["string", "string"],
    "add-header": ["string", "string"],
    "remove-header": ["string"],
    "has-body": [],
  },
  body: {
    size: [],
    end: [],
    read: ["number", "number"],
    replace: ["bytes"],
    append: ["bytes"],
  },
  "local-response": {
    send: ["number", "string[][]", "bytes", "string"],
  },
  connection: {
    "client-address": [],
    "client-port": [],
    "server-address": [],
    "server-port": [],
    protocol: [],
  },
  routing: {
    route: [],
    backends: [],
    "choose-backend": ["string"],
    "set-hash-key": ["string"],
  },
  attributes: {
    text: ["string"],
    number: ["string"],
    flag: ["string"],
    "set-text": ["string", "string"],
    "set-number": ["string", "number"],
    "set-flag": ["string", "boolean"],
    remove: ["string"],
  },
  crypto: {
    digest: ["string", "bytes"],
    hmac: ["string", "string", "string?", "bytes"],
    verify: ["string", "string?", "string", "bytes", "bytes"],
    random: ["number"],
    equal: ["bytes", "bytes"],
  },
  quota: {
    take: ["string", "number", "number", "number", "number"],
  },
  store: {
    get: ["string"],
    set: ["string", "bytes", "number"],
    "compare-and-set": ["string", "number", "bytes", "number"],
    delete: ["string"],
  },
  "http-client": {
    send: ["string", "string", "string", "string[][]", "bytes", "number"],
  },
  trace: {
    "set-text": ["string", "string"],
    "set-number": ["string", "number"],
    "set-flag": ["string", "boolean"],
  },
  tick: {
    every: ["number"],
  },
  clock: {
    now: [],
    monotonic: [],
  },
  log: {
    write: ["string", "string"],
    fault: ["string", "string", "number", "number"],
  },
  metrics: {
    count: ["string", "number"],
    gauge: ["string", "number"],
    observe: ["string", "number"],
  },
};

/** Core signatures of the hooks, by interface and function. */
export const EXPORT_SIGNATURES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  configure: {
    configure: "(i32,i32)->(i32)",
  },
  "on-request": {
    "on-request": "(i32)->(i32)",
  },
  "on-request-body": {
    "on-request-body": "(i32,i32,i32)->(i32)",
  },
  "on-response": {
    "on-response": "(i32)->(i32)",
  },
  "on-response-body": {
    "on-response-body": "(i32,i32,i32)->(i32)",
  },
  "on-log": {
    "on-log": "(i32)->()",
  },
  "on-tick": {
    "on-tick": "()->()",
  },
};
