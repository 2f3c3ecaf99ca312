import assert from "node:assert/strict";
import { test } from "node:test";
import { hostileOptions } from "./hostile-options.ts";

test("the options of a hostile run, and what is none of them in one sentence", () => {
  assert.deepEqual(hostileOptions([]), { quick: false, only: undefined });
  assert.deepEqual(hostileOptions(["--quick", "--only", "loop$"]), { quick: true, only: /loop$/ });
  assert.match(String(hostileOptions(["--wrong"])), /^Unknown option '--wrong'.*; npm run hostile -- /);
  assert.match(String(hostileOptions(["--only", "("])), /^Invalid regular expression.*; npm run hostile -- /);
});
