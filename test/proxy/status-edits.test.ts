import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { createGeneration } from "../../runtime/wasm/generation.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { createQuota } from "../../runtime/wasm/services/quota.ts";
import { createStore } from "../../runtime/wasm/services/store.ts";
import { createSlot, type Slot } from "../../runtime/wasm/slot.ts";
import { component, hook, imported } from "../wasm/guests.ts";
import { answering, plugin, raw, rule, snapshot, start } from "./fixture.ts";

/** A filter that gives every response this status. */
async function stamping(status: number): Promise<Slot> {
  const wat = `${imported("response", "set-status", "(param i32) (result i32)")} (memory (export "memory") 1)
    ${hook("on-response", `(drop (call $set-status (i32.const ${status}))) (i32.const 0)`)}`;
  const compiled = await compilePlugin(await component({ wat, hooks: ["on-response"], imports: ["response"] }));
  const clock = manualClock();
  const services = {
    ...{ clock, log() {}, metrics: { count() {}, gauge() {}, observe() {} }, keySets: { get: () => undefined } },
    ...{ quota: createQuota({ clock }), store: createStore({ clock }), random: (size: number) => new Uint8Array(size) },
  };
  const slot = createSlot("stamp");
  const grants = compiled.capabilities;
  slot.swap(
    await createGeneration({ plugin: compiled, name: "stamp", version: "1.0.0", config: "{}", grants, services }),
  );
  return slot;
}

/** What two requests on one connection get back. */
async function twice(t: TestContext, status: number, answer: string, method = "GET"): Promise<string> {
  const slot = await stamping(status);
  const port = await answering(t, answer);
  const rules = [rule({ plugins: ["stamp"] })];
  const given = snapshot({ rules, plugins: [plugin("stamp")], clusters: { "test/app:80": [port] } });
  const { port: front } = await start(t, given, { slots: () => slot });
  const request = `${method} / HTTP/1.1\r\nhost: a.test\r\n`;
  const { text } = await raw(front, `${request}\r\n${request}connection: close\r\n\r\n`);
  return text;
}

const cases: readonly [name: string, from: string, to: number, method: string, each: RegExp][] = [
  ["200 with a body becomes 204", "200 OK\r\ncontent-length: 5\r\n\r\nhello", 204, "GET", /^204 [\s\S]*\r\n\r\n$/],
  ["200 with a body becomes 304", "200 OK\r\ncontent-length: 5\r\n\r\nhello", 304, "GET", /^304 [\s\S]*\r\n\r\n$/],
  [
    "304 with a length becomes 200",
    "304 Not Modified\r\ncontent-length: 30\r\n\r\n",
    200,
    "GET",
    /^200 [\s\S]*\r\n\r\n(0\r\n\r\n)?$/,
  ],
  ["204 becomes 200", "204 No Content\r\n\r\n", 200, "GET", /^200 [\s\S]*\r\n\r\n(0\r\n\r\n)?$/],
  ["304 becomes 200 for HEAD", "304 Not Modified\r\ncontent-length: 30\r\n\r\n", 200, "HEAD", /^200 [\s\S]*\r\n\r\n$/],
];
for (const [name, from, to, method, each] of cases) {
  test(`a filter's status never breaks the framing: ${name}`, async (t) => {
    const answers = (await twice(t, to, `HTTP/1.1 ${from}`, method)).split("HTTP/1.1 ").slice(1);
    assert.equal(answers.length, 2, JSON.stringify(answers));
    for (const answer of answers) {
      assert.match(answer, each);
      const length = /content-length: (\d+)/i.exec(answer)?.[1] ?? "0";
      if (method === "GET" && to !== 304) assert.equal(length, "0");
    }
  });
}
