/** A real plugin with bytes changed: the judge and the meter agree with the engine, whatever comes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isHeddleError } from "../../../runtime/errors.ts";
import { admitModule } from "../../../runtime/wasm/admit-module.ts";
import { readComponent } from "../../../runtime/wasm/binary/component.ts";
import { engine } from "../../../runtime/wasm/engine.ts";
import { PLUGIN_LIMITS } from "../../../runtime/wasm/limits.ts";
import { guest } from "../guests.ts";

interface Mutation {
  readonly at: number;
  readonly kind: "set" | "flip" | "insert" | "remove" | "repeat";
  readonly value: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  /** Of the bytes, in millionths. Evenly: a double would mean the beginning most of the time. */
  at: fc.noBias(fc.nat(999_999)),
  kind: fc.noBias(fc.constantFrom("set", "set", "set", "flip", "flip", "flip", "insert", "remove", "repeat")),
  value: fc.nat(255),
});

function mutated(bytes: Uint8Array, { at, kind, value }: Mutation): Uint8Array {
  const place = 8 + Math.floor((at / 1_000_000) * (bytes.length - 8));
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
  if (kind === "set") return Buffer.concat([head, Uint8Array.of(value), tail.subarray(1)]);
  if (kind === "flip")
    return Buffer.concat([head, Uint8Array.of((tail[0] ?? 0) ^ (1 << (value & 7))), tail.subarray(1)]);
  if (kind === "insert") return Buffer.concat([head, Uint8Array.of(value), tail]);
  if (kind === "remove") return Buffer.concat([head, tail.subarray(1)]);
  return Buffer.concat([head, tail.subarray(0, value), tail]);
}

function compiles(bytes: Uint8Array): boolean {
  try {
    new engine.Module(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The metered module; undefined for one that is refused. */
function admitted(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return admitModule(bytes, PLUGIN_LIMITS).bytes;
  } catch (error) {
    assert.ok(isHeddleError(error), String(error));
    return undefined;
  }
}

test("what is admitted compiles exactly when it did before it was metered", async () => {
  const { component } = await guest("probe");
  const [main] = readComponent(component).modules;
  assert.ok(main !== undefined);
  const seen = { refused: 0, compiled: 0, failed: 0 };
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 2 }), (mutations) => {
      const bytes = mutations.reduce(mutated, main);
      const metered = admitted(bytes);
      if (metered === undefined) {
        seen.refused++;
        return;
      }
      const valid = compiles(bytes);
      seen[valid ? "compiled" : "failed"]++;
      assert.equal(compiles(metered), valid);
    }),
    { numRuns: 2_000, seed: 20_261_128 },
  );
  assert.ok(seen.refused > 50 && seen.compiled > 50 && seen.failed > 50, JSON.stringify(seen));
});
