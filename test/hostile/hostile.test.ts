/** A few modules of `npm run hostile`, which lets all of them loose. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HOSTILE_CASES } from "../guests/hostile/cases.ts";
import { runHostile } from "./run.ts";

test("modules that are malformed, divide by zero or lie are contained, one after another, by a proxy under load", async () => {
  const findings = await runHostile({ quick: true, only: / zero|section|a pointer|^a tail call/, say: () => {} });
  assert.deepEqual(
    findings.filter(({ escaped, onlyLate }) => escaped !== undefined && !onlyLate),
    [],
  );
  assert.deepEqual(new Set(findings.map(({ outcome }) => outcome)), OUTCOMES);
});

const OUTCOMES = new Set(["COMPONENT_INVALID", "ADMISSION_REFUSED", "GUEST_TRAP", "GUEST_PROTOCOL"]);

test("the table holds at least 60 modules, each with a name of its own", () => {
  const names = new Set(HOSTILE_CASES.map(({ name }) => name));
  assert.equal(names.size, HOSTILE_CASES.length);
  assert.ok(names.size >= 60);
});
