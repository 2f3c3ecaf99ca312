import assert from "node:assert/strict";
import { test } from "node:test";
import { continueTrace, formatTraceparent, randomHex } from "../../runtime/telemetry/trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

test("a valid parent is continued with a span of our own", () => {
  const trace = continueTrace(`00-${TRACE}-${SPAN}-00`);
  assert.equal(trace.traceId, TRACE);
  assert.equal(trace.parentId, SPAN);
  assert.notEqual(trace.spanId, SPAN);
  assert.equal(trace.sampled, false);
  assert.match(formatTraceparent(trace), new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
});

test("a later version may carry more", () => {
  assert.equal(continueTrace(`cc-${TRACE}-${SPAN}-01-what-comes`).parentId, SPAN);
});

const INVALID = [
  undefined,
  "",
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
];

for (const given of INVALID) {
  test(`begins a trace for ${given}`, () => {
    const trace = continueTrace(given);
    assert.equal(trace.parentId, undefined);
    assert.notEqual(trace.traceId, TRACE);
    assert.match(trace.traceId, /^[0-9a-f]{32}$/);
    assert.equal(trace.sampled, true);
  });
}

test("random identifiers do not repeat", () => {
  const drawn = new Set(Array.from({ length: 2_000 }, () => randomHex(8)));
  assert.equal(drawn.size, 2_000);
});
