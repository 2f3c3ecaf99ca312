import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { parseDocuments } from "../../runtime/config/parse.ts";

const values = (text: string) => parseDocuments(text).map(({ value }) => value);
const firstProblem = (text: string) => parseDocuments(text).flatMap(({ problems }) => problems)[0];

describe("documents", () => {
  const rows: readonly (readonly [name: string, text: string, want: unknown[]])[] = [
    ["none in an empty file", "", []],
    ["none in a file of comments", "# nothing\n---\n# here\n", []],
    ["several, with markers anywhere", "---\na: 1\n---\n---\nb: 2\n...\n", [{ a: 1 }, { b: 2 }]],
    ["a byte order mark and CRLF", "\ufeffa: 1\r\nb:\r\n  - 2\r\n", [{ a: 1, b: [2] }]],
    ["JSON, tabs and all", '{\n\t"a": [\n\t\t1\n\t]\n}\n', [{ a: [1] }]],
    ["keys that look like other things", "8080: a\ntrue: b\n", [{ 8080: "a", true: "b" }]],
    ["aliases and merge keys", "a: &a { x: 1 }\nb: { <<: *a, y: 2 }\n", [{ a: { x: 1 }, b: { x: 1, y: 2 } }]],
    ["YAML 1.2 words", "a: yes\nb: 012\nc: 2026-01-01T00:00:00Z\n", [{ a: "yes", b: 12, c: "2026-01-01T00:00:00Z" }]],
  ];
  for (const [name, text, want] of rows) test(name, () => assert.deepEqual(values(text), want));

  test("a key named __proto__ is data, and touches no prototype", () => {
    const [value] = values("__proto__: { polluted: 1 }\n") as [Record<string, unknown>];
    assert.deepEqual(Object.keys(value), ["__proto__"]);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  test("what yaml writes is read back", () => {
    const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => value !== null && !Object.is(value, -0));
    const noNegativeZero = (value: unknown) => JSON.parse(JSON.stringify(value));
    fc.assert(
      fc.property(json, (value) => assert.deepEqual(values(stringify(noNegativeZero(value))), [noNegativeZero(value)])),
      { numRuns: 200 },
    );
  });

  test("whatever comes, the answer is documents or problems, never an exception", () => {
    const piece = fc.constantFrom(..."[]{}:,-&*!|>'\"%@`#? \n\t0aé\0".split(""), "---\n", "a: ", "&a ", "*a", "<<: ");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        for (const { problems, locate } of parseDocuments(pieces.join(""))) {
          assert.ok(locate(["a", 0, "b"]).line >= 1);
          for (const { line, column } of problems) assert.ok(line >= 1 && column >= 1);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("hostile and broken files", () => {
  const bomb = Array.from({ length: 30 }, (_, level) =>
    level === 0 ? "a0: &a0 [x]" : `a${level}: &a${level} [${`*a${level - 1},`.repeat(9)}]`,
  ).join("\n");
  const huge = 4 * 1024 * 1024;
  const rows: readonly (readonly [name: string, text: string, code: string, message: RegExp])[] = [
    ["an alias bomb", bomb, "CONFIG_LIMIT", /aliases expand more than 100 times/],
    ["a cycle", "a: &a [*a]", "CONFIG_SYNTAX", /alias stands inside/],
    ["an unknown alias", "a: *b", "CONFIG_SYNTAX", /alias/i],
    ["deep lists", "[".repeat(huge), "CONFIG_LIMIT", /deeper than 64/],
    ["deep objects", "{a: ".repeat(huge / 4), "CONFIG_LIMIT", /deeper than 64/],
    ["deep blocks", "- ".repeat(huge / 2), "CONFIG_LIMIT", /deeper than 64/],
    ["just too deep", `${"[".repeat(65)}${"]".repeat(65)}`, "CONFIG_LIMIT", /deeper than 64/],
    ["too many documents", "---\na\n".repeat(20_000), "CONFIG_LIMIT", /more than 10000 documents/],
    ["a key twice", "a: 1\nb: 2\na: 3\n", "CONFIG_SYNTAX", /key "a" occurs twice/],
    ["an unclosed list", "a: [1\nb: 2\n", "CONFIG_SYNTAX", /Flow sequence/],
    ["an unclosed text", 'a: "x\n', "CONFIG_SYNTAX", /Missing closing/],
    ["a key that is no text", "? [a]\n: b\n", "CONFIG_SYNTAX", /stringKeys/],
  ];
  for (const [name, text, code, message] of rows) {
    test(name, () => {
      const start = process.cpuUsage();
      const problem = firstProblem(text);
      assert.equal(problem?.code, code);
      assert.match(problem?.message ?? "", message);
      assert.ok(process.cpuUsage(start).user < 2_000_000, "at once");
    });
  }

  test("64 levels are fine", () => {
    assert.equal(firstProblem(`${"[".repeat(64)}${"]".repeat(64)}`), undefined);
  });

  test("problems and fields say line and column", () => {
    const text = "a: 1\n---\nb:\n  c:\n    - d: 1\n    - d: 2\n      e: 3\nf: 1\nf: 2\n";
    const [, second] = parseDocuments(text);
    assert.deepEqual(
      second?.problems.map(({ line, column }) => [line, column]),
      [[9, 1]],
    );
    const at = (path: (string | number)[], where?: "key" | "value") => {
      const { line, column } = second?.locate(path, where) ?? { line: 0, column: 0 };
      return `${line}:${column}`;
    };
    assert.equal(at(["b", "c", 1, "e"]), "7:10");
    assert.equal(at(["b", "c", 1, "e"], "key"), "7:7");
    assert.equal(at(["b", "c", 1, "missing"]), "6:7");
    assert.equal(at(["b", "c", 0]), "5:7");
    assert.equal(at([]), "3:1");
  });

  test("one broken document leaves the next one whole", () => {
    assert.deepEqual(values("a: [1\n---\nc: 1\n")[1], { c: 1 });
  });
});
