/**
 * A reader of HTTP/1.1 messages, independent of the proxy's: small, simple and slow. It judges what a proxy writes and
 * foretells what it may accept. Text is a character per byte.
 */

export type Field = readonly [name: string, value: string];

export interface Message {
  /** `GET`, or the status. */
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly version: "1.0" | "1.1";
  /** Names in lower case, in the order in which they came. */
  readonly fields: readonly Field[];
  readonly framing: "none" | "length" | "chunked" | "close";
  /** Without its framing. */
  readonly body: string;
  readonly trailers: readonly Field[];
  /** Where the message ends in the text. */
  readonly end: number;
}

/**
 * `incomplete`: more bytes could make it a message; what is there may be wrong already. `bad`: nothing could.
 * `head`: where a complete head ends, for a message that is cut off behind it; 0 otherwise.
 */
export type Reading =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "incomplete"; readonly head: number }
  | { readonly kind: "bad"; readonly why: string; readonly head: number };

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Browsers leave five more characters of a query as they are (WHATWG URL 1.3). */
const TARGET = /^[!$%&'()*+,\-./0-9:;=@A-Z[\]_a-z~]*(?:\?[!$%&'()*+,\-./0-9:;=?@A-Z[\]^_`a-z{|}~]*)?$/;
const HOST = /^(?:[0-9A-Za-z._~-]+|\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\])(?::[0-9]{1,5})?$/;

/** Without a stack: there are many. */
class Bad {
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

const bad = (why: string): never => {
  throw new Bad(why);
};

export const valuesOf = (fields: readonly Field[], name: string): string[] =>
  fields.filter(([each]) => each === name).map(([, value]) => value);

/** The options of all Connection fields, in lower case. */
export const optionsOf = (fields: readonly Field[]): string[] =>
  valuesOf(fields, "connection")
    .join(",")
    .toLowerCase()
    .split(",")
    .map((option) => option.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((option) => option !== "");

/** Reads the request that begins at `from`. */
export function readRequest(text: string, from = 0): Reading {
  return reading(text, text.startsWith("\r\n", from) ? from + 2 : from, requestHead);
}

/** Reads the response that begins at `from`; `method` of the request that it answers, `closed`: no more bytes will come. */
export function readResponse(text: string, from: number, method: string, closed: boolean): Reading {
  return reading(text, from, (lines) => responseHead(lines, method), closed);
}

type Head = Omit<Message, "body" | "trailers" | "end">;

function reading(text: string, from: number, readHead: (lines: string[]) => Head, closed = false): Reading {
  const blank = text.indexOf("\r\n\r\n", from);
  if (blank < 0) return { kind: "incomplete", head: 0 };
  const head = blank + 4;
  try {
    const read = readHead(text.slice(from, blank).split("\r\n"));
    const body = readBody(text, head, read, closed);
    return body === undefined ? { kind: "incomplete", head } : { kind: "message", message: { ...read, ...body } };
  } catch (error) {
    if (error instanceof Bad) return { kind: "bad", why: error.why, head };
    throw error;
  }
}

function requestHead(lines: string[]): Head {
  const [, method = "", target = "", version = ""] =
    /^(\S+) (\S+) HTTP\/(1\.[01])$/.exec(lines[0] ?? "") ?? bad("line");
  if (!TOKEN.test(method)) bad("method");
  const fields = readFields(lines.slice(1));
  const hosts = valuesOf(fields, "host");
  if (hosts.length > 1 || (hosts.length === 0 && version === "1.1")) bad("host");
  if (hosts[0] !== undefined && !isAuthority(hosts[0])) bad("host");
  checkTarget(method, target);
  const expectations = valuesOf(fields, "expect");
  if (expectations.length > 1 || (expectations[0] ?? "100-continue").toLowerCase() !== "100-continue") bad("expect");
  if (!optionsOf(fields).every((option) => TOKEN.test(option))) bad("connection");
  const framing = framingOf(fields, version);
  const empty = framing === "close" ? "none" : framing;
  if (method === "CONNECT" && empty !== "none" && valuesOf(fields, "content-length")[0] !== "0") bad("connect");
  return { method, target, status: 0, version: version as "1.1", fields, framing: empty };
}

function responseHead(lines: string[], method: string): Head {
  const [, version = "", code = ""] =
    /^HTTP\/(1\.[01]) ([1-5][0-9][0-9]) [\t\x20-\x7e\x80-\xff]*$/.exec(lines[0] ?? "") ?? bad("line");
  const status = Number(code);
  const fields = readFields(lines.slice(1));
  const framing = framingOf(fields, version);
  const bodiless = status < 200 || status === 204;
  if (bodiless && framing !== "close" && !/^0+$/.test(valuesOf(fields, "content-length")[0] ?? "")) bad("body");
  const none = bodiless || status === 304 || method === "HEAD";
  return { method, target: "", status, version: version as "1.1", fields, framing: none ? "none" : framing };
}

function readFields(lines: readonly string[]): Field[] {
  return lines.map((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    const value = line.slice(colon + 1);
    if (!TOKEN.test(name)) bad("name");
    if (!VALUE.test(value)) bad("value");
    return [name.toLowerCase(), value.replace(/^[ \t]+|[ \t]+$/g, "")];
  });
}

function isAuthority(text: string): boolean {
  return HOST.test(text) && Number(/:([0-9]+)$/.exec(text.replace(/^\[.*\]/, "h"))?.[1] ?? 0) <= 65_535;
}

function checkTarget(method: string, target: string): void {
  if (!TARGET.test(target)) bad("target");
  if (method === "CONNECT") {
    if (!isAuthority(target) || !/:[0-9]+$/.test(target)) bad("target");
    return;
  }
  if (target === "*") {
    if (method !== "OPTIONS") bad("target");
    return;
  }
  if (target.startsWith("/")) return;
  const authority = /^https?:\/\/([^/?]*)/i.exec(target)?.[1] ?? bad("target");
  if (!isAuthority(authority)) bad("target");
}

/** RFC 9112 6.3, refusing whatever it lets a recipient refuse. */
function framingOf(fields: readonly Field[], version: string): Message["framing"] {
  const lengths = valuesOf(fields, "content-length");
  const codings = valuesOf(fields, "transfer-encoding");
  if (codings.length > 0) {
    if (codings.length > 1 || lengths.length > 0 || version === "1.0") bad("framing");
    if (codings[0]?.toLowerCase() !== "chunked") bad("coding");
    return "chunked";
  }
  if (lengths.length === 0) return "close";
  if (lengths.length > 1 || !/^[0-9]{1,15}$/.test(lengths[0] ?? "")) bad("length");
  return "length";
}

type Body = Pick<Message, "body" | "trailers" | "end">;

function readBody(text: string, at: number, head: Head, closed: boolean): Body | undefined {
  if (head.framing === "none") return { body: "", trailers: [], end: at };
  if (head.framing === "chunked") return readChunks(text, at);
  if (head.framing === "close") return closed ? { body: text.slice(at), trailers: [], end: text.length } : undefined;
  const end = at + Number(valuesOf(head.fields, "content-length")[0]);
  return end > text.length ? undefined : { body: text.slice(at, end), trailers: [], end };
}

/** RFC 9112 7.1. Undefined while more could come. */
function readChunks(text: string, start: number): Body | undefined {
  let at = start;
  let body = "";
  for (;;) {
    const eol = text.indexOf("\r\n", at);
    if (eol < 0) return checkStart(text.slice(at));
    const size = /^([0-9A-Fa-f]{1,13})(?:;[\t\x20-\x7e]*)?$/.exec(text.slice(at, eol))?.[1] ?? bad("chunk");
    const length = Number.parseInt(size, 16);
    at = eol + 2;
    if (length === 0) return readTrailers(text, at, body);
    const data = text.slice(at, at + length);
    const after = text.slice(at + length, at + length + 2);
    if (!"\r\n".startsWith(after)) bad("chunk end");
    if (data.length < length || after.length < 2) return undefined;
    body += data;
    at += length + 2;
  }
}

function checkStart(line: string): undefined {
  if (!/^[0-9A-Fa-f]{0,13}(?:;[\t\x20-\x7e]*)?\r?$/.test(line) || /^[;\r]/.test(line)) bad("chunk");
  return undefined;
}

function readTrailers(text: string, at: number, body: string): Body | undefined {
  if (text.startsWith("\r\n", at)) return { body, trailers: [], end: at + 2 };
  const blank = text.indexOf("\r\n\r\n", at);
  if (blank < 0) return undefined;
  return { body, trailers: readFields(text.slice(at, blank).split("\r\n")), end: blank + 4 };
}
