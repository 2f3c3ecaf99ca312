import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runTests } from "../../runtime/workbench/runner/run-tests.ts";
import { scaffoldFilter } from "../../runtime/workbench/scaffold.ts";
import { keptScreen } from "../workbench/screen.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "testing.md"), "utf8");

/** The first block of this kind on the page. */
function example(kind: string): string {
  const [, body] = new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page) ?? [];
  return body ?? assert.fail(`docs/testing.md has no example in ${kind}`);
}

test("the cases and the test that docs/testing.md shows pass with the filter that `heddle new` writes", async (t) => {
  const parent = mkdtempSync(join(tmpdir(), "heddle-testing-"));
  t.after(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, "tenant-gate");
  await scaffoldFilter({ folder });
  writeFileSync(join(folder, "tenant-gate.cases.yaml"), example("yaml"));
  writeFileSync(join(folder, "tenant-gate.test.ts"), example("ts"));
  const screen = keptScreen();
  const status = await runTests({ folder, screen, update: true });
  assert.equal(status, 0, screen.text);
  assert.match(screen.text, /5 passed/);
});
