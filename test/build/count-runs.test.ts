import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { buildPlugin } from "../../runtime/build/build-plugin.ts";
import { countedRuns } from "../../runtime/workbench/line-coverage/counted-runs.ts";
import { type FileCoverage, fileCoverage } from "../../runtime/workbench/line-coverage/file-coverage.ts";
import { lcov } from "../../runtime/workbench/line-coverage/lcov.ts";
import { mountFilter } from "../../runtime/workbench/mount-filter.ts";
import { filterFolder } from "./filter-folder.ts";

const SOURCE = `import { Action, request } from "heddle/sdk";
import { kindOf, Tally } from "./parts";

const tally = new Tally();

@inline function twice(n: i32): i32 {
  return n * 2;
}

function never(): void {
  tally.add(1);
}

export function onRequest(): Action {
  const value = request.header("x-value");
  for (let i = 0; i < 3; i++) tally.add(twice(i));
  if (value === null) {
    return Action.Next;
  } else if (value == "trap") {
    unreachable();
  }
  const words = ["a", "b"].map<string>((word) => word + "!");
  request.setHeader("x-kind", kindOf<i32>(value.length) + words[0]);
  return value.length > 3 ? Action.Next : Action.Next;
}

export function onLog(): void {
  if (tally.sum > 1000000) never();
}
`;
const PARTS = `export class Tally {
  sum: i32 = 0;
  add(n: i32): void {
    this.sum += n;
  }
}

export function kindOf<T>(n: T): string {
  switch (<i32>n) {
    case 1:
      return "one";
    case 2:
    case 3:
      return "few";
    default:
      return "many";
  }
}
`;

function hits({ hits }: FileCoverage): Record<number, number> {
  return Object.fromEntries(hits);
}

