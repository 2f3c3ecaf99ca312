import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { preferSession } from "../../bench/session-priority.ts";

/** Undefined where the system has no groups of sessions. */
function priority(): number | undefined {
  try {
    return Number(/nice (-?\d+)/.exec(readFileSync("/proc/self/autogroup", "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

test("a session goes before others, where that is allowed, until it is taken back", () => {
  const before = priority();
  const takeBack = preferSession();
  try {
    assert.ok([-20, before].includes(priority()));
  } finally {
    takeBack();
  }
  assert.equal(priority(), before);
});
