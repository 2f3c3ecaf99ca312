import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Attributes } from "../../runtime/http/attributes.ts";
import { attributesText, mapText } from "../../runtime/proxy/attributes-text.ts";

/** Few names and values, so that many come again, at once or later. */
const name = fc.constantFrom("auth.subject", "ratelimit.default.remaining", 'odd"name\n', "canary.by");
const value = fc.oneof(
  fc.constantFrom("bench", "header", 'a "quoted" one', "\u2028", "x".repeat(200), ""),
  fc.constantFrom(0, -0, 1.5, 1e21, Number.NaN, Number.POSITIVE_INFINITY),
  fc.boolean(),
);
const exchanges = fc.array(fc.uniqueArray(fc.tuple(name, value), { selector: ([one]) => one }), { maxLength: 12 });

test("the text of attributes is their JSON, whatever was written before", () => {
  fc.assert(
    fc.property(exchanges, (all) => {
      for (const pairs of all) {
        const attributes = new Attributes();
        for (const [key, given] of pairs) attributes.set(key, given);
        const expected = JSON.stringify(Object.fromEntries(pairs));
        assert.deepEqual(JSON.parse(`{${attributesText(attributes)}}`), JSON.parse(expected));
        assert.equal(mapText(new Map(pairs)), attributesText(attributes));
        assert.match(attributesText(attributes), /^[\x20-\x7e]*$/);
      }
    }),
  );
});
