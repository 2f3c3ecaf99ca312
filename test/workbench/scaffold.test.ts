import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { runTests } from "../../runtime/workbench/runner/run-tests.ts";
import { scaffoldFilter } from "../../runtime/workbench/scaffold.ts";
import { keptScreen } from "./screen.ts";

const root = join(import.meta.dirname, "..", "..");

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "heddle-scaffold-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function run(folder: string): Promise<{ status: number; output: string }> {
  const screen = keptScreen();
  return { status: await runTests({ folder, screen }), output: screen.text };
}

describe("scaffoldFilter", () => {
  test("writes a filter that builds, and whose own tests pass anywhere", async (t) => {
    const folder = join(scratch(t), "my-filter");
    const { name, files } = await scaffoldFilter({ folder });
    assert.equal(name, "my-filter");
    assert.equal(files[0], "index.ts");
    assert.ok(files.includes("my-filter.test.ts") && files.includes("README.md"));
    for (const file of files) assert.doesNotMatch(readFileSync(join(folder, file), "utf8"), /\{\{/);
    const { manifest } = await buildPlugin({ folder });
    assert.deepEqual(manifest.hooks, ["configure", "on-request"]);
    const { status, output } = await run(folder);
    assert.equal(status, 0, output);
    assert.match(output, /5 passed/);
  });

  const PAGES = ["README.md", "docs/sdk.md", "docs/first-filter.md"];
  for (const page of PAGES) {
    test(`writes the filter that ${page} shows first, so that pasting it changes nothing`, async (t) => {
      const folder = join(scratch(t), "my-filter");
      await scaffoldFilter({ folder });
      const [, shown] = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, page), "utf8")) ?? [];
      assert.equal(shown, readFileSync(join(folder, "index.ts"), "utf8"));
    });
  }

  test("writes a filter whose tests say where its configuration is, when another filter refuses it", async (t) => {
    const folder = join(scratch(t), "my-filter");
    await scaffoldFilter({ folder });
    writeFileSync(join(folder, "index.ts"), `export function configure(): string | null { return "not this"; }\n`);
    const { status, output } = await run(folder);
    assert.equal(status, 1);
    assert.match(output, /not this \(my-filter\)\. Give it another `config`: in the case/);
  });

  const REFUSED = ["My-Filter", "my_filter", "-x", "ü", "a--b", "x".repeat(65)];
  test("refuses names that are no plugin names, and folders that exist", async (t) => {
    const parent = scratch(t);
    for (const name of REFUSED) await assert.rejects(scaffoldFilter({ folder: join(parent, name) }), { code: "USAGE" });
    mkdirSync(join(parent, "taken"));
    await assert.rejects(scaffoldFilter({ folder: join(parent, "taken") }), { code: "USAGE" });
  });
});

describe("runTests", () => {
  test("passes a failure on, with file and line", async (t) => {
    const folder = scratch(t);
    const source = `import { test } from "node:test";\n\ntest("fails", () => {\n  throw new Error("as it should");\n});\n`;
    writeFileSync(join(folder, "broken.test.ts"), source);
    const { status, output } = await run(folder);
    assert.equal(status, 1);
    assert.match(output, /broken\.test\.ts:4:9/);
  });

  test("refuses a folder without tests, and one that is not there", async (t) => {
    const folder = scratch(t);
    await assert.rejects(runTests({ folder, screen: keptScreen() }), { code: "USAGE" });
    await assert.rejects(runTests({ folder: join(folder, "nowhere"), screen: keptScreen() }), { code: "USAGE" });
  });
});
