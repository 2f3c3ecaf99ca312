import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Expectation } from "../guests/hostile/hostile-case.ts";
import { type Ordeal, outcomeOf, whyNotBeside, whyNotContained, whyNotInTime } from "./judge.ts";

const NO_TIMES = { times: [], answers: [], latencies: [] };
const VIEW = { faults: {}, restarts: 0, resident: 0 };
const SERVED = { refused: undefined, message: "", took: 5 };

function ordeal(changes: Partial<Ordeal> = {}): Ordeal {
  return { started: SERVED, before: VIEW, after: VIEW, statuses: [], ...NO_TIMES, failures: 0, ...changes };
}

const trapped = ordeal({
  after: { ...VIEW, faults: { GUEST_TRAP: 5, PLUGIN_QUARANTINED: 1 } },
  statuses: [503, 503, 503, 503, 503, 503],
});
const TRAPS: Expectation = { fault: "GUEST_TRAP", hook: "on-request" };
const REFUSED: Expectation = { refused: "ADMISSION_REFUSED" };
const HARMLESS: Expectation = { verdict: "next", hook: "on-request" };
const refused = (code: string) => ordeal({ started: { refused: code, message: code, took: 5 } });

const ROWS: readonly [name: string, expect: Expectation, seen: Ordeal, why: RegExp | undefined][] = [
  ["a trap", TRAPS, trapped, undefined],
  ["a refusal", REFUSED, refused("ADMISSION_REFUSED"), undefined],
  ["a hook that is bounded", HARMLESS, ordeal({ statuses: [200, 200] }), undefined],
  ["no answer", TRAPS, { ...trapped, after: undefined }, /did not answer/],
  ["a replaced worker", TRAPS, { ...trapped, after: { ...VIEW, restarts: 1 } }, /replaced/],
  ["others that suffer", TRAPS, { ...trapped, failures: 2 }, /2 requests of another route failed/],
  ["another code", REFUSED, refused("COMPILE_FAILED"), /got COMPILE_FAILED/],
  ["a module that should be refused and serves", REFUSED, ordeal(), /got next/],
  ["a module that should serve and is refused", TRAPS, refused("IMPORT_UNKNOWN"), /refused with IMPORT_UNKNOWN/],
  ["no fault", TRAPS, ordeal({ statuses: [200] }), /got next/],
  ["more requests than faults", TRAPS, { ...trapped, statuses: [...trapped.statuses, 503] }, /more requests than/],
  ["a harmless hook that fails", HARMLESS, { ...trapped }, /GUEST_TRAP/],
];

describe("the judge of hostile modules", () => {
  for (const [name, expect, seen, why] of ROWS) {
    test(name, () => {
      const found = whyNotContained(expect, seen);
      if (why === undefined) assert.equal(found, undefined);
      else assert.match(found ?? "", why);
    });
  }

  test("holds a module to twice its time", () => {
    assert.equal(whyNotInTime(TRAPS, { ...trapped, times: [29, 31, 30] }), undefined);
    assert.match(whyNotInTime(TRAPS, { ...trapped, times: [29, 31, 31] }) ?? "", /stopped after 31 ms only/);
  });

  test("lets a hundredth of another route's requests take twice as long, and no more", () => {
    const requests = (slow: number, took: number) => Array.from({ length: 1_000 }, (_, i) => (i < slow ? took : 1));
    const calm = requests(10, 2);
    assert.equal(whyNotBeside(calm, requests(10, 4)), undefined);
    assert.equal(whyNotBeside(calm, requests(9, 100)), undefined, "fewer than a hundredth");
    assert.match(whyNotBeside(calm, requests(10, 4.1)) ?? "", /at most 4.0 ms/);
    assert.equal(whyNotBeside(calm, requests(10, 19), 10), undefined, "a quick run knows a least");
  });

  test("calls what happened by its code", () => {
    assert.deepEqual([trapped, refused("X"), ordeal()].map(outcomeOf), ["GUEST_TRAP", "X", "next"]);
  });
});
