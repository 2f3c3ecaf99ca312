import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type AccessRecord, createAccessLog } from "../../runtime/telemetry/access-log.ts";

const RECORD: AccessRecord = {
  ...{ time: "2026-01-01T00:00:00.000Z", requestId: "r", traceId: "t", spanId: "s", method: "GET", authority: "a" },
  ...{ path: "/", protocol: "HTTP/1.1", client: "127.0.0.1:1", status: 200, flags: "-", detail: "", listener: "l" },
  ...{ route: "r", backend: "b", upstream: "u", attempts: 1, duration: 1, upstreamDuration: 1 },
  ...{ bytesReceived: 0, bytesSent: 0, plugins: {}, attributes: {} },
};

test("lines are written in batches, off the request's path", async () => {
  const written: string[] = [];
  const log = createAccessLog({ sink: { write: (lines: string) => written.push(lines) } });
  for (let i = 0; i < 3; i += 1) log.record({ ...RECORD, status: 200 + i });
  assert.deepEqual(written, []);
  await turn();
  assert.equal(written.length, 1);
  const statuses = String(written[0])
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).status);
  assert.deepEqual(statuses, [200, 201, 202]);
});

test("a full batch does not wait", () => {
  const written: string[] = [];
  const log = createAccessLog({ sink: { write: (lines: string) => written.push(lines) }, batch: 10 });
  log.record(RECORD);
  assert.equal(written.length, 1);
});

test("nothing in a request can begin a line or reach a terminal", () => {
  let written = "";
  const log = createAccessLog({ sink: { write: (lines: string) => (written += lines) } });
  const evil = 'a\n{"status":200}\r\u2028\u2029\u0085\u001b[2J\u007f"\\';
  log.record({ ...RECORD, path: evil, userAgent: evil, detail: evil, attributes: { [evil]: evil } });
  log.flush();
  assert.equal(written.split("\n").length, 2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  assert.doesNotMatch(written.trimEnd(), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  assert.equal(JSON.parse(written).path, evil);
});

test("a sink that fails, as a file on a full disk does, costs its lines and nothing else", () => {
  let full = true;
  const written: string[] = [];
  const sink = {
    write(lines: string) {
      if (full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      written.push(lines);
    },
  };
  const log = createAccessLog({ sink, batch: 100_000 });
  log.record(RECORD);
  log.record(RECORD);
  log.flush();
  assert.equal(log.dropped, 2);
  full = false;
  log.record(RECORD);
  log.flush();
  assert.equal(written.length, 1);
  assert.equal(log.dropped, 2);
});

test("a sink that does not keep up costs lines, which are counted", () => {
  let owed = 0;
  const sink = {
    write: (lines: string) => (owed += lines.length),
    get writableLength() {
      return owed;
    },
  };
  const log = createAccessLog({ sink, batch: 1, backlog: 1_000 });
  for (let i = 0; i < 100; i += 1) log.record(RECORD);
  assert.ok(log.dropped > 90);
  assert.ok(owed < 2_000);
  owed = 0;
  const before = log.dropped;
  log.record(RECORD);
  assert.equal(log.dropped, before);
});

test("a line that lingers waits for others, and for no longer than it may", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const written: string[] = [];
  const log = createAccessLog({ sink: { write: (lines: string) => written.push(lines), lost: 3 }, linger: 100 });
  log.line('{"a":1}\n');
  t.mock.timers.tick(60);
  log.line('{"a":2}\n');
  t.mock.timers.tick(39);
  assert.deepEqual(written, []);
  t.mock.timers.tick(1);
  assert.deepEqual(written, ['{"a":1}\n{"a":2}\n']);
  assert.equal(log.dropped, 3, "what the sink lost counts");
});

test("a batch that was full leaves its timer to the lines behind it, and none is left without one", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const written: string[] = [];
  const log = createAccessLog({ sink: { write: (lines: string) => written.push(lines) }, batch: 3, linger: 100 });
  for (const line of ["1\n", "2\n", "3\n"]) log.line(line);
  assert.deepEqual(written, ["1\n2\n"]);
  t.mock.timers.tick(100);
  assert.deepEqual(written, ["1\n2\n", "3\n"]);
  log.line("4\n");
  t.mock.timers.tick(100);
  assert.deepEqual(written, ["1\n2\n", "3\n", "4\n"]);
});
