import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Part, startPart } from "../../examples/shop/part.ts";
import { temporaryFolder } from "../delivery/sample-plugins.ts";

function start(t: TestContext, code: string, timeoutMs?: number): Promise<Part> {
  const logFile = join(temporaryFolder(t), "log");
  return startPart({ name: "sample", args: ["-e", code], logFile, ...(timeoutMs && { timeoutMs }) });
}

test("a part is ready with its first line", async (t) => {
  const { hello, stop } = await start(t, "console.log('{\"port\":1}\\nmore'); setInterval(() => {}, 1000)");
  assert.deepEqual(hello, { port: 1 });
  await stop();
});

const FAILURES = [
  {
    what: "ends",
    code: 'process.stderr.write("no port\\n", () => process.exit(3))',
    says: /^sample \(its log is .*log\) ended with code 3 before it was ready\nno port$/,
  },
  {
    what: "is late",
    code: "setInterval(() => {}, 1000)",
    timeoutMs: 200,
    says: /^sample \(its log is .*log\) was not ready after 200 ms$/,
  },
  {
    what: "says something else first",
    code: 'console.log("hello"); setInterval(() => {}, 1000)',
    says: /^sample \(its log is .*log\) was to say in a line of JSON that it is ready, but said "hello"$/,
  },
];

for (const { what, code, timeoutMs, says } of FAILURES) {
  test(`a part that ${what} fails with what it said last`, async (t) => {
    await assert.rejects(start(t, code, timeoutMs), ({ message }: Error) => says.test(message));
  });
}
