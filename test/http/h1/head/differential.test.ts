import assert from "node:assert/strict";
import { test } from "node:test";
import { HEAD_LIMITS, HeadTable } from "../../../../runtime/http/h1/head/head-table.ts";
import { FRAMING_NONE, KIND_REQUEST, KIND_RESPONSE } from "../../../../runtime/http/h1/head/tokenizer/layout.ts";
import type { Tokenizer } from "../../../../runtime/http/h1/head/tokenizer.ts";
import { type LlhttpVerdict, llhttp } from "./llhttp.ts";
import { mutate, randomNumbers } from "./mutation.ts";
import { TOKENIZERS } from "./tokenizers.ts";

const STREAMS = 200_000;
const SEED = 3;

/** Where llhttp accepts and we refuse: the RFC says MUST or MAY in each. */
const STRICTER: ReadonlySet<string> = new Set([
  "method_syntax", // 9112 2.2: llhttp skips any number of CR and LF in front
  "bare_cr", // 9112 2.2: the same
  "method_unknown", // 9110 9.1: SOURCE, and what llhttp takes for other protocols
  "target_syntax", // 3986: "<>\^`{|}, fragments, bytes from 0x80 and other schemes
  "target_form", // 9112 3.2.4: `*` is for OPTIONS
  "target_authority", // 9110 4.2: userinfo, empty hosts, bad ports
  "target_too_long", // 9112 3
  "version_syntax", // 9112 3: one space behind the target; 9112 4: no empty line in front of a response
  "version_unsupported", // 9110 15.6.6
  "status_syntax", // 9112 4: three digits from 100 to 599 and a space
  "reason_syntax", // 9112 4: DEL
  "host_missing", // 9112 3.2
  "host_repeated", // 9112 3.2
  "host_syntax", // 9112 3.2
  "length_syntax", // 9112 6.3: empty
  "length_too_large", // 9110 8.6
  "length_repeated", // 9112 6.3
  "coding_unknown", // 9112 6.1
  "coding_repeated", // 9112 6.1
  "coding_in_1_0", // 9112 6.1
  "body_not_allowed", // 9112 6.1: on 1xx; 9110 9.3.6: on CONNECT
  "expectation", // 9110 10.1.1
  "connection_syntax", // 9110 7.6.1
  "folded_line", // 9112 5.2
  "name_space", // 9112 5.1
  "length_and_coding", // 9112 6.1
]);

const REQUESTS = [
  "GET /orders/4711?expand=items HTTP/1.1\r\nHost: a:80\r\nUser-Agent: x (y; z)\r\nAccept: */*\r\nCookie: a=b; c=d\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\nContent-Type: text/plain\r\n\r\n",
  "PUT http://a.example/x HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nConnection: te, close\r\n\r\n",
  "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
].map((head) => Buffer.from(head, "latin1"));

const RESPONSES = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: Tue, 24 Nov 2026 00:00:00 GMT\r\n\r\n",
  "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n",
  'HTTP/1.0 304 Not Modified\r\nETag: "x"\r\nConnection: close\r\n\r\n',
  "HTTP/1.1 204 \r\n\r\n",
].map((head) => Buffer.from(head, "latin1"));

const [script, wasm] = TOKENIZERS.map(([, tokenizer]) => tokenizer) as [Tokenizer, Tokenizer];

/** Undefined if the two agree or we are stricter where we mean to be; otherwise what is wrong. */
function difference(kind: number, head: Buffer, theirs: LlhttpVerdict, table: HeadTable): string | undefined {
  const ours = table.read(wasm, kind, head, HEAD_LIMITS);
  if (typeof ours !== "string")
    return theirs.accepted && !STRICTER.has(ours.reason) ? `refused: ${ours.reason}` : undefined;
  if ((ours === "complete") !== theirs.accepted)
    return ours === "complete" ? "we are laxer" : theirs.accepted ? ours : undefined;
  if (ours === "incomplete") return undefined;
  const fields = Array.from({ length: table.count }, (_, i) => [table.nameOf(i), table.valueOf(i)]).flat();
  const expected = theirs.fields.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text.replace(/[ \t]+$/, "")));
  if (fields.join("\n") !== expected.join("\n")) return "fields";
  const bodiless = table.framing === FRAMING_NONE || table.contentLength === 0;
  return theirs.bodiless !== bodiless ? "framing" : undefined;
}

/** Without what would be a body: the framing shows in whether llhttp waits for more. */
function cut(head: Buffer): Buffer {
  const end = head.indexOf("\r\n\r\n", 4);
  return end < 0 ? head : head.subarray(0, end + 4);
}

function sameAsScript(kind: number, head: Buffer, one: HeadTable, other: HeadTable): boolean {
  const first = JSON.stringify(one.read(wasm, kind, head, HEAD_LIMITS));
  return (
    first === JSON.stringify(other.read(script, kind, head, HEAD_LIMITS)) &&
    one.ints.length === other.ints.length &&
    one.ints.every((value, index) => value === other.ints[index])
  );
}

for (const [name, kind, heads, read] of [
  ["requests", KIND_REQUEST, REQUESTS, llhttp(1)],
  ["responses", KIND_RESPONSE, RESPONSES, llhttp(2)],
] as const) {
  test(`${STREAMS / 2} mutated ${name}: the same as llhttp, or stricter where the RFC lets us`, () => {
    const random = randomNumbers(SEED);
    const table = new HeadTable();
    const found = new Map<string, string>();
    let accepted = 0;
    for (let n = 0; n < STREAMS / 2; n++) {
      const head = cut(mutate(heads[random(heads.length)] as Buffer, random));
      const theirs = read(head);
      const wrong = difference(kind, head, theirs, table);
      if (theirs.accepted) accepted += 1;
      if (wrong !== undefined && !found.has(wrong)) found.set(wrong, head.toString("latin1"));
    }
    assert.deepEqual([...found], []);
    assert.ok(accepted > STREAMS / 100, `only ${accepted} mutants were accepted by llhttp`);
  });

  test(`mutated ${name}: both compilations of the tokenizer agree to the last integer`, () => {
    const random = randomNumbers(SEED + 1);
    const [one, other] = [new HeadTable(), new HeadTable()];
    for (let n = 0; n < 20_000; n++) {
      const head = mutate(heads[random(heads.length)] as Buffer, random);
      assert.ok(sameAsScript(kind, head, one, other), JSON.stringify(head.toString("latin1")));
    }
  });
}
