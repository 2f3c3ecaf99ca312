import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { sharedTokenizer } from "../../../../runtime/http/h1/head/shared-tokenizer.ts";
import { readTokenizer } from "../../../../runtime/http/h1/head/tokenizer-file.ts";

/** Linear memory begins in no ordinary array: three pages of 64 KB. */
const isWasm = (bytes: number): boolean => bytes === 3 * 65_536;

test("this thread runs the WebAssembly module made of the sources as they are", () => {
  assert.ok(isWasm(sharedTokenizer().input.buffer.byteLength));
  assert.ok(readTokenizer() !== undefined);
  assert.equal(sharedTokenizer(), sharedTokenizer());
});

test("so does a worker, from the same file", async () => {
  const source = `
    import { parentPort, workerData } from "node:worker_threads";
    const { sharedTokenizer } = await import(workerData);
    const before = process.threadCpuUsage();
    const bytes = sharedTokenizer().input.buffer.byteLength;
    const { user, system } = process.threadCpuUsage(before);
    parentPort.postMessage({ bytes, took: (user + system) / 1_000 });
  `;
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const workerData = import.meta.resolve("../../../../runtime/http/h1/head/shared-tokenizer.ts");
  const worker = new Worker(url, { workerData });
  const { bytes, took } = await new Promise<{ bytes: number; took: number }>((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
  await worker.terminate();
  assert.ok(isWasm(bytes));
  assert.ok(took < 1_000, `${took} ms of processor time: it must not compile AssemblyScript again`);
});
