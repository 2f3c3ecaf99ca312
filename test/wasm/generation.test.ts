import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import { type Binding, compilePlugin } from "../../runtime/wasm/plugin.ts";
import { guest } from "./guests.ts";
import { type TestServices, testExchange, testServices } from "./surroundings.ts";

async function probe(binding: Binding): Promise<{ generation: Generation; services: TestServices }> {
  const { component, sourceMap } = await guest("probe");
  const plugin = await compilePlugin(component, { binding, sourceMap });
  const services = testServices();
  const grants = plugin.capabilities;
  return {
    generation: await createGeneration({ plugin, name: "probe", version: "1.0.0", config: "{}", grants, services }),
    services,
  };
}

for (const binding of ["direct", "jco"] as const) {
  describe(`a generation, ${binding} binding`, () => {
    test("a hook that the plugin does not have lets everything pass", async () => {
      const { generation } = await probe(binding);
      assert.deepEqual([...generation.hooks], ["on-request"]);
      assert.deepEqual(generation.onResponse(testExchange()), { kind: "next" });
      assert.deepEqual(generation.onLog(testExchange()), { kind: "next" });
    });

    test("a failed assertion names its message, file and line, and a fresh instance serves on", async () => {
      const { generation } = await probe(binding);
      const verdict = generation.onRequest(testExchange([["op", "assert"]]));
      assert.equal(verdict.kind === "fault" && verdict.code, "GUEST_TRAP");
      assert.match(verdict.kind === "fault" ? verdict.detail : "", /the probe was asked to fail at index\.ts:10:/);
      const next = testExchange([["op", "served"]]);
      assert.deepEqual(generation.onRequest(next), { kind: "next" });
      assert.equal(next.request.fields.get("served"), "1");
      assert.equal(generation.traps, 1);
    });

    test("endless recursion is a trap", async () => {
      const { generation } = await probe(binding);
      const verdict = generation.onRequest(testExchange([["op", "overflow"]]));
      assert.equal(verdict.kind === "fault" && verdict.code, "GUEST_TRAP");
      assert.deepEqual(generation.onRequest(testExchange()), { kind: "next" });
    });

    test("respond without a response is a fault", async () => {
      const { generation } = await probe(binding);
      const verdict = generation.onRequest(testExchange([["op", "respond"]]));
      assert.equal(verdict.kind === "fault" && verdict.code, "GUEST_PROTOCOL");
    });

    test("header edits of one exchange are limited to 100", async () => {
      const { generation } = await probe(binding);
      const exchange = testExchange([["op", "edits"]]);
      assert.deepEqual(generation.onRequest(exchange), { kind: "next" });
      assert.equal(exchange.request.fields.count(), 1 + 50 + 1);
    });

    test("the log of one exchange is limited to 64 lines, which it says once", async () => {
      const { generation, services } = await probe(binding);
      generation.onRequest(testExchange([["op", "log"]]));
      assert.equal(services.lines.length, 65);
      assert.deepEqual(services.lines[63], { plugin: "probe", level: "info", message: "line 63" });
      assert.equal(services.lines[64]?.level, "warn");
    });

    test("after close every hook is a fault", async () => {
      const { generation } = await probe(binding);
      generation.close();
      assert.equal(generation.onRequest(testExchange()).kind, "fault");
    });
  });
}

test("a trap without a report is placed by the source map", async () => {
  const { component, sourceMap } = await guest("probe");
  const plugin = await compilePlugin(component, { sourceMap });
  const generation = await createGeneration({
    plugin,
    name: "probe",
    version: "1.0.0",
    config: "{}",
    grants: plugin.capabilities,
    services: testServices(),
  });
  const verdict = generation.onRequest(testExchange([["op", "overflow"]]));
  assert.match(verdict.kind === "fault" ? verdict.detail : "", /Maximum call stack size exceeded at .+\.ts:\d+:\d+/);
});
