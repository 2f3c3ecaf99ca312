import assert from "node:assert/strict";
import { test } from "node:test";
import { ChunkedBody } from "../../runtime/http/h1/chunked-body.ts";
import { HeadTable } from "../../runtime/http/h1/head/head-table.ts";
import { parseTrailers } from "../../runtime/http/h1/head/parse-trailers.ts";
import { llhttp } from "../http/h1/head/llhttp.ts";
import { mutate, split } from "./fuzz/mutation.ts";
import { oneOf, type Random, randomNumbers } from "./fuzz/numbers.ts";
import { readRequest } from "./strict.ts";

const STREAMS = 60_000;
const SEED = 11;
const LAXER = "we are laxer than llhttp";
const HEAD = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/** Where llhttp takes what we refuse: RFC 9112 7.1 has neither white space nor a bare LF, 7.1.1 and 7.1.2 let us limit. */
const STRICTER: ReadonlySet<string> = new Set([
  "chunk_size_too_large",
  "chunk_extension_syntax",
  "chunk_extension_too_large",
  "trailers_too_large",
  "trailer_refused",
]);

function bodyText(random: Random): string {
  const chunk = () => {
    const data = oneOf(random, ["x", "hello", "\r\n", "0\r\n\r\n", "\0\xff", "y".repeat(40)]);
    return `${data.length.toString(16)}${oneOf(random, ["", "", ";a", ';a="b c"'])}\r\n${data}\r\n`;
  };
  const chunks = Array.from({ length: random(4) }, chunk).join("");
  return `${chunks}0\r\n${oneOf(random, ["", "", "X-Sum: 1\r\n", "A: b\r\nC: d\r\n"])}\r\n`;
}

interface Read {
  readonly data: string;
  readonly done: boolean;
  readonly fault: string | undefined;
  readonly end: number;
}

/** By `write`, in pieces. */
function ours(pieces: readonly string[]): Read {
  const body = new ChunkedBody();
  let data = "";
  let end = 0;
  const write = (bytes: Uint8Array) => {
    data += Buffer.from(bytes).toString("latin1");
    return true;
  };
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, "latin1");
    end += body.read(bytes, 0, bytes.length, { write, end() {}, fail() {} });
    if (body.done || body.fault !== undefined) break;
  }
  const refused =
    body.trailers !== undefined && body.done && parseTrailers(body.trailers, new HeadTable()) !== "complete";
  return { data, done: body.done && !refused, fault: refused ? "trailer_refused" : body.fault, end };
}

/** By `frame`: what goes out is read again by the strict reader. */
function framed(pieces: readonly string[]): { readonly text: string; readonly done: boolean } {
  const body = new ChunkedBody();
  let text = "";
  const frame = (bytes: Uint8Array) => {
    text += Buffer.from(bytes).toString("latin1");
    return true;
  };
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, "latin1");
    body.read(bytes, 0, bytes.length, { frame, write: () => true, end() {}, fail() {} });
    if (body.done || body.fault !== undefined) break;
  }
  return { text, done: body.done };
}

function faultsOf(stream: string, pieces: readonly string[], theirs: ReturnType<ReturnType<typeof llhttp>>): string[] {
  const found: string[] = [];
  const read = ours(pieces);
  const strict = readRequest(HEAD + stream);
  if (read.done !== (strict.kind === "message")) {
    const limit = read.fault !== undefined && STRICTER.has(read.fault);
    if (!limit) found.push(`done ${read.done} (${read.fault}), the strict reader: ${strict.kind}`);
  }
  if (strict.kind === "message" && read.done) {
    if (read.data !== strict.message.body) found.push("other data than the strict reader's");
    if (read.end + HEAD.length !== strict.message.end) found.push(`ends at ${read.end}`);
  }
  if (read.done && !theirs.bodiless) found.push(LAXER);
  else if (read.done && theirs.body !== read.data) found.push("other data than llhttp's");
  if (!read.done && theirs.bodiless && read.fault === undefined) found.push("llhttp is done, we wait");
  const out = framed(pieces);
  const again = readRequest(`${HEAD}${out.text}0\r\n\r\n`);
  // What was framed so far is whole chunks once the message is done, and without extensions.
  if (read.done && (again.kind !== "message" || again.message.body !== read.data))
    found.push("frames say something else");
  if (read.done && !isPlain(out.text)) found.push("an extension got through");
  return found;
}

/** Size lines have digits and nothing else. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\r\n", at);
    const size = text.slice(at, end);
    if (!/^[0-9a-f]+$/i.test(size)) return false;
    at = end + 2 + Number.parseInt(size, 16) + 2;
  }
  return true;
}

test(`${STREAMS} mutated chunked bodies: the same as llhttp and the strict reader, or stricter; frames say the same`, () => {
  const random = randomNumbers(SEED);
  const theirs = llhttp(1);
  const found = new Map<string, string>();
  let done = 0;
  for (let number = 0; number < STREAMS; number += 1) {
    const stream = random(8) === 0 ? bodyText(random) : mutate(bodyText(random), random);
    const verdict = theirs(Buffer.from(HEAD + stream, "latin1"));
    if (verdict.bodiless) done += 1;
    const pieces = split(stream, random);
    for (const fault of faultsOf(stream, pieces, verdict)) {
      // llhttp takes framing fields for framing in a trailer too; ours are dropped (RFC 9110 6.5.1).
      if (fault === LAXER && /\n(?:content-length|transfer-encoding|connection):/i.test(stream)) continue;
      // What is in an extension is nobody's business and goes nowhere (RFC 9112 7.1.1: ignored); llhttp reads it. What goes
      // out in place of it llhttp has to take.
      if (fault === LAXER && theirs(Buffer.from(`${HEAD}${framed(pieces).text}0\r\n\r\n`, "latin1")).bodiless) continue;
      if (!found.has(fault)) found.set(fault, JSON.stringify(stream));
    }
  }
  assert.deepEqual([...found], []);
  assert.ok(done > STREAMS / 10, `only ${done} were whole for llhttp`);
});
