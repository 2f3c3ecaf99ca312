import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMachineStat, parseProcessStat, parseSteal, readCpu, treeTicks } from "../../bench/cpu.ts";

test("a command name with spaces and parentheses does not shift the fields of /proc/PID/stat", () => {
  const tail = "S 7 1 1 0 -1 4194560 9 9 0 0 100 20 3 4 20 0 1 0 5 1 1";
  for (const name of ["(node)", "(a b)", "(x) S 9 (y)"]) {
    assert.deepEqual(parseProcessStat(`42 ${name} ${tail}`), { parent: 7, user: 100, system: 20, reaped: 7 });
  }
});

test("a tree counts living descendants and what ended in them, and nobody else", () => {
  const processes = new Map([
    [1, { parent: 0, user: 900, system: 100, reaped: 0 }],
    [10, { parent: 1, user: 0, system: 1, reaped: 2 }],
    [11, { parent: 10, user: 1, system: 3, reaped: 8 }],
    [12, { parent: 11, user: 16, system: 0, reaped: 0 }],
    [20, { parent: 1, user: 32, system: 0, reaped: 64 }],
  ]);
  assert.deepEqual(treeTicks(10, processes), { all: 31, system: 4 });
  assert.deepEqual(treeTicks(99, processes), { all: 0, system: 0 });
});

test("the machine's busy ticks leave out idle, iowait and guest time", () => {
  assert.equal(parseMachineStat("cpu  1 2 4 1000 2000 8 16 32 4000 8000\ncpu0 9 9 9 9 9 9 9 9 0 0\n"), 63);
  assert.equal(parseSteal("cpu  1 2 4 1000 2000 8 16 32 4000 8000\ncpu0 9 9 9 9 9 9 9 9 0 0\n"), 32);
});

test("this process's own CPU time grows while it works", { skip: process.platform !== "linux" && "no /proc" }, () => {
  const before = readCpu(process.pid).subject;
  const started = process.cpuUsage();
  while (process.cpuUsage(started).user + process.cpuUsage(started).system < 100_000);
  assert.ok(readCpu(process.pid).subject - before >= 0.08);
});
