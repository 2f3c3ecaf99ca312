import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const main = join(import.meta.dirname, "..", "..", "bench", "main.ts");

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

const cases: [args: string[], status: number, says: RegExp][] = [
  [[], 2, /expected the name of a bench.*\n {2}proxy/],
  [["nothing"], 2, /there is no bench "nothing"/],
  [["--help"], 0, /^npm run bench -- NAME.*\n {2}proxy/],
  [["proxy", "--help"], 0, /--all .*\n(.*\n)*.*--foreign CORES/],
  [["proxy", "--body", "7k"], 1, /^--body: expected some of 1k, 64k, 1m, got "7k"\n$/],
  [["latency", "--only", "apache"], 1, /^--only: expected some of heddle, .*, got "apache"\n$/],
  [["memory", "--only", "swap"], 1, /^--only: expected some of idle, body, guest, got "swap"\n$/],
  [["filter", "--only", "host4"], 1, /^--only: expected some of empty, .*, got "host4"\n$/],
  [["connections", "--count", "999999999"], 1, /open files are needed/],
  [["profile", "--policies", "none"], 1, /^--policies: expected "all" or some of api-key, .*, got "none"\n$/],
];

for (const [args, status, says] of cases) {
  test(`bench ${args.join(" ")}`, () => {
    const found = bench(...args);
    assert.match(status === 0 ? found.stdout : found.stderr, says);
    assert.equal(found.status, status);
  });
}
