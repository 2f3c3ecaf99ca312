import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Command } from "commander";
import { command } from "../../../runtime/cli/commands/check.ts";
import type { Terminal } from "../../../runtime/cli/terminal.ts";
import { gateway, route } from "../../config/snapshot-of.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-check-"));
  writeFileSync(join(folder, "gateway.yaml"), gateway());
});
afterEach(() => rmSync(folder, { recursive: true }));

async function check(...args: readonly string[]): Promise<unknown[]> {
  const out: unknown[] = [];
  const terminal: Terminal = {
    print: (line) => void out.push(line),
    json: (value) => void out.push(value),
    say: () => {},
    paint: (_, text) => text,
    interactive: false,
  };
  const program = new Command();
  command.register(program, terminal);
  await program.parseAsync(["check", folder, ...args], { from: "user" }).catch((error) => out.push(error.code));
  return out;
}

describe("heddle check", () => {
  test("says so when all is well", async () => assert.deepEqual(await check(), ["1 document in order"]));

  test("prints every problem and fails", async () => {
    writeFileSync(join(folder, "routes.yaml"), route({ rules: "[{ matches: [{ path: { type: Prefix } }] }]" }));
    assert.deepEqual(await check(), [
      'routes.yaml:8:39: HTTPRoute default/r: spec.rules[0].matches[0].path.type: expected Exact | PathPrefix | RegularExpression, got "Prefix"',
      "CONFIG_INVALID",
    ]);
  });

  test("prints warnings, and fails on them only when strict", async () => {
    writeFileSync(join(folder, "routes.yaml"), route({ parentRefs: "[{ name: nobody }]", rules: "[{}]" }));
    const warning = "warning HTTPRoute default/r: there is no Gateway default/nobody";
    assert.deepEqual(await check(), [warning, "2 documents in order"]);
    assert.deepEqual(await check("--strict"), [warning, "CONFIG_INVALID"]);
  });

  test("--json prints one object", async () => {
    assert.deepEqual(await check("--json"), [{ documents: 1, rejected: [], warnings: [] }]);
  });

  test("a folder that is not there is an error", async () => {
    rmSync(folder, { recursive: true });
    assert.deepEqual(await check(), ["CONFIG_SYNTAX"]);
    writeFileSync(folder, "");
  });
});
