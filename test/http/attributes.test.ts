import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Attributes } from "../../runtime/http/attributes.ts";

const name = fc.constantFrom("auth.subject", "auth.consumer", "canary.by", "__proto__", "constructor");
const step = fc.oneof(
  fc.record({ does: fc.constant("set" as const), name, value: fc.oneof(fc.string(), fc.double(), fc.boolean()) }),
  fc.record({ does: fc.constant("delete" as const), name }),
);

test("attributes are what a Map of them would be, in the same order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const attributes = new Attributes();
      const map = new Map<string, string | number | boolean>();
      for (const one of steps) {
        if (one.does === "delete") assert.equal(attributes.delete(one.name), map.delete(one.name));
        else {
          attributes.set(one.name, one.value);
          map.set(one.name, one.value);
        }
        assert.equal(attributes.get(one.name), map.get(one.name));
        assert.equal(attributes.has(one.name), map.has(one.name));
      }
      assert.equal(attributes.size, map.size);
      assert.deepEqual([...attributes], [...map]);
      const pairs = Array.from(map, (_, at) => [attributes.nameAt(at), attributes.valueAt(at)]);
      assert.deepEqual(pairs, [...map]);
    }),
  );
});
