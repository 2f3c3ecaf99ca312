import assert from "node:assert/strict";
import { test } from "node:test";
import { byGroup, type CpuProfile, selfTimes } from "../../bench/cpu-profile.ts";

const node = (id: number, functionName: string, url = "", lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

const profile: CpuProfile = {
  nodes: [
    node(1, "(idle)"),
    node(2, "writev"),
    node(3, "head", "file:///repo%20a/runtime/http/h1/server/head.ts", 41),
    node(4, "head", "file:///repo%20a/runtime/http/h1/server/head.ts", 41),
    node(5, "", "file:///repo%20a/node_modules/@scope/name/lib/x.js", 0),
    node(6, "push", "node:internal/streams/readable", 6),
    node(7, "wasm-function[3]", "wasm://wasm/abc"),
    node(8, "post", "node:inspector", 3),
  ],
  samples: [1, 2, 3, 4, 5, 6, 7, 8, 99],
  timeDeltas: [900, 10, 20, 30, 40, 50, 60, 70, 80],
};

test("self times are summed by function and by folder, without idle time, the profiler and unknown nodes", () => {
  const times = selfTimes([{ profile, weight: 1 }], "/repo a/");
  assert.deepEqual(
    times.map(({ name, place, group, microseconds }) => `${name} ${place} ${group} ${microseconds}`),
    [
      "wasm-function[3]  wasm 60",
      "head runtime/http/h1/server/head.ts:42 runtime/http/h1/server 50",
      "push node:internal/streams/readable:7 node:internal/streams 50",
      "(anonymous) lib/x.js:1 npm @scope/name 40",
      "writev  native 10",
    ],
  );
});

test("threads are weighted and added up", () => {
  const groups = byGroup(
    selfTimes(
      [1, 0.5].map((weight) => ({ profile, weight })),
      "/repo a/",
    ),
  );
  assert.deepEqual(groups.at(0), { group: "wasm", microseconds: 90 });
  assert.deepEqual(groups.at(-1), { group: "native", microseconds: 15 });
});
