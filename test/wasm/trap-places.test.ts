/** File and line of what stops a guest, through what the meter has put into its code. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { readComponent } from "../../runtime/wasm/binary/component.ts";
import { createGeneration, type Generation } from "../../runtime/wasm/generation.ts";
import { type CompileOptions, compilePlugin } from "../../runtime/wasm/plugin.ts";
import { guest } from "./guests.ts";
import { testExchange, testServices } from "./surroundings.ts";

const source = readFileSync(new URL("../guests/trapper/index.ts", import.meta.url), "utf8").split("\n");

/** Each place, by what the guest is asked for, and what is said of it before the place. */
const PLACES: Readonly<Record<string, RegExp>> = {
  unreachable: /^GUEST_TRAP: .*unreachable/,
  divide: /^GUEST_TRAP: .*divide by zero/,
  load: /^GUEST_TRAP: .*out of bounds/,
  call: /^GUEST_TRAP: .*divide by zero/,
  index: /^GUEST_TRAP: Index out of range/,
  null: /^GUEST_TRAP: Unexpected 'null'/,
  throw: /^GUEST_TRAP: thrown/,
  body: /^GUEST_TRAP: Index out of range/,
  loop: /^FUEL_EXHAUSTED: it used up its 10 ms for on-request/,
};

async function start(form: "component" | "core module", options: CompileOptions): Promise<Generation> {
  const { component, sourceMap } = await guest("trapper");
  const bytes = form === "component" ? component : (readComponent(component).modules[0] as Uint8Array);
  const plugin = await compilePlugin(bytes, { sourceMap, ...options });
  const named = { name: "trapper", version: "1.0.0", config: "{}", grants: plugin.capabilities };
  return createGeneration({ plugin, ...named, services: testServices() });
}

function lineOf(op: string): number {
  const index = source.findIndex((line) => line.endsWith(`// ${op}`));
  assert.ok(index >= 0, `no line of the guest is marked ${op}`);
  return index + 1;
}

for (const [name, form, options] of [
  ["a component", "component", {}],
  ["a component through jco", "component", { binding: "jco" }],
  ["a core module", "core module", {}],
  ["a component whose code burns no fuel", "component", { metered: false }],
] as const) {
  describe(name, () => {
    let generation: Generation;

    before(async () => {
      generation = await start(form, options);
    });

    for (const [op, words] of Object.entries(PLACES).filter(([op]) => op !== "loop" || !("metered" in options))) {
      test(`names the line of: ${op}`, () => {
        const verdict = generation.onRequest(testExchange([["op", op]]));
        const told = verdict.kind === "fault" ? `${verdict.code}: ${verdict.detail}` : verdict.kind;
        assert.match(told, words);
        assert.equal(/ at index\.ts:(\d+):/.exec(told)?.[1], String(lineOf(op)), told);
      });
    }
  });
}
