import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { guideSteps, keepsPromise, openShell } from "./guide.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "heddle-guide-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the guide to a first filter works, command by command", async () => {
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "heddle"));
  symlinkSync(join(root, "bin", "heddle.mjs"), join(folder, "bin", "heddle"));
  const path = [join(folder, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, NODE_TEST_CONTEXT: undefined, NO_COLOR: "1", HEDDLE_KEY_PASSWORD: "guide" };
  const shell = openShell({ cwd: folder, env });
  try {
    for (const { line, script, promised } of guideSteps(join(root, "docs", "first-filter.md"))) {
      const { output, code } = await shell.run(script);
      assert.equal(code, 0, `first-filter.md:${line} failed:\n${output}`);
      if (promised !== undefined) {
        assert.ok(
          keepsPromise(output, promised),
          `first-filter.md:${line} promised\n${promised}\nbut printed\n${output}`,
        );
      }
    }
  } finally {
    shell.close();
  }
});
