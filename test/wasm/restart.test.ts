/** Guests that start well until they have served, and never again. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createGeneration, type GenerationOptions } from "../../runtime/wasm/generation.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { createLocalHost } from "../../runtime/wasm/plugin-host.ts";
import { turnsBad } from "../guests/hostile/spinning-cases.ts";
import { noKeySets } from "../proxy/fleet/spinner.ts";
import { testExchange, testServices } from "./surroundings.ts";

const PER_MILLI = 10_000;
const HEAD = 10 * PER_MILLI;

async function named(options: Partial<GenerationOptions> = {}) {
  const plugin = await compilePlugin(turnsBad());
  const grants = plugin.capabilities;
  return { plugin, name: "bad", version: "1.0.0", config: "{}", grants, fuelPerMilli: PER_MILLI, ...options };
}

describe("a guest whose instances cannot be started any more", () => {
  test("is tried again once for each that failed, and not by the request that finds none", async () => {
    const generation = await createGeneration({ ...(await named()), services: testServices() });
    const codes: string[] = [];
    const starts: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      const verdict = generation.onRequest(testExchange());
      codes.push(verdict.kind === "fault" ? verdict.code : verdict.kind);
      starts.push(generation.started ?? 0);
      await turn();
    }
    assert.deepEqual(codes, ["GUEST_TRAP", "GUEST_TRAP", "START_FAILED", "START_FAILED"]);
    assert.deepEqual(starts, [2, 3, 4, 5], "the third request starts nothing, the fourth one does");
  });

  test("burns what a hook may, and not the time of a first start", async () => {
    const generation = await createGeneration({ ...(await named()), services: testServices() });
    const details: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const verdict = generation.onRequest(testExchange());
      details.push(verdict.kind === "fault" ? verdict.detail : "");
      await turn();
    }
    assert.match(details[2] ?? "", /configured: it used up several times what its first start took/);
    assert.ok((generation.startFuel ?? 0) > 0 && (generation.startFuel ?? 0) < HEAD);
  });

  test("is quarantined at the first start that fails", async () => {
    const host = createLocalHost(testServices());
    await (await host.start(await named(), noKeySets())).commit();
    const slot = host.slot("bad");
    for (let i = 0; i < 3; i += 1) {
      assert.equal(slot?.quarantine, undefined, `after ${i}`);
      slot?.current?.onRequest(testExchange());
      await turn();
    }
    assert.equal(slot?.quarantine?.code, "START_FAILED");
  });
});

test("a start that burns far more than it did where it was tried is refused", async () => {
  const services = testServices();
  services.store.set("bad", "bad", Buffer.from("1"), 0);
  const generation = createGeneration({ ...(await named({ startFuel: 100 })), services });
  await assert.rejects(generation, { code: "START_FAILED", message: /several times what its first start took/ });
});
