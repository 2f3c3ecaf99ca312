/** What the meter writes beside a hook: it fills the tank, runs the hook, empties the tank, and tells what was left. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type AdmittedModule, admitModule } from "../../../runtime/wasm/admit-module.ts";
import { engine } from "../../../runtime/wasm/engine.ts";
import { createGeneration, type Generation } from "../../../runtime/wasm/generation.ts";
import { PLUGIN_LIMITS } from "../../../runtime/wasm/limits.ts";
import { fuelLeft, hookAnswer, MOST_ANSWER, MOST_FUEL } from "../../../runtime/wasm/meter/fuel-answer.ts";
import { METER_EXPORTS } from "../../../runtime/wasm/meter/meter-exports.ts";
import { originalOffset } from "../../../runtime/wasm/meter/offset-map.ts";
import { type CompileOptions, compilePlugin } from "../../../runtime/wasm/plugin.ts";
import type { Hook } from "../../../runtime/wasm/verdict.ts";
import { component, coreModule, guest, hook, imported } from "../guests.ts";
import { body, name, type SmallModule, smallModule, vector } from "../module-bytes.ts";
import { testExchange, testServices } from "../surroundings.ts";

type Call = (...args: number[]) => number;
type Exports = Readonly<Record<string, Call>>;

const PLENTY = MOST_FUEL;

function exportOf(one: Hook): string {
  return `heddle:policy/${one}@0.2.0#${one}`;
}

function admit(wat: string): AdmittedModule {
  return admitModule(coreModule(wat), PLUGIN_LIMITS);
}

function instantiate(wat: string, imports: object = Object.create(null)): Exports {
  return new engine.Instance(new engine.Module(admit(wat).bytes), imports).exports as Exports;
}

function swap(exports: Exports, units: number): number {
  return (exports[METER_EXPORTS.fuel] as Call)(units);
}

function runOf(exports: Exports, one: Hook): Call {
  return exports[METER_EXPORTS.run + exportOf(one)] as Call;
}

/** What is left behind a call with so much, and what it answers. */
function given(exports: Exports, one: Hook, units: number, ...args: number[]): { left: number; answer: number } {
  const result = runOf(exports, one)(units, ...args);
  return { left: fuelLeft(result), answer: hookAnswer(result) };
}

const WORK = `(local $i i32) (loop $again (local.set $i (i32.add (local.get $i) (i32.const 1)))
  (br_if $again (i32.lt_u (local.get $i) (i32.and (local.get $exchange) (i32.const 0xff)))))`;
const SUM = "(i32.add (local.get $exchange) (i32.add (local.get $size) (local.get $end)))";

describe("a hook that is given fuel", () => {
  for (const [one, wat, args, answer] of [
    ["on-request", hook("on-request", `${WORK} (i32.const 1)`), [7], 1],
    ["on-response", hook("on-response", `${WORK} (local.get $exchange)`), [2], 2],
    ["on-request-body", hook("on-request-body", `${WORK} ${SUM}`), [5, 30, 1], MOST_ANSWER],
    ["on-response-body", hook("on-response-body", `${WORK} ${SUM}`), [1, 0, 1], 2],
    ["on-log", hook("on-log", WORK), [100], 0],
    ["on-tick", `(func (export "${exportOf("on-tick")}") (local $exchange i32) ${WORK})`, [], 0],
  ] as const) {
    test(`burns and answers what it does by itself: ${one}`, () => {
      const exports = instantiate(wat);
      swap(exports, PLENTY);
      const direct = (exports[exportOf(one)] as Call)(...args) ?? 0;
      const left = swap(exports, 0);
      assert.ok(left < PLENTY);
      assert.deepEqual(given(exports, one, PLENTY, ...args), { left, answer });
      assert.equal(Math.min(direct, MOST_ANSWER), answer);
      assert.deepEqual(given(exports, one, PLENTY - left, ...args), { left: 0, answer }, "just enough");
    });
  }

  test("leaves an empty tank: nothing of the guest's runs between hooks", () => {
    const exports = instantiate(hook("on-request", "(i32.const 0)"));
    given(exports, "on-request", PLENTY, 1);
    assert.throws(() => (exports[exportOf("on-request")] as Call)(1), /unreachable/);
    assert.ok(swap(exports, 0) < 0);
  });

  test("leaves the tank as it is when it traps, and below zero when it runs out", () => {
    const exports = instantiate(
      `${hook("on-request", `(if (local.get $exchange) (then (loop $l (br $l)))) unreachable`)}`,
    );
    assert.throws(() => given(exports, "on-request", 1_000, 0), /unreachable/);
    const left = swap(exports, 0);
    assert.ok(left > 0 && left < 1_000, `${left} left`);
    assert.throws(() => given(exports, "on-request", 1_000, 1), /unreachable/);
    assert.ok(swap(exports, 0) < 0);
  });

  for (const answer of [0, 1, 2, 3, 4, 5, 0x7fff_ffff, -0x8000_0000, -1]) {
    test(`cannot pass what it answers for fuel: ${answer}`, () => {
      const exports = instantiate(hook("on-request", `(i32.const ${answer})`));
      const { left } = given(exports, "on-request", 1_000, 0);
      assert.ok(left > 900 && left < 1_000, `${left} left`);
      assert.equal(given(exports, "on-request", 1_000, 0).answer, Math.min(answer >>> 0, MOST_ANSWER));
    });
  }
});

