import { type Field, type Message, optionsOf, valuesOf } from "./strict.ts";

/** About one connection (RFC 9110 7.6.1), or framing: the next hop gets its own. */
const HOP_BY_HOP = [
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"],
  ...["transfer-encoding", "content-length", "upgrade", "http2-settings"],
];

/** What a client may not say, or not alone: judged one by one. */
const OURS = [
  ...["host", "expect", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-request-id"],
  ...["traceparent", "tracestate", "x-original-url", "x-rewrite-url", "x-http-method-override"],
  "x-forwarded-client-cert",
];

/** What no Connection field takes away. */
const PROTECTED = [
  ...["host", "authorization", "content-length", "content-type", "cookie", "forwarded", "set-cookie"],
  ...["traceparent", "tracestate", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"],
];

const NEVER_TRAILERS = [
  ...HOP_BY_HOP,
  ...PROTECTED,
  ...["age", "cache-control", "content-encoding", "content-range", "date", "expect", "expires", "if-match"],
  ...["if-none-match", "location", "max-forwards", "pragma", "range", "retry-after", "vary", "www-authenticate"],
];

export interface Allowed {
  /** At the origin. */
  readonly target: string;
  readonly host: string;
}

/** How what the origin got differs from what the client sent and was allowed; empty where it does not. */
export function differences(sent: Message, got: Message, { target, host }: Allowed): string[] {
  const found: string[] = [];
  const same = (what: string, one: unknown, other: unknown) => {
    const [left, right] = [JSON.stringify(one), JSON.stringify(other)];
    if (left !== right) found.push(`${what}: got ${right?.slice(0, 300)}, want ${left?.slice(0, 300)}`);
  };
  same("method", sent.method, got.method);
  same("target", target, got.target);
  same("body", sent.body, got.body);
  same("host", [host], valuesOf(got.fields, "host"));
  same("fields", passing(sent.fields), passing(got.fields));
  const trailers = sent.trailers.filter(([name]) => !NEVER_TRAILERS.includes(name));
  if (got.trailers.length > 0) same("trailers", trailers, got.trailers);
  found.push(...added(sent, got, host), ...framing(sent, got));
  return found;
}

/** What goes on to the next hop as it came. */
export function passing(fields: readonly Field[]): readonly Field[] {
  const named = optionsOf(fields).filter((option) => !PROTECTED.includes(option));
  return fields.filter(([name]) => !HOP_BY_HOP.includes(name) && !OURS.includes(name) && !named.includes(name));
}

function added(sent: Message, got: Message, host: string): string[] {
  const only = (name: string) => valuesOf(got.fields, name).join(" | ");
  const hops = [...valuesOf(sent.fields, "x-forwarded-for"), "127.0.0.1"].join(", ");
  const wanted: [string, boolean][] = [
    ["x-forwarded-for", only("x-forwarded-for") === hops],
    ["x-forwarded-proto", only("x-forwarded-proto") === "http"],
    [
      "x-forwarded-host",
      only("x-forwarded-host")
        .toLowerCase()
        .replace(/\.?(:\d+)?$/, "") === host.replace(/(:\d+)?$/, ""),
    ],
    ["x-request-id", /^[\w.~+/=:-]{1,128}$/.test(only("x-request-id"))],
    ["traceparent", /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(only("traceparent"))],
    ["connection", /^(?:keep-alive|close)?$/i.test(only("connection"))],
    ["expect", /^(?:100-continue)?$/i.test(only("expect"))],
    ...HOP_BY_HOP.slice(1)
      .filter((name) => name !== "content-length" && name !== "transfer-encoding")
      .map((name): [string, boolean] => [name, only(name) === ""]),
    ...OURS.slice(8).map((name): [string, boolean] => [name, only(name) === ""]),
  ];
  return wanted.filter(([, right]) => !right).map(([name]) => `${name}: ${JSON.stringify(only(name))}`);
}

function framing(sent: Message, got: Message): string[] {
  if (sent.framing !== "none" || got.framing === "none") return [];
  return valuesOf(got.fields, "content-length")[0] === "0" ? [] : [`framing: ${got.framing}, want none`];
}
