import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { filterFolder } from "../build/filter-folder.ts";
import { asModule, documentedExports, hooksIn } from "./examples.ts";

const exports = documentedExports();

describe("the SDK's documentation", () => {
  test("covers every export with an example", () => {
    assert.ok(exports.length > 25, `only ${exports.length} exports were found`);
    const without = exports.filter(({ example }) => example === undefined).map(({ name }) => name);
    assert.deepEqual(without, []);
  });

  test("shows examples that use what they document", () => {
    const beside = exports.filter(({ name, example }) => !new RegExp(`\\b${name}\\b`).test(example ?? ""));
    assert.deepEqual(beside, []);
  });

  test("shows examples that compile without a warning", async (t) => {
    const names = exports.map(({ name }) => name);
    const files: Record<string, string> = {};
    const calls: string[] = [];
    for (const { name, example = "" } of exports) {
      const code = asModule(example, names);
      const hooks = hooksIn(code);
      assert.notEqual(hooks.length, 0, `the example of ${name} has no hook`);
      files[`examples/${name}.ts`] = code;
      for (const hook of hooks) {
        files["index.ts"] =
          `import { ${hook} as ${name}_${hook} } from "./examples/${name}";\n${files["index.ts"] ?? ""}`;
        calls.push(`  ${name}_${hook}();`);
      }
    }
    files["index.ts"] += `export function onLog(): void {\n${calls.join("\n")}\n}\n`;
    const { manifest } = await buildPlugin({ folder: filterFolder(t, files) });
    assert.deepEqual(manifest.hooks, ["configure", "on-log"]);
  });
});
