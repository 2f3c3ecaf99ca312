import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../runtime/telemetry/logger.ts";

test("events are JSON lines with time, level, message and details; lower levels are left out", () => {
  const lines: string[] = [];
  const logger = createLogger({
    level: "warn",
    destination: { write: (line) => void lines.push(line) },
    base: { proxy: "p" },
  });
  logger.log("info", "not shown");
  logger.log("error", "shown\nonce", { code: "X" });
  assert.equal(lines.length, 1);
  const line = JSON.parse(lines[0] as string);
  assert.equal(line.message, "shown\nonce");
  assert.equal(line.code, "X");
  assert.equal(line.proxy, "p");
  assert.ok(!Number.isNaN(Date.parse(line.time)));
});
