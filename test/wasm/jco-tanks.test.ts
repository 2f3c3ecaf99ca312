/** Core modules of one component burn one budget, whichever of them runs. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Tanks } from "../../runtime/wasm/abi/jco/tanks.ts";
import { RESERVED } from "../../runtime/wasm/admission/reserved.ts";
import { admitModule } from "../../runtime/wasm/admit-module.ts";
import { engine } from "../../runtime/wasm/engine.ts";
import { createGeneration } from "../../runtime/wasm/generation.ts";
import { PLUGIN_LIMITS } from "../../runtime/wasm/limits.ts";
import { METER_EXPORTS } from "../../runtime/wasm/meter/meter-exports.ts";
import { compilePlugin } from "../../runtime/wasm/plugin.ts";
import { component, coreModule, guest, hook } from "./guests.ts";
import { testExchange, testServices } from "./surroundings.ts";

type Exports = Readonly<Record<string, (argument: number) => number>>;

const TURNS = `(loop $again (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))`;
const ADDER = `(memory (export "memory") 2)
  (func (export "turn") (param $left i32) (result i32) ${TURNS} (i32.const 7))
  (func (export "spin") (param i32) (result i32) (loop $again (br $again)) (i32.const 0))`;
const CALLER = `(import "adder" "turn" (func $turn (param i32) (result i32)))
  (import "adder" "spin" (func $spin (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "turn") (param $left i32) (result i32) ${TURNS} (i32.const 0))
  (func (export "both") (param $left i32) (result i32) (local $given i32) (local.set $given (local.get $left))
    ${TURNS} (call $turn (local.get $given)))
  (func (export "spin") (param i32) (result i32) (call $spin (i32.const 0)))
  (func (export "again") (param $left i32) (result i32)
    (loop $again (drop (call $turn (i32.const 1))) (br $again)) (i32.const 0))`;

function add(tanks: Tanks, wat: string, imports: object = {}): Exports {
  const { bytes } = admitModule(coreModule(wat), PLUGIN_LIMITS);
  return tanks.add(new engine.Instance(new engine.Module(bytes), imports).exports) as Exports;
}

describe("two core modules", () => {
  let tanks: Tanks;
  let adder: Exports;
  let caller: Exports;

  beforeEach(() => {
    tanks = new Tanks(1_000_000);
    adder = add(tanks, ADDER);
    caller = add(tanks, CALLER, { adder });
    assert.equal(tanks.drain(), 920_000, "neither has a start function");
  });

  test("have their memories counted, those that they keep to themselves too", () => {
    const before = tanks.memorySize;
    tanks.fill(100_000);
    add(tanks, `(memory 3) (func (export "turn") (param i32) (result i32) (i32.const 0))`);
    assert.equal(tanks.memorySize - before, 3 * 65_536);
  });

  test("have a memory that one lends to the other counted once", () => {
    const before = tanks.memorySize;
    tanks.fill(100_000);
    const borrower = `(import "adder" "memory" (memory 1)) (func (export "turn") (param i32) (result i32) (i32.const 0))`;
    add(tanks, borrower, { adder });
    assert.equal(tanks.memorySize, before);
  });

  function burnt(run: () => unknown): number {
    tanks.fill(1_000_000);
    run();
    return 1_000_000 - tanks.drain();
  }

  test("are paid for together, in the module that runs", () => {
    const parts = burnt(() => adder.turn?.(100)) + burnt(() => caller.turn?.(100));
    const both = burnt(() => assert.equal(caller.both?.(100), 7));
    assert.ok(both >= parts && both < parts + 20, `${both} for ${parts}, and a call`);
  });

  for (const fn of ["spin", "again"]) {
    test(`end together: ${fn}`, () => {
      tanks.fill(100_000);
      assert.throws(() => caller[fn]?.(0), /unreachable/);
      const left = tanks.drain();
      assert.ok(left < 0 && left > -1_000, `${left} left`);
    });
  }

  test("have no fuel between hooks", () => {
    assert.throws(() => adder.turn?.(1), /unreachable/);
  });

  test("pay together for what the host does", () => {
    tanks.fill(1_000);
    tanks.owe(400);
    assert.equal(tanks.drain(), 600);
  });

  test("are started out of the same budget, and what is put around their functions", () => {
    const exports = new Map(Array.from({ length: 100 }, (_, at) => [`f${at}`, "()->()"] as const));
    const empty = Object.create(null);
    tanks.fill(1_000_000);
    tanks.add(empty, { exports, imports: new Map() });
    assert.throws(() => tanks.add(empty, { exports, imports: new Map() }), { code: "FUEL_EXHAUSTED" });
  });

  test("do not reach each other's tank", () => {
    assert.deepEqual(
      Object.keys(adder).filter((name) => name.startsWith(RESERVED)),
      [],
    );
    const thief = `(import "adder" "${METER_EXPORTS.fuel}" (func $fill (param i32) (result i32)))
      (func (export "turn") (drop (call $fill (i32.const 1000000))))`;
    tanks.fill(100_000);
    assert.throws(() => add(tanks, thief, { adder }), /heddle:meter\/fuel.*requires a callable/);
  });

  test("tell their memory as one", () => {
    assert.equal(tanks.memorySize, 3 * 65_536);
  });
});

describe("a component that instantiates a module again and again", () => {
  /** @param times the module of so many pages is instantiated, beside the one with the hook */
  async function start(times: number, pages: number): Promise<number> {
    const plain = await component({ wat: `(memory (export "memory") 1) ${hook("on-request", "(i32.const 0)")}` });
    const again = Uint8Array.from([times, ...Array.from({ length: times }, () => [0, 1, 0]).flat()]);
    const bytes = Buffer.concat([plain, section(1, coreModule(`(memory ${pages})`)), section(2, again)]);
    const plugin = await compilePlugin(bytes);
    const named = { name: "many", version: "1.0.0", config: "{}", grants: plugin.capabilities };
    const generation = await createGeneration({ plugin, ...named, services: testServices() });
    assert.equal(generation.onRequest(testExchange()).kind, "next");
    return generation.memorySize;
  }

  function section(id: number, content: Uint8Array): Uint8Array {
    return Uint8Array.from([id, (content.length % 128) + 128, content.length >> 7, ...content]);
  }

  test("has the memory of one plugin for all of them", async () => {
    assert.equal(await start(5, 51), 256 * 65_536);
    await assert.rejects(start(5, 52), { code: "ADMISSION_REFUSED", message: /at most 256 pages in all/ });
  });

  test("does so 64 times at most", async () => {
    await start(63, 1);
    await assert.rejects(start(64, 1), { code: "ADMISSION_REFUSED", message: /at most 64 instances/ });
  });
});

test("a component through jco tells its memory, and burns about what it burns when it is bound directly", async () => {
  const { component: host3 } = await guest("host3");
  const burnt = async (binding: "direct" | "jco") => {
    const plugin = await compilePlugin(host3, { binding });
    const named = { name: "host3", version: "1.0.0", config: "{}", grants: plugin.capabilities };
    const generation = await createGeneration({ plugin, ...named, services: testServices(), fuelPerMilli: 1_000_000 });
    assert.equal(generation.onRequest(testExchange()).kind, "next");
    assert.ok(generation.memorySize >= 65_536, `${generation.memorySize} bytes`);
    return generation.fuelUsed ?? 0;
  };
  const [direct, jco] = [await burnt("direct"), await burnt("jco")];
  assert.ok(direct > 0 && jco > direct, `${direct}, and ${jco} with the calls of jco's glue`);
});
