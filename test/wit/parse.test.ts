import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HOOKS } from "../../runtime/artifact/manifest.ts";
import { readContract } from "../../wit/generate.ts";
import { parseWit } from "../../wit/parse.ts";

const HEAD = "package heddle:policy@0.1.0;";

describe("parseWit", () => {
  test("reads the contract: every import and export of the world is an interface", async () => {
    const contract = await readContract();
    const names = contract.interfaces.map(({ name }) => name);
    assert.deepEqual([...contract.imports, ...contract.exports], names);
    assert.deepEqual(contract.exports, HOOKS);
  });

  test("resolves named types, options, tuples and results", () => {
    const { interfaces } = parseWit(`${HEAD}
      interface one {
        /// Two cases.
        enum colour { red, dark-blue, }
        // not a doc comment
        record pair { left: colour, right: option<list<u8>> }
        f: func(a: pair, b: list<tuple<string, f64>>) -> result<_, string>;
      }`);
    const [colour, pair] = interfaces[0]?.types ?? [];
    assert.deepEqual(colour, { kind: "enum", name: "colour", docs: "Two cases.", cases: ["red", "dark-blue"] });
    const [fn] = interfaces[0]?.functions ?? [];
    assert.deepEqual(fn?.params[0]?.type, pair);
    assert.deepEqual(fn?.result, { kind: "result", ok: undefined, error: { kind: "string" } });
  });

  const refused: [name: string, text: string, message: RegExp][] = [
    ["an unknown type", `${HEAD}\ninterface a {\n f: func() -> s64;\n}`, /line 3: unknown type s64/],
    ["a use statement", `${HEAD}\nuse other:thing/x;`, /line 2: expected interface or world, got use/],
    ["a missing semicolon", `${HEAD}\ninterface a { f: func() }`, /line 2: expected ;, got }/],
    ["a missing type argument", `${HEAD}\ninterface a { f: func() -> option<>; }`, /expected 1 type arguments, got 0/],
    ["an early end", `${HEAD}\ninterface a { f: func(`, /the file ends too early/],
    ["no package", "interface a {}", /expected package, got interface/],
  ];
  for (const [name, text, message] of refused) {
    test(`refuses ${name} with its line`, () => assert.throws(() => parseWit(text), message));
  }
});
