import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RecordedCall } from "../../runtime/telemetry/recorded-exchange.ts";
import type { FakeCall } from "../../runtime/workbench/fake-calls.ts";
import { createRecordedAnswers } from "../../runtime/workbench/replay/recorded-answers.ts";

const call = (target: string, method = "GET", backend = "a/b:80"): FakeCall => ({
  ...{ backend, method, target, authority: "b", headers: {}, body: "" },
});
const recorded = (target: string, more: Partial<RecordedCall> = {}): RecordedCall => ({
  ...{ backend: "a/b:80", method: "GET", target, status: 200 },
  ...more,
});

describe("a recorded call answers one", () => {
  const TARGETS: readonly (readonly [recorded: string, asked: string, answers: boolean])[] = [
    ["/a", "/a", true],
    ["/a", "/b", false],
    ["/a?x=1", "/a", false],
    ["/a?x=REDACTED", "/a?x=anything", true],
    ["/a?x=REDACTED&y=1", "/a?x=p%26q&y=1", true],
    ["/a?x=REDACTED&y=1", "/a?x=p&y=2", false],
    ["/a?x=REDACTED", "/a?x=p&y=2", false],
    ["/REDACTED/b?c", "/0123456789abcdef/b?c", true],
    ["/REDACTED/b", "/x/y/b", false],
    ["/aREDACTEDz", "/a", false],
  ];
  for (const [target, asked, answers] of TARGETS) {
    test(`${target} ${answers ? "answers" : "does not answer"} ${asked}`, () => {
      const recording = createRecordedAnswers();
      recording.begin([recorded(target)]);
      assert.equal("error" in recording.answer(call(asked)), !answers);
      assert.equal(recording.unanswered, answers ? 0 : 1);
    });
  }

  test("once, in the order in which they were recorded, and only of its own backend and method", () => {
    const recording = createRecordedAnswers();
    recording.begin([
      recorded("/a", { status: 201, body: { bytes: 2, base64: "AAE=" } }),
      recorded("/a", { status: 202, body: { bytes: 9 } }),
      recorded("/a", { error: "timeout" }),
    ]);
    assert.deepEqual(recording.answer(call("/a", "POST")), { error: "unreachable" });
    assert.deepEqual(recording.answer(call("/a", "GET", "a/c:80")), { error: "unreachable" });
    assert.deepEqual(recording.answer(call("/a")), { status: 201, headers: [], body: Buffer.from([0, 1]) });
    assert.deepEqual(recording.answer(call("/a")), { status: 202, headers: [], body: "" });
    assert.deepEqual(recording.answer(call("/a")), { error: "timeout" });
    assert.deepEqual(recording.answer(call("/a")), { error: "unreachable" });
    assert.equal(recording.unanswered, 4);
    recording.begin([]);
    assert.equal(recording.unanswered, 0);
  });
});
