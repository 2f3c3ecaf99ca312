import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { RouteRule } from "../../../runtime/config/snapshot.ts";
import { chooseBackend } from "../../../runtime/proxy/route/weights.ts";

function ruleOf(weights: readonly number[], invalid: readonly number[] = []): RouteRule {
  return {
    name: "default/r/0",
    matches: [],
    filters: [],
    invalid: undefined,
    requestTimeout: 0,
    backendTimeout: 0,
    plugins: [],
    backends: weights.map((weight, index) => ({
      cluster: `default/v${index}:80`,
      weight,
      filters: [],
      invalid: invalid.includes(index) ? "BackendNotFound" : undefined,
    })),
  };
}

/** Draws that cover [0, 1) evenly: proportions come out exact, not only likely. */
function counts(rule: RouteRule, draws: number): number[] {
  const seen = rule.backends.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const chosen = chooseBackend(rule.backends, () => (draw + 0.5) / draws);
    const index = chosen === undefined ? -1 : rule.backends.indexOf(chosen);
    if (index >= 0) seen[index] = (seen[index] as number) + 1;
  }
  return seen;
}

describe("chooseBackend", () => {
  test("HTTPRouteWeight: 70, 30 and 0 of a hundred", () => {
    assert.deepEqual(counts(ruleOf([70, 30, 0]), 100), [70, 30, 0]);
  });

  test("an invalid backend keeps its share, for the 500 that it means", () => {
    const rule = ruleOf([1, 3], [1]);
    assert.deepEqual(counts(rule, 400), [100, 300]);
    assert.equal(chooseBackend(rule.backends, () => 0.9)?.invalid, "BackendNotFound");
  });

  for (const weights of [[], [0], [0, 0]]) {
    test(`nothing for weights [${weights}]`, () => {
      assert.equal(
        chooseBackend(ruleOf(weights).backends, () => 0),
        undefined,
      );
    });
  }

  test("always someone, and never someone of weight 0, whatever the weights", () => {
    const weight = fc.integer({ min: 0, max: 1_000_000 });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 16 }), random, (weights, point) => {
        const chosen = chooseBackend(ruleOf(weights).backends, () => point);
        const possible = weights.some((each) => each > 0);
        assert.equal(chosen !== undefined, possible);
        if (chosen !== undefined) assert.ok(chosen.weight > 0);
      }),
    );
  });
});
