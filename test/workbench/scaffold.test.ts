import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { runTests } from "../../runtime/workbench/run-tests.ts";
import { scaffoldFilter } from "../../runtime/workbench/scaffold.ts";

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "heddle-scaffold-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** `runTests` writes to its process's own terminal, so that it gets a process of its own. */
function runApart(folder: string): { status: number | null; output: string } {
  const runner = new URL("../../runtime/workbench/run-tests.ts", import.meta.url).href;
  const code = `import { runTests } from ${JSON.stringify(runner)};\nprocess.exitCode = await runTests({ folder: process.argv[1] });`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", code, folder], { encoding: "utf8" });
  return { status: run.status, output: run.stdout + run.stderr };
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
    const { status, output } = runApart(folder);
    assert.equal(status, 0, output);
    assert.match(output, /pass 3/);
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
    const { status, output } = runApart(folder);
    assert.equal(status, 1);
    assert.match(output, /broken\.test\.ts:4:9/);
  });

  test("refuses a folder without tests, and one that is not there", async (t) => {
    const folder = scratch(t);
    await assert.rejects(runTests({ folder }), { code: "USAGE" });
    await assert.rejects(runTests({ folder: join(folder, "nowhere") }), { code: "USAGE" });
  });
});
