import assert from "node:assert/strict";
import { test } from "node:test";
import { packSourceMap, unpackSourceMap } from "../../runtime/wasm/packed-source-map.ts";

test("keeps what places need, without the sources' text, in memory that threads share", () => {
  const map = {
    version: 3,
    sources: ["a.ts"],
    sourcesContent: ["x".repeat(100_000)],
    names: [],
    mappings: "AAAA,IAAI",
  };
  const packed = packSourceMap(JSON.stringify(map));
  assert.ok(packed !== undefined && packed.length < 200);
  assert.ok(packed.buffer instanceof SharedArrayBuffer);
  assert.deepEqual(JSON.parse(unpackSourceMap(packed)), { version: 3, sources: ["a.ts"], mappings: "AAAA,IAAI" });
});

test("what is no source map is dropped", () => {
  for (const text of ["", "{", "null", "7"]) assert.equal(packSourceMap(text), undefined, text);
});