describe("a counted build", () => {
  test("counts functions, statements and arms as they are written: inlined, generic, trapping, in arena or heap", async (t) => {
    for (const memory of ["gc", "arena"]) {
      const plugin = JSON.stringify({ name: `counted-${memory}`, version: "1.0.0", description: "A sample.", memory });
      const folder = filterFolder(t, { "index.ts": SOURCE, "parts.ts": PARTS, "plugin.json": plugin });
      const filter = await mountFilter(await buildPlugin({ folder, style: "counted" }));
      for (const value of ["x", "xyz", "xyzzy"]) filter.request({ headers: { "x-value": value } }).end();
      filter.request();
      assert.equal(filter.request({ headers: { "x-value": "trap" } }).verdict, "fault");
      // The instance that takes over counts on.
      filter.request({ headers: { "x-value": "x" } });
      const coverage = fileCoverage(countedRuns().slice(-1));
      const [index, parts] = coverage as [FileCoverage, FileCoverage];
      assert.deepEqual(hits(index), {
        ...{ 7: 18, 11: 0, 15: 6, 16: 18, 17: 6, 18: 1, 19: 5, 20: 1, 22: 4, 23: 4, 24: 4, 28: 3 },
      });
      assert.deepEqual(hits(parts), { 4: 18, 9: 4, 11: 2, 14: 1, 16: 1 });
      assert.deepEqual(index.missed, [11]);
      const counts = (file: FileCoverage) => file.functions.map(({ name, count }) => `${name} ${count}`);
      assert.deepEqual(counts(index), ["twice 18", "never 0", "onRequest 6", "(anonymous) 8", "onLog 3"]);
      assert.deepEqual(counts(parts), ["Tally.add 18", "kindOf 4"]);
      const arms = (file: FileCoverage) => file.arms.map(({ line, count }) => `${line}:${count}`);
      assert.deepEqual(arms(index), ["17:1", "17:5", "19:1", "19:4", "24:1", "24:3", "28:0", "28:3"]);
      assert.deepEqual(arms(parts), ["9:2", "9:0", "9:1", "9:1"]);
    }
  });

  test("counts whether the second operand of && and || was looked at, and hides from the compiler nothing about null", async (t) => {
    const source = `import { Action, request } from "heddle/sdk";
class Box { constructor(public value: string | null) {} }
let boxed: Box | null = null;
export function onRequest(): Action {
  const a = request.header("x-a");
  const b = request.header("x-b");
  if (a !== null && b !== null) request.setHeader("x-both", a + b.length.toString());
  if (a === null || b === null) return Action.Next;
  if (a.length > 1 && b.length > 1) request.setHeader("x-long", a);
  if (a == "x" || isOdd(b)) request.setHeader("x-odd", b);
  boxed = new Box(a);
  const box = boxed;
  if (box && box.value !== null && box.value!.length > 0) request.setHeader("x-box", box.value!);
  if (!a || !b) return Action.Next;
  return a.length == 0 || (b.length == 0 && a == b) ? Action.Next : Action.Next;
}
function isOdd(text: string): bool {
  return text.length % 2 == 1 && text != "yyy";
}
`;
    const filter = await mountFilter(
      await buildPlugin({ folder: filterFolder(t, { "index.ts": source }), style: "counted" }),
    );
    const ask = (a?: string, b?: string) => {
      const headers = Object.entries({ "x-a": a, "x-b": b }).filter((pair): pair is [string, string] => !!pair[1]);
      return filter.request({ headers });
    };
    ask();
    ask("x");
    assert.equal(ask("xx", "yyy").request.headers["x-both"], "xx3");
    assert.equal(ask("x", "yy").request.headers["x-odd"], "yy");
    assert.equal(ask("xx", "y").request.headers["x-odd"], "y");
    assert.equal(ask("xx", "yyyy").request.headers["x-long"], "xx");
    const [index] = fileCoverage(countedRuns().slice(-1)) as [FileCoverage];
    const operands = index.arms.filter(({ line }) => [7, 8, 9, 10, 14, 15, 18].includes(line));
    const found = Object.groupBy(operands, ({ line }) => line);
    const counts = Object.entries(found).map(([line, arms]) => [line, arms?.map(({ count }) => count).join(" ")]);
    assert.deepEqual(Object.fromEntries(counts), {
      7: "5 1 4 2",
      8: "5 1 2 4",
      9: "3 1 2 2",
      10: "3 1 2 2",
      14: "4 0 0 4",
      15: "0 4 4 0 0 4",
      18: "2 1",
    });
  });

  test("is written as a tracefile", async (t) => {
    // Builds of the same content count together.
    const folder = filterFolder(t, { "index.ts": SOURCE.replace("1000000", "2000000"), "parts.ts": PARTS });
    const filter = await mountFilter(await buildPlugin({ folder, style: "counted" }));
    filter.request();
    const text = lcov(fileCoverage(countedRuns().slice(-1)), "/filter");
    assert.match(text, /^TN:\nSF:\/filter\/index\.ts\nFN:6,twice\n/);
    assert.match(text, /\nFNDA:1,onRequest\n[\s\S]*\nFNF:5\nFNH:2\n/);
    assert.match(text, /\nBRDA:17,0,0,1\nBRDA:17,0,1,0\n/);
    assert.match(text, /\nDA:11,0\n[\s\S]*\nLF:12\nLH:5\nend_of_record\nTN:\nSF:\/filter\/parts\.ts\n/);
  });

  const root = join(import.meta.dirname, "..", "..");
  for (const folder of globSync(["plugins/*/plugin.json", "test/guests/*/plugin.json"], { cwd: root }).map(dirname)) {
    test(`can be made of ${folder}, and a draft`, async () => {
      const counted = await buildPlugin({ folder: join(root, folder), style: "counted" });
      const draft = await buildPlugin({ folder: join(root, folder), style: "draft" });
      assert.deepEqual(counted.manifest, draft.manifest);
      assert.ok((counted.counted?.length ?? 0) > 0);
    });
  }
});
