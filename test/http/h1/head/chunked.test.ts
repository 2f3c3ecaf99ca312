import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { chunkedDecoder } from "../../../../runtime/http/h1/head/chunked.ts";

function decode(
  text: string,
  cuts: readonly number[] = [],
): { data: string; rest: string; fault: string; trailers: string } {
  const decoder = chunkedDecoder();
  const bytes = Buffer.from(text, "latin1");
  const stops = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let data = "";
  let at = 0;
  for (const stop of stops) {
    const piece = bytes.subarray(0, stop);
    at = decoder.push(piece, at, (start, end) => {
      data += piece.toString("latin1", start, end);
    });
  }
  const fault = decoder.fault ?? (decoder.done ? "" : "incomplete");
  return { data, rest: text.slice(at), fault, trailers: decoder.trailers.toString("latin1") };
}

const FAULTS: [text: string, fault: string][] = [
  ...["", "5", "5\r", "5\r\n", "5\r\nhel", "5\r\nhello\r", "0\r\n", "0\r\nX: 1\r\n"].map((text): [string, string] => [
    text,
    "incomplete",
  ]),
  ...[
    "+5\r\n",
    "-5\r\n",
    "0x5\r\n",
    " 5\r\n",
    "5 \r\n",
    "5 ;a\r\n",
    "\r\n",
    ";a\r\n",
    "5\t\r\n",
    "g\r\n",
    "5,\r\n",
    "\x00",
  ].map((text): [string, string] => [text, "size_syntax"]),
  ["00000000000005\r\n", "size_too_large"],
  ["ffffffffffffffff\r\n", "size_too_large"],
  ["5\n", "line_end"],
  ["5\rx", "line_end"],
  ["5;a\rx", "line_end"],
  ["5\r\nhellox", "line_end"],
  ["5\r\nhello\n", "line_end"],
  ["5\r\nhello\rx", "line_end"],
  ["5;a\n", "extension_syntax"],
  ["5;a\x00\r\n", "extension_syntax"],
  ["5;\xe9\r\n", "extension_syntax"],
  [`5;${"a".repeat(257)}\r\n`, "extension_too_large"],
  [`1;${"a".repeat(200)}\r\nx\r\n${`1;${"a".repeat(200)}\r\nx\r\n`.repeat(100)}`, "extension_too_large"],
  [`0\r\n${"X: 1\r\n".repeat(2_000)}\r\n`, "trailers_too_large"],
];

describe("chunked coding", () => {
  for (const [text, fault] of FAULTS) {
    test(`${JSON.stringify(text.slice(0, 40))}: ${fault}`, () => assert.equal(decode(text).fault, fault));
  }

  test("sizes in any case, extensions, trailers and what follows", () => {
    const text = 'A;x="y z"\r\n0123456789\r\n001\r\na\r\n0;last\r\nX: 1\r\nY: 2\r\n\r\nGET';
    assert.deepEqual(decode(text), { data: "0123456789a", rest: "GET", fault: "", trailers: "X: 1\r\nY: 2\r\n\r\n" });
    assert.deepEqual(decode("0\r\n\r\n"), { data: "", rest: "", fault: "", trailers: "\r\n" });
  });

  test("the pieces in which it comes make no difference", () => {
    const chunk = fc.string({ minLength: 1, maxLength: 40, unit: "binary-ascii" });
    fc.assert(
      fc.property(fc.array(chunk), fc.array(fc.nat(2_000)), (chunks, cuts) => {
        const body = chunks.map((each) => `${each.length.toString(16)};e\r\n${each}\r\n`).join("");
        const wanted = { data: chunks.join(""), rest: "next", fault: "", trailers: "T: 1\r\n\r\n" };
        assert.deepEqual(decode(`${body}0\r\nT: 1\r\n\r\nnext`, cuts), wanted);
      }),
    );
  });
});
