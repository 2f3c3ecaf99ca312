import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** A folder with a filter, removed after the test. `plugin.json` is made up unless given. */
export function filterFolder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "heddle-filter-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const plugin = JSON.stringify({ name: "sample", version: "1.0.0", description: "A sample." });
  for (const [name, text] of Object.entries({ "plugin.json": plugin, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A filter that lets everything through. */
export const NEXT = `import { Action } from "heddle/sdk";\nexport function onRequest(): Action {\n  return Action.Next;\n}\n`;
