import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CODES, HeddleError } from "../runtime/errors.ts";
import { FLAGS } from "../runtime/proxy/flags.ts";

describe("an error's words", () => {
  test("carry nothing that a terminal or a log would act upon, whatever they quote", () => {
    const hostile = 'has the field "\u001b]0;owned\u0007\u009b31m\u202egnp\r"';
    const error = new HeddleError("MANIFEST_INVALID", hostile, { where: "https://x/\u001b[2J" });
    assert.equal(
      error
        .describe()
        .includes('has the field "\\u{1b}]0;owned\\u{7}\\u{9b}31m\\u{202e}gnp\\u{d}" (https://x/\\u{1b}[2J)'),
      true,
      JSON.stringify(error.describe()),
    );
  });

  test("keep their lines and tabs, and end somewhere", () => {
    assert.equal(new HeddleError("USAGE", "one\n\ttwo ü").message, "one\n\ttwo ü");
    assert.ok(new HeddleError("USAGE", "x".repeat(1_000_000)).message.length < 20_000);
  });
});

test("an error describes itself with one full stop between message, place and remedy", () => {
  for (const message of ["expected one", "Expected one."]) {
    assert.match(new HeddleError("USAGE", message).describe(), /^USAGE: [Ee]xpected one\. See --help\.$/);
    assert.match(new HeddleError("USAGE", message, { where: "x" }).describe(), /^USAGE: [Ee]xpected one \(x\)\. See/);
  }
});

describe("docs/errors.md", () => {
  const root = join(import.meta.dirname, "..");
  const page = readFileSync(join(root, "docs", "errors.md"), "utf8");
  const cells = (row: string) => row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  const [codes = "", rest = ""] = page.split("\n## Response flags\n");
  const [flags = ""] = rest.split("\n## ");
  /** Table rows whose first cell is a name in code font. */
  const named = (text: string) =>
    text
      .split("\n")
      .map(cells)
      .filter(([, name]) => /^`[A-Z_]+`$/.test(name ?? ""));

  test("has every code, in its order, with its words and where it shows, and no other", () => {
    const documented = named(codes);
    const expected = Object.entries(CODES).map(([code, words]) => [`\`${code}\``, ...words]);
    assert.deepEqual(
      documented.map((row) => row.slice(1, 4)),
      expected,
    );
    for (const [, code, , , where] of documented) assert.ok(where, `${code} shows nowhere`);
  });

  test("has every response flag, in its order, and no other", () => {
    const expected = Object.entries(FLAGS).map(([flag, { status, words, meaning }]) => [
      `\`${flag}\``,
      status === 0 ? "–" : `${status}`,
      words || "–",
      meaning,
    ]);
    assert.deepEqual(
      named(flags).map((row) => row.slice(1, 5)),
      expected,
    );
  });

  test("names tests that are there", () => {
    const tests = [...page.matchAll(/\]\(\.\.\/(\S+)\)/g)].map(([, file]) => file as string);
    assert.ok(tests.length > 20);
    assert.deepEqual(
      tests.filter((file) => !existsSync(join(root, file))),
      [],
    );
  });

  test("has no code that nothing raises", () => {
    const files = globSync("runtime/**/*.ts", { cwd: root }).filter((file) => file !== join("runtime", "errors.ts"));
    const sources = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
    const unused = Object.keys(CODES).filter((code) => !new RegExp(`"${code}"`).test(sources));
    assert.deepEqual(unused, []);
  });
});
