/** What `npm run hostile` shows against a proxy under load holds for a generation by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isHeddleError } from "../../runtime/errors.ts";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import type { Verdict } from "../../runtime/wasm/verdict.ts";
import { HOSTILE_CASES } from "../guests/hostile/cases.ts";
import type { Expectation, HostileCase } from "../guests/hostile/hostile-case.ts";
import { testExchange, testServices } from "./surroundings.ts";

async function start(one: HostileCase): Promise<Generation> {
  const plugin = await compilePlugin(await one.build());
  const grants = plugin.capabilities;
  return createGeneration({
    plugin,
    name: "hostile",
    version: "1.0.0",
    config: "{}",
    grants,
    services: testServices(),
  });
}

function run(generation: Generation, hook: Exclude<Expectation, { refused: unknown }>["hook"]): Verdict {
  if (hook === "on-response") return generation.onResponse(testExchange());
  if (hook === "on-log") return generation.onLog(testExchange());
  const piece = { bytes: Buffer.from("body"), end: true };
  if (hook === "on-request-body") return generation.onRequestBody?.(testExchange(), piece) as Verdict;
  if (hook === "on-response-body") return generation.onResponseBody?.(testExchange(), piece) as Verdict;
  assert.equal(hook, "on-request", "the hooks of the table");
  return generation.onRequest(testExchange());
}

test("the table is long, and its names are unique", () => {
  assert.ok(HOSTILE_CASES.length >= 60, `${HOSTILE_CASES.length} cases`);
  assert.equal(new Set(HOSTILE_CASES.map(({ name }) => name)).size, HOSTILE_CASES.length);
});

for (const one of HOSTILE_CASES) {
  const { expect } = one;
  test(`${one.name}: ${JSON.stringify(expect)}`, async () => {
    if ("refused" in expect) {
      const refusal = await start(one).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(isHeddleError(refusal), String(refusal));
      assert.equal(refusal.code, expect.refused, refusal.message);
      return;
    }
    const generation = await start(one);
    for (const _ of [1, 2]) {
      const verdict = run(generation, expect.hook);
      if ("verdict" in expect) assert.deepEqual(verdict, { kind: expect.verdict });
      else assert.equal(verdict.kind === "fault" ? verdict.code : verdict.kind, expect.fault, JSON.stringify(verdict));
    }
  });
}
