import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { filterFolder } from "../build/filter-folder.ts";
import { GATE } from "../workbench/gate.ts";

test("heddle test --watch needs no terminal: with /dev/null as its input it runs until it is told to end", async (t) => {
  const cases = "cases: [{ name: none is refused, expect: { status: 401 } }]\n";
  const folder = filterFolder(t, { "index.ts": GATE, "gate.cases.yaml": cases });
  const entry = join(import.meta.dirname, "../../runtime/cli/entry.ts");
  const child = spawn(process.execPath, [entry, "test", folder, "--watch"], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  let said = "";
  const shown = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (/1 passed/.test(said)) resolve();
      });
    }
  });
  await Promise.race([shown, ended]);
  assert.match(said, /1 passed/);
  assert.equal(child.exitCode, null, said);
  child.kill("SIGINT");
  assert.deepEqual(await ended, [0, null], said);
});
