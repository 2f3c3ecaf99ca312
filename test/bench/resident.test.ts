import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetPeak, parseStatus, peakBytes, residentBytes } from "../../bench/resident.ts";

test("fields of /proc/PID/status come in kilobytes", () => {
  const status = "Name:\tnode\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t7\n";
  assert.equal(parseStatus(status, "VmRSS"), 1_048_576);
  assert.equal(parseStatus(status, "VmHWM"), 2_097_152);
  assert.equal(parseStatus(status, "VmSwap"), 0);
});

test("the peak of this process remembers what it no longer holds", {
  skip: process.platform !== "linux" && "no /proc",
}, () => {
  forgetPeak(process.pid);
  const before = residentBytes(process.pid);
  Buffer.alloc(64_000_000, 1);
  assert.ok(peakBytes(process.pid) - before >= 40_000_000);
});
