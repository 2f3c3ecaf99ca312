import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { LineCollector } from "../../../runtime/proxy/fleet/line-collector.ts";
import { createLineRing, LineRingReader, LineRingWriter } from "../../../runtime/proxy/fleet/line-ring.ts";

test("lines come out as they went in, around the end of the ring as well", () => {
  const ring = createLineRing();
  const [writer, reader] = [new LineRingWriter(ring), new LineRingReader(ring)];
  const batch = `${"x".repeat(99_990)}\n`;
  for (let round = 0; round < 50; round += 1) {
    const lines = `${round}${batch}`;
    writer.write(lines);
    assert.equal(writer.writableLength, lines.length);
    assert.equal(reader.read(), lines);
  }
  assert.equal(reader.read(), "");
});

test("a sink of bytes gets the same lines without a text, in two pieces around the end of the ring", () => {
  const ring = createLineRing();
  const [writer, reader] = [new LineRingWriter(ring), new LineRingReader(ring)];
  let [bytes, pieces] = ["", 0];
  const collector = new LineCollector({
    write: () => assert.fail("it takes bytes"),
    writeBytes(lines: Uint8Array) {
      bytes += Buffer.from(lines).toString("latin1");
      pieces += 1;
    },
  });
  collector.add(reader);
  let all = "";
  for (let round = 0; round < 24; round += 1) {
    const lines = `${round}${"x".repeat(99_990)}\n`;
    all += lines;
    writer.write(lines);
    collector.collect();
  }
  assert.equal(bytes, all);
  assert.equal(pieces, 25);
});

test("a batch that finds no room is lost and counted, line by line", () => {
  const ring = createLineRing();
  const [writer, reader] = [new LineRingWriter(ring), new LineRingReader(ring)];
  const batch = `${"x".repeat(999_999)}\n`;
  for (let round = 0; round < 3; round += 1) writer.write(batch);
  writer.write(`a\nb\nc\n${batch}`);
  assert.equal(writer.lost, 5);
  assert.equal(reader.read(), batch + batch);
});

test("what a thread had written is there when it has been killed", async () => {
  const ring = createLineRing();
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    const { LineRingWriter } = await import(workerData.module);
    const writer = new LineRingWriter(workerData.ring);
    for (let line = 0; line < 1000; line += 1) writer.write(\`\${line}\\n\`);
    parentPort.postMessage("written");
    for (;;);`;
  const module = new URL("../../../runtime/proxy/fleet/line-ring.ts", import.meta.url).href;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const worker = new Worker(url, { workerData: { ring, module } });
  await new Promise((resolve) => worker.once("message", resolve));
  await worker.terminate();
  assert.deepEqual(new LineRingReader(ring).read().trimEnd().split("\n"), [...Array(1000).keys()].map(String));
});

test("a sink that owes much leaves lines where they are, until it has caught up", () => {
  const ring = createLineRing();
  const [writer, reader] = [new LineRingWriter(ring), new LineRingReader(ring)];
  const taken: string[] = [];
  const sink = { writableLength: 1 << 20, write: (lines: string) => void taken.push(lines) };
  const collector = new LineCollector(sink);
  collector.add(reader);
  writer.write("a\n");
  collector.collect();
  assert.deepEqual(taken, []);
  sink.writableLength = 0;
  collector.collect();
  writer.write("b\n");
  collector.remove(reader);
  assert.deepEqual(taken, ["a\n", "b\n"]);
});

test("rings are looked at every 10 ms while lines come, or wait for a sink that owes much, and every 40 ms otherwise", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const ring = createLineRing();
  const writer = new LineRingWriter(ring);
  const taken: string[] = [];
  const sink = { writableLength: 0, write: (lines: string) => void taken.push(lines) };
  const collector = new LineCollector(sink);
  collector.add(new LineRingReader(ring));
  collector.start();
  const after = (milliseconds: number): string[] => {
    context.mock.timers.tick(milliseconds);
    return taken.splice(0);
  };
  writer.write("a\n");
  assert.deepEqual([after(39), after(1)], [[], ["a\n"]]);
  writer.write("b\n");
  assert.deepEqual([after(9), after(1)], [[], ["b\n"]]);
  sink.writableLength = 1 << 20;
  writer.write("c\n");
  assert.deepEqual(after(10), []);
  sink.writableLength = 0;
  assert.deepEqual([after(9), after(1), after(10)], [[], ["c\n"], []]);
  writer.write("d\n");
  assert.deepEqual([after(39), after(1)], [[], ["d\n"]]);
  writer.write("e\n");
  sink.writableLength = 1 << 20;
  collector.stop();
  assert.deepEqual([taken.splice(0), after(100)], [["e\n"], []]);
});