describe("there is none", () => {
  const has = (exports: Exports): string[] => Object.keys(exports).filter((key) => key.startsWith(METER_EXPORTS.run));

  test("for other functions, for configure, and for a version that is not known", () => {
    const wat = `(func (export "run") (param i32) (result i32) (local.get 0))
      (func (export "heddle:policy/configure@0.2.0#configure") (param i32 i32) (result i32) (i32.const 0))
      (func (export "heddle:policy/on-request@9.9.9#on-request") (param i32) (result i32) (i32.const 0))`;
    assert.deepEqual(has(instantiate(wat)), []);
  });

  test("for a hook of another signature", () => {
    const wat = `(func (export "${exportOf("on-request")}") (param i64) (result i32) (i32.const 0))`;
    assert.deepEqual(has(instantiate(wat)), []);
  });

  test("for a function of the host's that is exported as a hook", () => {
    const wat = `${imported("crypto", "random", "(param i32) (result i32)")} (export "${exportOf("on-request")}" (func $random))`;
    const random = Object.assign(Object.create(null), { random: () => 0 });
    assert.deepEqual(has(instantiate(wat, { "heddle:policy/crypto@0.2.0": random })), []);
  });
});

/** Behind the only function of a small module are those that fills the tank, and the one that runs the hook with fuel. */
describe("what the meter adds cannot be reached by its number", () => {
  const hooked = vector([[...name(exportOf("on-request")), 0, 0]]);
  const cases: [what: string, module: SmallModule][] = [];
  for (const added of [1, 2]) {
    const call = [0x20, 0x00, 0x10, added];
    cases.push(
      [`function ${added}: a call`, { code: call }],
      [`function ${added}: a reference`, { code: [0xd2, added, 0x1a, 0x20, 0x00] }],
      [`function ${added}: an element`, { sections: { 9: vector([[0x00, 0x41, 0x00, 0x0b, ...vector([[added]])]]) } }],
      [`function ${added}: an export`, { sections: { 7: vector([[...name("mine"), 0, added]]) } }],
      [`function ${added}: the start`, { sections: { 8: [added] } }],
    );
  }
  cases.push(
    ["the global of the fuel: a reading", { code: [0x23, 1] }],
    ["the global of the fuel: a writing", { code: [0x41, 0x00, 0x24, 1, 0x20, 0x00] }],
    ["the global of the fuel: an export", { sections: { 7: vector([[...name("mine"), 3, 1]]) } }],
    ["a type of an added function", { code: [0x20, 0x00, 0x41, 0x00, 0x11, 2, 0x00] }],
    ["a body more", { sections: { 10: vector([body([0, 0x20, 0, 0x0b]), body([0, 0x20, 0, 0x0b])]) } }],
  );
  for (const [what, module] of cases) {
    test(what, () => {
      const sections = { 7: hooked, ...module.sections };
      assert.throws(() => admitModule(smallModule({ ...module, sections }), PLUGIN_LIMITS), /expected/);
    });
  }

  test("without one of these the module is fine", () => {
    const { bytes } = admitModule(smallModule({ sections: { 7: hooked } }), PLUGIN_LIMITS);
    const exports = new engine.Instance(new engine.Module(bytes), Object.create(null)).exports as Exports;
    assert.equal(given(exports, "on-request", 1_000, 1).answer, 1);
  });
});

test("what was added has no place in the module that was given", () => {
  const { bytes, offsets } = admit(hook("on-request", "(i32.const 0)"));
  assert.equal(originalOffset(offsets, bytes.length), undefined);
  assert.ok(originalOffset(offsets, 8) !== undefined);
});

