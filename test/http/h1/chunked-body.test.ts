import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { BodySink } from "../../../runtime/http/exchange.ts";
import { ChunkedBody } from "../../../runtime/http/h1/chunked-body.ts";

interface Decoded {
  data: string;
  rest: string;
  fault: string;
  trailers: string;
}

/** @param framed takes frames: `data` is what a reader of the frames makes of them. @param room pieces between two pauses */
function decode(text: string, cuts: readonly number[] = [], framed = false, room = Number.POSITIVE_INFINITY): Decoded {
  const body = new ChunkedBody();
  const bytes = Buffer.from(text, "latin1");
  const stops = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let data = "";
  let dataBytes = 0;
  let left = room;
  const take = (chunk: Uint8Array) => {
    data += Buffer.from(chunk).toString("latin1");
    left -= 1;
    return left > 0;
  };
  const frame = (chunk: Uint8Array, count: number) => {
    dataBytes += count;
    return take(chunk);
  };
  const sink: BodySink = { write: take, end() {}, fail() {}, frame: framed ? frame : undefined };
  let at = 0;
  for (const stop of stops) {
    // A copy of the piece alone: nothing may be read behind it, nor kept of it.
    const piece = Buffer.from(bytes.subarray(at, stop));
    let read = 0;
    do {
      left = room;
      read = body.read(piece, read, piece.length, sink);
    } while (body.full && read < piece.length && body.fault === undefined && !body.done);
    piece.fill(0);
    at += read;
  }
  const fault = body.fault ?? (body.done ? "" : "incomplete");
  if (framed && fault === "") {
    const again = decode(`${data}0\r\n\r\n`);
    assert.equal(again.fault, "", "the frames are no chunked body");
    assert.equal(dataBytes, again.data.length);
    assert.doesNotMatch(data.slice(0, data.indexOf("\r\n")), /;/);
    data = again.data;
  }
  return { data, rest: text.slice(at), fault, trailers: body.trailers?.toString("latin1") ?? "" };
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
  ].map((text): [string, string] => [text, "chunk_size_syntax"]),
  ["00000000000005\r\n", "chunk_size_too_large"],
  ["ffffffffffffffff\r\n", "chunk_size_too_large"],
  ["5\n", "chunk_line_end"],
  ["5\rx", "chunk_line_end"],
  ["5;a\rx", "chunk_line_end"],
  ["5\r\nhellox", "chunk_line_end"],
  ["5\r\nhello\n", "chunk_line_end"],
  ["5\r\nhello\rx", "chunk_line_end"],
  ["5;a\n", "chunk_extension_syntax"],
  ["5;a\x00\r\n", "chunk_extension_syntax"],
  ["5;\xe9\r\n", "chunk_extension_syntax"],
  [`5;${"a".repeat(257)}\r\n`, "chunk_extension_too_large"],
  [`1;${"a".repeat(200)}\r\nx\r\n${`1;${"a".repeat(200)}\r\nx\r\n`.repeat(100)}`, "chunk_extension_too_large"],
  [`0\r\n${"X: 1\r\n".repeat(2_000)}\r\n`, "trailers_too_large"],
];

describe("chunked coding", () => {
  for (const [text, fault] of FAULTS) {
    test(`${JSON.stringify(text.slice(0, 40))}: ${fault}`, () => {
      assert.equal(decode(text).fault, fault);
      assert.equal(decode(text, [], true).fault, fault);
    });
  }

  test("sizes in any case, extensions, trailers and what follows", () => {
    const text = 'A;x="y z"\r\n0123456789\r\n001\r\na\r\n0;last\r\nX: 1\r\nY: 2\r\n\r\nGET';
    const wanted = { data: "0123456789a", rest: "GET", fault: "", trailers: "X: 1\r\nY: 2\r\n\r\n" };
    assert.deepEqual(decode(text), wanted);
    assert.deepEqual(decode(text, [], true), wanted);
    assert.deepEqual(decode("0\r\n\r\n"), { data: "", rest: "", fault: "", trailers: "" });
  });

  test("chunks without extensions go on as they came, in one frame", () => {
    const frames: string[] = [];
    const body = new ChunkedBody();
    const bytes = Buffer.from("3\r\nabc\r\n004\r\ndefg\r\n0\r\n\r\n");
    body.read(bytes, 0, bytes.length, {
      write: () => assert.fail("it takes frames"),
      end() {},
      fail() {},
      frame: (chunk, count) => frames.push(`${count}:${Buffer.from(chunk)}`) > 0,
    });
    assert.deepEqual(frames, ["7:3\r\nabc\r\n004\r\ndefg\r\n"]);
    assert.equal(body.done, true);
  });

  test("the pieces in which it comes, and the pauses of its reader, make no difference", () => {
    const chunk = fc.string({ minLength: 1, maxLength: 40, unit: "binary-ascii" });
    const extension = fc.constantFrom("", ";e", ';e="x y"');
    const chunks = fc.array(fc.tuple(chunk, extension));
    fc.assert(
      fc.property(chunks, fc.array(fc.nat(2_000)), fc.boolean(), fc.nat(3), (given, cuts, framed, room) => {
        const body = given.map(([data, e]) => `${data.length.toString(16)}${e}\r\n${data}\r\n`).join("");
        const data = given.map(([each]) => each).join("");
        const wanted = { data, rest: "next", fault: "", trailers: "T: 1\r\n\r\n" };
        assert.deepEqual(decode(`${body}0\r\nT: 1\r\n\r\nnext`, cuts, framed, room + 1), wanted);
      }),
    );
  });
});
