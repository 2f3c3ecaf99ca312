import assert from "node:assert/strict";
import { test } from "node:test";
import { freeEdit } from "../../runtime/proxy/pipeline/free-edit.ts";

const shown = new Uint8Array(65_536);
const shared = new Uint8Array(new SharedArrayBuffer(65_536));

const rows: [what: string, edit: Uint8Array, left: number][] = [
  ["an array of its own", new Uint8Array(65_536), 0],
  ["a small one", new Uint8Array(100), 100],
  ["a view of a larger one, which others may hold", new Uint8Array(70_000).subarray(0, 65_536), 65_536],
  ["what the filter was shown", shown, 65_536],
  ["memory of other threads", shared, 65_536],
];

for (const [what, edit, left] of rows) {
  test(`bytes in place of a piece: ${what}: ${left === 0 ? "freed" : "kept"}`, () => {
    freeEdit(edit, shown);
    assert.equal(edit.length, left);
  });
}
