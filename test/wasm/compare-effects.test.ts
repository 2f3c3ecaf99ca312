import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareEffects } from "../../runtime/wasm/compare-effects.ts";
import type { Effects } from "../../runtime/wasm/effects.ts";

test("names every field that differs, on either side", () => {
  const before: Effects = { verdict: "next", request: { "x-a": "1", "x-b": null }, attributes: { n: 1 } };
  const after: Effects = { verdict: "respond", status: 403, request: { "x-a": "2" }, attributes: { n: 1 } };
  assert.deepEqual(compareEffects(before, after), [
    { field: "verdict", before: "next", after: "respond" },
    { field: "request.x-a", before: "1", after: "2" },
    { field: "request.x-b", before: null, after: undefined },
    { field: "status", before: undefined, after: 403 },
  ]);
});

test("equal effects have no differences, and differences are the same seen from either side", () => {
  const fields = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constant(null)));
  const effects = fc.record({ verdict: fc.constantFrom("next", "respond"), request: fields, headers: fields });
  fc.assert(
    fc.property(effects, effects, (a, b) => {
      assert.deepEqual(compareEffects(a, structuredClone(a)), []);
      const names = (differences: readonly { field: string }[]) => differences.map(({ field }) => field).sort();
      assert.deepEqual(names(compareEffects(a, b)), names(compareEffects(b, a)));
    }),
  );
});
