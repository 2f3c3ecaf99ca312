import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createFileSink } from "../../runtime/telemetry/file-sink.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "heddle-sink-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("lines reach the file whole and in order, whatever was being written when they came", async (t) => {
  const path = join(folder(t), "log");
  const descriptor = openSync(path, "a");
  const sink = createFileSink(descriptor);
  const lines = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(i * 7)}\n`);
  for (const [at, line] of lines.entries()) {
    if (at % 3 === 0) sink.write(line);
    else sink.writeBytes(Buffer.from(line, "latin1"));
    if (at % 10 === 0) await turn();
  }
  assert.ok(sink.writableLength > 0);
  await sink.settled();
  assert.equal(sink.writableLength, 0);
  assert.equal(readFileSync(path, "latin1"), lines.join(""));
  assert.equal(sink.lost, 0);
  closeSync(descriptor);
});

test("lines that cannot be written are counted, and those after them are written", async (t) => {
  const path = join(folder(t), "log");
  closeSync(openSync(path, "w"));
  const readOnly = openSync(path, "r");
  const sink = createFileSink(readOnly);
  sink.write("a\nb\n");
  sink.write("c\n");
  await sink.settled();
  assert.equal(sink.lost, 3);
  closeSync(readOnly);
});

test("a full pipe that does not block: what does not fit waits until somebody reads", async (t) => {
  const path = join(folder(t), "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  t.after(() => {
    closeSync(reader);
    closeSync(writer);
  });
  const sink = createFileSink(writer);
  const text = `${"0123456789".repeat(20_000)}\n`;
  sink.write(text);
  let read = "";
  const buffer = Buffer.alloc(65_536);
  while (read.length < text.length) {
    await turn();
    try {
      read += buffer.latin1Slice(0, readSync(reader, buffer));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
    }
  }
  await sink.settled();
  assert.equal(read, text);
  assert.equal(sink.lost, 0);
});

test("memory that a batch needed is kept while lines come, and given back when the sink rests", async (t) => {
  const path = join(folder(t), "log");
  const descriptor = openSync(path, "a");
  const sink = createFileSink(descriptor);
  const lines = Buffer.from(`${"x".repeat(500_000)}\n`);
  const held = () => process.memoryUsage().arrayBuffers;
  const before = held();
  for (let batch = 0; batch < 20; batch += 1) {
    sink.writeBytes(lines);
    await sink.settled();
  }
  // Two batches take turns. Twenty buffers would be ten times as much, before the engine collects any of them.
  assert.ok(held() - before < 3 * lines.length);
  sink.writeBytes(lines);
  sink.rest();
  await sink.settled();
  sink.rest();
  sink.writeBytes(lines);
  await sink.settled();
  assert.equal(readFileSync(path).length, 22 * lines.length);
  closeSync(descriptor);
});
