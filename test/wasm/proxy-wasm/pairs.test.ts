import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodePairs, encodePairs } from "../../../runtime/wasm/abi/proxy-wasm/pairs.ts";
import { pairsText } from "./script.ts";

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});
const pair = fc.tuple(latin1, latin1);
const bytes = (text: string) => Buffer.from(text, "latin1");

const BROKEN: readonly (readonly [name: string, text: string])[] = [
  ["three bytes", "\0\0\0"],
  ["a count without lengths", "\x01\0\0\0"],
  ["more pairs than there can be", "\xff\xff\xff\xff"],
  ["a name without NUL", pairsText([["a", "b"]]).replace("a\0", "a!")],
  ["a value without NUL", pairsText([["a", "b"]]).slice(0, -1)],
  ["bytes behind the end", `${pairsText([["a", "b"]])}x`],
  ["a length beyond the end", pairsText([["a", "b"]]).replace("\x01\0\0\0\x01", "\x01\0\0\0\xff")],
];

describe("pairs", () => {
  test("are read as they were written", () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 30 }), (pairs) => {
        assert.deepEqual(decodePairs(encodePairs(pairs)), pairs);
        assert.deepEqual(Buffer.from(encodePairs(pairs)), bytes(pairsText(pairs)));
      }),
    );
  });

  test("nothing, and one NUL, are no pairs", () => {
    for (const text of ["", "\0", "\0\0\0\0"]) assert.deepEqual(decodePairs(bytes(text)), []);
  });

  for (const [name, text] of BROKEN)
    test(`${name} is refused`, () => assert.equal(decodePairs(bytes(text)), undefined));

  test("more than 1,024 are refused", () => {
    const many = Array.from({ length: 1025 }, () => ["a", "b"] as const);
    assert.equal(decodePairs(encodePairs(many)), undefined);
    assert.equal(decodePairs(encodePairs(many.slice(1)))?.length, 1024);
  });

  test("whatever the bytes, reading ends with pairs or without", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        const pairs = decodePairs(input);
        if (pairs !== undefined && pairs.length > 0)
          assert.deepEqual(Buffer.from(encodePairs(pairs)), Buffer.from(input));
      }),
    );
  });
});