async function start(bytes: Uint8Array, options: CompileOptions & { frames?: boolean } = {}): Promise<Generation> {
  const { frames, ...compiling } = options;
  const plugin = await compilePlugin(bytes, compiling);
  const named = { name: "p", version: "1.0.0", config: "{}", grants: plugin.capabilities };
  return createGeneration({ plugin, ...named, frames, services: testServices(), fuelPerMilli: 1_000 });
}

describe("a generation", () => {
  test("notes for each hook what its function burns, and for a trap too", async () => {
    const wat = `(memory (export "memory") 1)
      ${hook("on-request", `${WORK} (if (i32.eq (local.get $exchange) (i32.const 66)) (then unreachable)) (i32.const 0)`)}
      ${hook("on-log", WORK)}`;
    const generation = await start(await component({ wat, hooks: ["on-request", "on-log"] }));
    const exports = instantiate(wat);
    for (const id of [3, 200]) {
      const before = generation.fuelUsed ?? 0;
      assert.equal(generation.onRequest({ ...testExchange(), id }).kind, "next");
      assert.equal((generation.fuelUsed ?? 0) - before, PLENTY - given(exports, "on-request", PLENTY, id).left);
      const between = generation.fuelUsed ?? 0;
      generation.onLog({ ...testExchange(), id });
      assert.equal((generation.fuelUsed ?? 0) - between, PLENTY - given(exports, "on-log", PLENTY, id).left);
    }
    const before = generation.fuelUsed ?? 0;
    assert.equal(generation.onRequest({ ...testExchange(), id: 66 }).kind, "fault");
    assert.throws(() => given(exports, "on-request", PLENTY, 66));
    assert.equal((generation.fuelUsed ?? 0) - before, PLENTY - swap(exports, 0));
  });

  test("gives a hook its time and no more, and all hooks of an exchange theirs", async () => {
    const spins = (rounds: string) =>
      `(local $i i32) (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) ${rounds}))) (i32.const 0)`;
    const generation = await start(await component({ wat: hook("on-request", spins("(local.get $exchange)")) }));
    const verdict = generation.onRequest({ ...testExchange(), id: 1_000_000 });
    assert.ok(verdict.kind === "fault" && verdict.code === "FUEL_EXHAUSTED", JSON.stringify(verdict));
    assert.match(verdict.detail, /its 10 ms for on-request/);
    const burnt = generation.fuelUsed ?? 0;
    assert.ok(burnt > 10_000 && burnt < 10_100, `${burnt} of 10,000`);
    const exchange = { ...testExchange(), id: 600 };
    let hooks = 0;
    while (generation.onRequest(exchange).kind === "next" && hooks < 100) hooks++;
    const each = ((generation.fuelUsed ?? 0) - burnt) / (hooks + 1);
    assert.ok(each * (hooks + 1) >= 200_000 && each * hooks <= 200_000, `${hooks} hooks of about ${each}`);
    assert.equal(generation.onRequest({ ...testExchange(), id: 600 }).kind, "next", "another exchange has its own");
  });

  test("runs a function of the host's that is exported as a hook as any other one", async () => {
    const wat = `${imported("response", "set-status", "(param i32) (result i32)")} (memory (export "memory") 1)
      (export "${exportOf("on-request")}" (func $set-status))
      ${hook("on-response", `${WORK} (i32.const 0)`)}`;
    const hooks: Hook[] = ["on-request", "on-response"];
    const generation = await start(await component({ wat, hooks, imports: ["response"] }));
    const verdict = generation.onRequest(testExchange());
    assert.equal(verdict.kind === "fault" && verdict.code, "GUEST_PROTOCOL", JSON.stringify(verdict));
    const before = generation.fuelUsed ?? 0;
    assert.equal(generation.onResponse({ ...testExchange(), id: 200 }).kind, "next");
    const burnt = (generation.fuelUsed ?? 0) - before;
    assert.ok(burnt > 200 && burnt < 10_000, `${burnt} burnt`);
  });

  test("tells the frames of the guest alone", async () => {
    const { component: bytes, sourceMap } = await guest("trapper");
    const framesOf = async (metered: boolean) => {
      const generation = await start(bytes, { sourceMap, metered, frames: true });
      const verdict = generation.onRequest(testExchange([["op", "call"]]));
      return verdict.kind === "fault" ? verdict.frames : undefined;
    };
    const frames = await framesOf(true);
    assert.ok(frames !== undefined && frames.length > 0);
    assert.deepEqual(frames, await framesOf(false));
  });
});
