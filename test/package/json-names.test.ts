import assert from "node:assert/strict";
import { test } from "node:test";

/** Where npm has no newer Node for the platform (docs/rationale.md). */
const FIRST_RIGHT = 12;
const minor = Number(process.versions.node.split(".")[1]);
const skip = minor < FIRST_RIGHT && process.platform !== "linux" && "no package carries Node 26.12 for this platform";

test("JSON.parse reads an escape in a name though another object had a backslash there", { skip }, () => {
  for (let times = 0; times < 3; times++) JSON.parse(String.raw`{"a":1,"\\":2}`);
  assert.deepEqual(Object.keys(JSON.parse(String.raw`{"a":1,"\n":2}`)), ["a", "\n"]);
  assert.deepEqual(Object.keys(JSON.parse(String.raw`{"a":1,"\u0041":2}`)), ["a", "A"]);
});
