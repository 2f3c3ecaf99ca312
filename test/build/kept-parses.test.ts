import assert from "node:assert/strict";
import { globSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { forgetParses } from "../../runtime/build/kept-parses.ts";
import { filterFolder } from "./filter-folder.ts";

const root = join(import.meta.dirname, "..", "..");

async function draft(folder: string, target?: "component" | "proxy-wasm"): Promise<string[]> {
  const { digest, sourceMap } = await buildPlugin({ folder, style: "draft", ...(target && { target }) });
  return [digest, sourceMap];
}

test("a draft is the same bytes whatever was parsed before it, for either target", async () => {
  const folders = globSync("plugins/*/plugin.json", { cwd: root }).map((path) => join(root, dirname(path)));
  const drafts = folders.flatMap((folder) => [() => draft(folder), () => draft(folder, "proxy-wasm")]);
  const cold: string[][] = [];
  for (const make of drafts) {
    forgetParses();
    cold.push(await make());
  }
  for (const [at, make] of [...drafts.entries()].reverse()) assert.deepEqual(await make(), cold[at]);
});

test("a mistake is reported again, with its place, and leaves the next draft alone", async (t) => {
  const good = `import { Action, request } from "heddle/sdk";\nexport function onRequest(): Action { return Action.Next; }\n`;
  const folder = filterFolder(t, { "index.ts": good });
  const first = await draft(folder);
  for (const wrong of [good.replace("Action.Next", "Acton.Next"), good.replace("request }", "nothing }"), "export {"]) {
    writeFileSync(join(folder, "index.ts"), wrong);
    for (let time = 0; time < 2; time++) await assert.rejects(draft(folder), /index\.ts:\d+:\d+ - error/);
  }
  writeFileSync(join(folder, "index.ts"), good);
  assert.deepEqual(await draft(folder), first);
});
