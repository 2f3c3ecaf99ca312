/** A metered module computes what the module computes, and burns the same fuel for the same work. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { admitModule } from "../../../runtime/wasm/admit-module.ts";
import { engine } from "../../../runtime/wasm/engine.ts";
import { PLUGIN_LIMITS } from "../../../runtime/wasm/limits.ts";
import { METER_EXPORTS } from "../../../runtime/wasm/meter/meter-exports.ts";
import { coreModule } from "../guests.ts";
import { programs } from "./programs.ts";

type Run = (a: number, b: number) => number;
type Exports = Readonly<Record<string, Run>> & {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly g: { readonly value: number };
};

const PLENTY = 0x7fff_ffff;

function instantiate(bytes: Uint8Array): Exports {
  return new engine.Instance(new engine.Module(bytes), Object.create(null)).exports as unknown as Exports;
}

/** What a call gave or threw, and everything that it left behind. */
function outcome(exports: Exports, fn: string, a: number, b: number): unknown {
  let result: unknown;
  try {
    result = (exports[fn] as Run)(a, b);
  } catch (error) {
    result = String(error);
  }
  return { result, global: exports.g.value, memory: Buffer.from(exports.memory.buffer).toString("base64") };
}

function fuelOf(exports: Exports): (units: number) => number {
  return exports[METER_EXPORTS.fuel] as unknown as (units: number) => number;
}

function burnt(exports: Exports, fn: string, a: number, b: number): number {
  const fuel = fuelOf(exports);
  fuel(PLENTY);
  outcome(exports, fn, a, b);
  return PLENTY - fuel(0);
}

const argument = fc.integer({ min: -4, max: 1 << 20 });

describe("programs that are made up", () => {
  test("compute what they computed before", () => {
    fc.assert(
      fc.property(programs, argument, argument, (wat, a, b) => {
        const bytes = coreModule(wat);
        const [plain, metered] = [instantiate(bytes), instantiate(admitModule(bytes, PLUGIN_LIMITS).bytes)];
        for (const fn of ["f0", "f1", "f2", "f3"]) {
          fuelOf(metered)(PLENTY);
          assert.deepEqual(outcome(metered, fn, a, b), outcome(plain, fn, a, b), fn);
          assert.ok(fuelOf(metered)(0) < PLENTY, "whatever runs burns fuel");
        }
      }),
      { numRuns: 100 },
    );
  });

  test("burn as much the second time as the first, end at less, and end just so with as much", () => {
    fc.assert(
      fc.property(
        programs,
        argument,
        argument,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (wat, a, b, part) => {
          const { bytes } = admitModule(coreModule(wat), PLUGIN_LIMITS);
          const fresh = (): Exports => instantiate(bytes);
          const need = burnt(fresh(), "f0", a, b);
          assert.equal(burnt(fresh(), "f0", a, b), need);
          const [exact, less] = [fresh(), fresh()];
          const whole = outcome(instantiateFull(bytes), "f0", a, b);
          fuelOf(exact)(need);
          assert.deepEqual(outcome(exact, "f0", a, b), whole);
          fuelOf(less)(Math.floor(need * part));
          const { result } = outcome(less, "f0", a, b) as { result: string };
          assert.match(String(result), /unreachable/);
          assert.ok(fuelOf(less)(0) < 0);
        },
      ),
      { numRuns: 100 },
    );
  });
});

function instantiateFull(bytes: Uint8Array): Exports {
  const exports = instantiate(bytes);
  fuelOf(exports)(PLENTY);
  return exports;
}
