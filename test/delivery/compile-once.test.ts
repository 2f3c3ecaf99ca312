import assert from "node:assert/strict";
import { test } from "node:test";
import { compileOnce } from "../../runtime/delivery/compile-once.ts";
import { isHeddleError } from "../../runtime/errors.ts";
import { labelPlugin } from "./sample-plugins.ts";

test("the same bytes are compiled once, at once and later; other bytes or options are not the same", async () => {
  const [one, other] = [await labelPlugin("1.0.0"), await labelPlugin("2.0.0")];
  const [first, second] = await Promise.all([compileOnce(one.component), compileOnce(one.component.slice())]);
  assert.equal(first, second);
  assert.equal(await compileOnce(one.component), first);
  assert.notEqual(await compileOnce(other.component), first);
  const placed = await compileOnce(one.component, { sourceMap: one.sourceMap });
  assert.notEqual(placed, first);
  assert.notEqual(placed.sourceMap, undefined);
});

test("what was refused is refused again", async () => {
  const bytes = new Uint8Array(8);
  const refused = (error: unknown) => isHeddleError(error) && error.code === "ARTIFACT_NOT_WASM";
  await assert.rejects(compileOnce(bytes), refused);
  await assert.rejects(compileOnce(bytes), refused);
});
