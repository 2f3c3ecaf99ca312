import assert from "node:assert/strict";
import { test } from "node:test";
import { readPluginFile } from "../../runtime/delivery/plugin-file.ts";

test("a folder in a plugin file's place is said to be one", async () => {
  await assert.rejects(readPluginFile(import.meta.dirname), {
    code: "ARTIFACT_UNKNOWN",
    message: /expected a file, .* got a folder/,
  });
});
