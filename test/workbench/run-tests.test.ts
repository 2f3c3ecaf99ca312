import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { type RunTestsOptions, runTests } from "../../runtime/workbench/runner/run-tests.ts";
import { watchTests } from "../../runtime/workbench/runner/watch-tests.ts";
import { filterFolder } from "../build/filter-folder.ts";
import { GATE } from "./gate.ts";
import { keptScreen } from "./screen.ts";

const TESTS = `import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { expectSnapshot, mountFilter } from "heddle/test";

const filter = await mountFilter(import.meta.dirname);

test("lets alice in", (t) => {
  expectSnapshot(t, filter.request({ headers: { "x-key": "alice" } }));
});
describe("without a key", () => {
  test("answers 401", () => assert.equal(filter.request().status, 401));
  test("is not written yet", { todo: true }, () => assert.fail("later"));
});
`;
const CASES = `cases:
  - name: a key is let in
    request: { headers: { x-key: bob } }
    expect: { verdict: next }
    snapshot: true
  - name: no key is refused
    expect: { status: 401 }
`;

const gate = (t: TestContext, files: Readonly<Record<string, string>> = {}) =>
  filterFolder(t, { "index.ts": GATE, "gate.test.ts": TESTS, "gate.cases.yaml": CASES, ...files });

// As on a person's machine, wherever this runs: CI is a test of its own.
delete process.env.CI;

async function run(folder: string, options: Omit<RunTestsOptions, "folder" | "screen"> = {}) {
  const screen = keptScreen();
  const code = await runTests({ folder, screen, ...options });
  return { code, text: screen.text, lines: screen.lines };
}

describe("runTests", () => {
  test("runs cases and tests, a line for each under its file", async (t) => {
    const { code, lines } = await run(gate(t));
    assert.equal(code, 0);
    assert.deepEqual(lines.slice(0, -1).map(withoutTime), [
      "gate.cases.yaml",
      "  ✓ a key is let in",
      "  ✓ no key is refused",
      "",
      "gate.test.ts",
      "  ✓ lets alice in",
      "  ✓ without a key › answers 401",
      "  – without a key › is not written yet",
      "",
      "1 snapshot written in __snapshots__/gate.cases.yaml",
      "1 snapshot written in __snapshots__/gate.test.yaml",
      "",
    ]);
    assert.match(lines.at(-1) ?? "", /^4 passed, 1 skipped in /);
  });

  test("waits for a filter that a file mounts before its first test, and looks into no folder of dependencies", async (t) => {
    const folder = filterFolder(t, { "index.ts": GATE, "gate.test.ts": TESTS });
    mkdirSync(join(folder, "node_modules", "other"), { recursive: true });
    writeFileSync(join(folder, "node_modules", "other", "other.test.ts"), "throw new Error('not mine');");
    const { code, text } = await run(folder);
    assert.equal(code, 0, text);
    assert.match(text, /2 passed, 1 skipped/);
  });

  test("says what failed and where, in tests, cases, and files that cannot be loaded or read", async (t) => {
    const broken = `import { test } from "node:test";\n\ntest("throws", () => {\n  throw new Error("as it should");\n});\n`;
    const folder = gate(t, {
      "broken.test.ts": broken,
      "lost.test.ts": `import "./nowhere.ts";\n`,
      "gate.cases.yaml": CASES.replace("401", "402"),
      "odd.cases.yaml": "cases: 7\n",
    });
    const { code, text } = await run(folder);
    assert.equal(code, 1);
    assert.match(text, /✗ throws\n {6}as it should\n {6}broken\.test\.ts:4:9/);
    assert.match(text, /✗ can be loaded\n {6}Cannot find module/);
    assert.match(
      text,
      /✗ no key is refused\n {6}expect\.status {2}gate\.cases\.yaml:7\n {8}expected {2}402\n {8}got {7}401/,
    );
    assert.match(text, /odd\.cases\.yaml\n {2}✗ is in order\n.*odd\.cases\.yaml:1: cases: expected a list, got 7/);
    assert.match(text, /4 failed, 3 passed, 1 skipped/);
  });

  test("runs what a name is part of, and fails when there is nothing of the name", async (t) => {
    const folder = gate(t);
    const some = await run(folder, { name: "KEY" });
    assert.match(some.text, /4 passed|3 passed, 1 skipped/);
    assert.doesNotMatch(some.text, /alice|no test asks/);
    const none = await run(folder, { name: "nobody" });
    assert.equal(none.code, 1);
    assert.match(none.text, /expected a test to run, but no name contains "nobody"/);
  });

  test("shows a trap with its reason, frames and the line of the filter", async (t) => {
    const cases = "cases: [{ name: traps, request: { headers: { x-key: trap } }, expect: { verdict: next } }]\n";
    const { text } = await run(gate(t, { "gate.cases.yaml": cases }), { name: "traps" });
    assert.match(text, /got {7}fault, GUEST_TRAP: .*\n {6}in the filter\n {8}at ~lib\/array\.ts:\d+:\d+\n/);
    assert.match(text, /\n {11}33 \| {3}log\.info\(none\[7\]\.toString\(\)\);\n {14}\| {17}\^/);
  });

  test("does not begin when the filter does not build", async (t) => {
    const { code, text } = await run(gate(t, { "index.ts": GATE.replace("Action.Next", "Acton.Next") }));
    assert.equal(code, 1);
    assert.match(text, /the filter does not build\n\n.*index\.ts:23:10 - error 2304: Cannot find name 'Acton'/);
    assert.doesNotMatch(text, /passed/);
  });

  test("fails when a test ends its process", async (t) => {
    const leaving = `import { test } from "node:test";\ntest("leaves", () => process.exit(0));\n`;
    const { code, text } = await run(gate(t, { "leaving.test.ts": leaving }));
    assert.equal(code, 1);
    assert.match(text, /ended their process before they were done/);
  });

  test("writes no snapshot in CI, where nobody would look at it: a missing one is a failure", async (t) => {
    process.env.CI = "true";
    t.after(() => {
      delete process.env.CI;
    });
    const folder = gate(t);
    const { code, text } = await run(folder);
    assert.equal(code, 1);
    assert.match(text, /2 failed, 2 passed, 1 skipped/);
    assert.equal(existsSync(join(folder, "__snapshots__")), false);
  });

  test("compares snapshots, keeps new ones with --update, and reports those that nobody asks for", async (t) => {
    const folder = gate(t);
    await run(folder);
    const path = join(folder, "__snapshots__", "gate.test.yaml");
    assert.match(readFileSync(path, "utf8"), /^lets alice in:\n {2}verdict: next\n {2}request:\n {4}x-user: alice\n/m);
    writeFileSync(join(folder, "index.ts"), GATE.replace('"x-user", key', '"x-user", "you"'));
    const changed = await run(folder);
    assert.equal(changed.code, 1);
    assert.match(changed.text, /request\.x-user: expected "alice", got "you"/);
    assert.match(
      changed.text,
      /snapshot\.request\.request\.x-user {2}gate\.cases\.yaml:5\n {8}expected {2}bob\n {8}got {7}you/,
    );
    const updated = await run(folder, { update: true });
    assert.equal(updated.code, 0);
    assert.match(updated.text, /1 updated in __snapshots__\/gate\.test\.yaml/);
    writeFileSync(join(folder, "gate.test.ts"), TESTS.replace("lets alice in", "lets her in"));
    assert.match(
      (await run(folder)).text,
      /1 snapshot in __snapshots__\/gate\.test\.yaml that no test asks for.*\n {2}lets alice in/,
    );
    await run(folder, { update: true });
    assert.doesNotMatch(readFileSync(path, "utf8"), /alice in/);
  });

  test("shows what ran of the source, and writes it down", async (t) => {
    const folder = gate(t);
    const { code, text } = await run(folder, { coverage: true });
    assert.equal(code, 0);
    assert.match(text, /^index\.ts +\d+(\.\d)? % +50 % +\d+(\.\d)? % +\d+/m);
    assert.match(text, /^file +lines +functions +branches +never ran$/m);
    assert.match(text, /one way only: \d+/);
    assert.match(text, /^all files /m);
    assert.match(readFileSync(join(folder, "coverage", "lcov.info"), "utf8"), /FNDA:0,trap/);
  });

  test("tests what is built for proxy-wasm, with its coverage", async (t) => {
    const folder = gate(t);
    const { code, text } = await run(folder, { target: "proxy-wasm", coverage: true });
    assert.equal(code, 0, text);
    assert.match(text, /4 passed, 1 skipped/);
    const lines = readFileSync(join(folder, "coverage", "lcov.info"), "utf8");
    const component = await run(folder, { coverage: true });
    assert.equal(component.code, 0, component.text);
    assert.match(lines, /FNDA:[1-9]\d*,onRequest/);
    assert.equal(readFileSync(join(folder, "coverage", "lcov.info"), "utf8"), lines);
    const wrong = GATE.replace("401", "403");
    writeFileSync(join(folder, "index.ts"), wrong);
    assert.match((await run(folder, { target: "proxy-wasm" })).text, /expected {2}401\n {8}got {7}403/);
  });

  test("runs tests of a folder without a filter", async (t) => {
    const folder = gate(t);
    const inner = join(folder, "inner");
    mkdirSync(inner);
    writeFileSync(join(inner, "plain.test.ts"), `import { test } from "node:test";\ntest("plain", () => {});\n`);
    assert.equal((await run(inner)).code, 0);
    assert.ok(!existsSync(join(inner, "__snapshots__")));
  });
});

