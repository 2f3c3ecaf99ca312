import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  newIntroduction,
  newRequestId,
  newSpanId,
  newTraceparent,
  requestIdIn,
  traceparentIn,
} from "../../runtime/telemetry/identifiers.ts";
import { continueTrace, type TraceContext } from "../../runtime/telemetry/trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

function traceOf(caller: string | undefined): TraceContext {
  const trace = { traceId: "", spanId: "", traceparent: "", continued: false };
  continueTrace(caller, trace);
  return trace;
}

test("a valid parent is continued with a span of our own", () => {
  const trace = traceOf(`00-${TRACE}-${SPAN}-00`);
  assert.equal(trace.traceId, TRACE);
  assert.equal(trace.continued, true);
  assert.notEqual(trace.spanId, SPAN);
  assert.equal(trace.traceparent, `00-${TRACE}-${trace.spanId}-00`);
  assert.match(trace.spanId, /^[0-9a-f]{16}$/);
});

test("a later version may carry more; what goes on is version 00", () => {
  const trace = traceOf(`cc-${TRACE}-${SPAN}-03-what-comes`);
  assert.equal(trace.traceparent, `00-${TRACE}-${trace.spanId}-01`);
});

const INVALID = [
  undefined,
  "",
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  `cc-${TRACE}-${SPAN}-01more`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
];

for (const given of INVALID) {
  test(`begins a trace for ${given}`, () => {
    const trace = traceOf(given);
    assert.equal(trace.continued, false);
    assert.notEqual(trace.traceId, TRACE);
    assert.match(trace.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.equal(trace.traceparent, `00-${trace.traceId}-${trace.spanId}-01`);
  });
}

/** Section 3.2 as a pattern, which the hand-written check must agree with. */
const GRAMMAR =
  /^(?!ff)(?:00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}|(?!00)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?)$/s;

test("what counts as a parent is what the grammar says", () => {
  const hex = (length: number) =>
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length }),
      },
      { weight: 1, arbitrary: fc.constant("0".repeat(length)) },
      { weight: 1, arbitrary: fc.string({ minLength: length, maxLength: length }) },
    );
  const version = fc.oneof(fc.constant("00"), fc.constant("ff"), hex(2));
  const rest = fc.oneof(fc.constant(""), fc.constant("-x"), fc.string({ maxLength: 3 }));
  const separator = fc.oneof({ weight: 9, arbitrary: fc.constant("-") }, fc.string({ minLength: 1, maxLength: 1 }));
  const parts = fc.tuple(version, separator, hex(32), separator, hex(16), separator, hex(2), rest);
  fc.assert(
    fc.property(parts, (each) => {
      const text = each.join("");
      assert.equal(traceOf(text).continued, GRAMMAR.test(text), text);
    }),
    { numRuns: 2_000 },
  );
});

test("random identifiers have their form and do not repeat", () => {
  const drawn = new Set<string>();
  for (let i = 0; i < 2_000; i += 1) {
    const introduction = newIntroduction();
    const isPair = i % 2 === 0;
    const traceparent = isPair ? traceparentIn(introduction) : newTraceparent();
    const request = isPair ? requestIdIn(introduction) : newRequestId();
    const span = newSpanId();
    if (isPair) assert.equal(introduction, `${traceparent}\r\nx-request-id: ${request}\r\n`);
    assert.match(traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.match(span, /^[0-9a-f]{16}$/);
    assert.match(request, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const each of [traceparent.slice(3, 35), traceparent.slice(36, 52), span, request]) drawn.add(each);
  }
  assert.equal(drawn.size, 8_000);
});

test("every digit of an identifier takes every value", () => {
  const seen = Array.from({ length: 36 }, () => new Set<string>());
  for (let i = 0; i < 1_000; i += 1) {
    const id = i % 2 === 0 ? newRequestId() : requestIdIn(newIntroduction());
    for (const [at, digit] of [...id].entries()) seen[at]?.add(digit);
  }
  const counts = seen.map((digits) => digits.size);
  for (const [at, count] of counts.entries()) {
    assert.equal(count, [8, 13, 14, 18, 23].includes(at) ? 1 : at === 19 ? 4 : 16, `digit ${at}`);
  }
});
