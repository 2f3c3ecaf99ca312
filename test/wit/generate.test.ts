import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { generate, readContract } from "../../wit/generate.ts";

const root = new URL("../../", import.meta.url);

test("what is committed is what `npm run generate` writes", async () => {
  const files = await generate(await readContract());
  assert.ok(files.size > 10);
  for (const [path, text] of files) {
    assert.equal(await readFile(new URL(path, root), "utf8"), text, `${path} is out of date: run \`npm run generate\``);
  }
});
