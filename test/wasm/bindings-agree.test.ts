import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { readContract } from "../../runtime/build/component.ts";
import type { Capabilities } from "../../runtime/wasm/abi/capabilities.ts";
import type { GuestInstance } from "../../runtime/wasm/abi/guest-instance.ts";
import { bindPlugin } from "../../runtime/wasm/bind-plugin.ts";
import { type Binding, compilePlugin } from "../../runtime/wasm/plugin.ts";
import type { Contract, WitType } from "../../wit/contract.ts";
import { camel } from "../../wit/names.ts";
import { parseWit } from "../../wit/parse.ts";
import { component, guest } from "./guests.ts";

const BINDINGS: readonly Binding[] = ["direct", "jco"];

/** Strings as a host may hold them: any code units, lone surrogates, NUL and U+FEFF among them. */
const text = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom("", "\0", "\ufeffmark", "\ud800", "x\udc00y", "é".repeat(3000), "a\u0000b"),
);

function arbitrary(type: WitType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "bool":
      return fc.boolean();
    case "u8":
      return fc.integer({ min: 0, max: 255 });
    case "u32":
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case "f64":
      return fc.double();
    case "string":
      return text;
    case "enum":
      return fc.constantFrom(...type.cases);
    case "option":
      return fc.option(arbitrary(type.item), { nil: undefined });
    case "list":
      return type.item.kind === "u8"
        ? fc.uint8Array({ maxLength: 300 })
        : fc.array(arbitrary(type.item), { maxLength: 40 });
    case "tuple":
      return fc.tuple(...type.items.map(arbitrary));
    case "record":
      return fc.record(Object.fromEntries(type.fields.map((field) => [camel(field.name), arbitrary(field.type)])));
    case "result":
      return fc.constant(undefined);
  }
}

/** One answer for every function of the contract. */
function answers(contract: Contract): fc.Arbitrary<Record<string, unknown>> {
  const functions = contract.interfaces
    .filter(({ name }) => contract.imports.includes(name))
    .flatMap(({ name, functions }) => functions.map((fn) => ({ key: `${name}.${camel(fn.name)}`, result: fn.result })));
  const entries = functions.map(({ key, result }) => [
    key,
    result === undefined ? fc.constant(undefined) : arbitrary(result),
  ]);
  return fc.record(Object.fromEntries(entries));
}

/** A host that gives these answers and writes down what it was asked. */
function recorder(answer: Record<string, unknown>): { host: Capabilities; calls: unknown[] } {
  const calls: unknown[] = [];
  const interfaces = new Set(Object.keys(answer).map((key) => key.split(".")[0] as string));
  const host = Object.fromEntries(
    [...interfaces].map((name) => {
      const keys = Object.keys(answer).filter((key) => key.startsWith(`${name}.`));
      const functions = keys.map((key) => [
        key.slice(name.length + 1),
        (...args: unknown[]) => {
          calls.push([key, ...args.map((arg) => (arg instanceof Uint8Array ? [...arg] : arg))]);
          return answer[key];
        },
      ]);
      return [name, Object.fromEntries(functions)];
    }),
  );
  return { host: host as unknown as Capabilities, calls };
}

const FUEL = 1_000_000_000;

describe("the same component gives the same answers through both bindings", () => {
  let contract: Contract;
  const relays = new Map<Binding, { instance: GuestInstance; use(answer: Record<string, unknown>): unknown[] }>();

  before(async () => {
    contract = parseWit((await readContract()).wit);
    const { component: bytes } = await guest("relay");
    for (const binding of BINDINGS) {
      const plugin = await compilePlugin(bytes, { binding });
      assert.equal(plugin.binding, binding);
      const answer: Record<string, unknown> = {};
      const [sample] = fc.sample(answers(contract), 1);
      const { host, calls } = recorder(Object.assign(answer, sample));
      const instance = (await bindPlugin(plugin))(host, FUEL);
      relays.set(binding, {
        instance,
        use(next) {
          Object.assign(answer, next);
          calls.length = 0;
          return calls;
        },
      });
    }
  });

  test("for arbitrary results of every function", () => {
    fc.assert(
      fc.property(answers(contract), (answer) => {
        const [direct, jco] = BINDINGS.map((binding) => {
          const { instance, use } = relays.get(binding) as NonNullable<ReturnType<typeof relays.get>>;
          const calls = use(answer);
          instance.refuel(FUEL);
          const verdicts = [
            instance.onRequest(1),
            instance.onRequestBody(2, 0xffff_ffff, true),
            instance.onResponse(0xffff_ffff),
            instance.onResponseBody(3, 0, false),
          ];
          instance.onLog(0);
          instance.onTick();
          return { verdicts, calls: [...calls] };
        });
        assert.ok((direct?.calls.length ?? 0) > 30);
        assert.deepEqual(direct, jco);
      }),
      { numRuns: 150 },
    );
  });

  test("for any configuration, accepted or refused", async () => {
    const echo = await component({ wat: ECHO_CONFIG, hooks: ["configure"] });
    const none = {} as unknown as Capabilities;
    const [direct, jco] = await Promise.all(
      BINDINGS.map(async (binding) => (await bindPlugin(await compilePlugin(echo, { binding })))(none, FUEL)),
    );
    fc.assert(
      fc.property(text, (config) => {
        const expected = config.startsWith("é") ? undefined : config.toWellFormed();
        assert.equal(direct?.configure(config), expected);
        assert.equal(jco?.configure(config), expected);
      }),
      { numRuns: 200 },
    );
  });
});

/** Refuses every configuration with the configuration itself as the reason, but accepts those that begin with é. */
const ECHO_CONFIG = `
  (memory (export "memory") 4)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
  (func (export "heddle:policy/configure@0.2.0#configure") (param $at i32) (param $length i32) (result i32)
    (i32.store8 (i32.const 16)
      (if (result i32) (i32.eqz (local.get $length))
        (then (i32.const 1))
        (else (i32.ne (i32.load16_u (local.get $at)) (i32.const 0xe9)))))
    (i32.store (i32.const 20) (local.get $at))
    (i32.store (i32.const 24) (local.get $length))
    (i32.const 16))`;