test("watchTests runs again what a change is about: a test, the filter, a mistake and its correction", async (t) => {
  const folder = gate(t);
  const screen = keptScreen();
  let ran = Promise.withResolvers<boolean>();
  const watch = await watchTests({ folder, screen, onRun: (passed) => ran.resolve(passed) });
  t.after(watch.close);
  const after = async (change: () => void): Promise<{ passed: boolean; text: string }> => {
    ran = Promise.withResolvers<boolean>();
    screen.lines.length = 0;
    change();
    return { passed: await ran.promise, text: screen.text };
  };
  assert.equal(await ran.promise, true);

  const inTest = await after(() => writeFileSync(join(folder, "gate.test.ts"), TESTS.replace("401)", "403)")));
  assert.equal(inTest.passed, false);
  assert.doesNotMatch(inTest.text, /gate\.cases/);
  const inFilter = await after(() => writeFileSync(join(folder, "index.ts"), GATE.replace("401", "403")));
  assert.match(inFilter.text, /✓ without a key › answers 401/);
  assert.match(inFilter.text, /✗ no key is refused/);
  const mistaken = await after(() => writeFileSync(join(folder, "index.ts"), "export function onRequest(): x {}"));
  assert.match(mistaken.text, /does not build/);
  assert.equal((await after(() => writeFileSync(join(folder, "gate.test.ts"), TESTS))).passed, false);
  const corrected = await after(() => writeFileSync(join(folder, "index.ts"), GATE));
  assert.equal(corrected.passed, true, corrected.text);
  const again = await after(watch.again);
  assert.match(again.text, /gate\.cases[\s\S]*gate\.test/);
});

function withoutTime(line: string): string {
  return line.replace(/ \d+ ms$/, "");
}
