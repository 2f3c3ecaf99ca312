/** Metrics that are read while both threads have all hands full: from their memory, without asking them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LISTENER, snapshot } from "../fixture.ts";
import { backend, callers, startCrew } from "./crew.ts";

const CALLERS = 16;
const EACH = 150;

/** Series that only grow, by name and labels: counters, and of histograms all that is counted. */
function grown(page: string): Map<string, number> {
  const counters = [...page.matchAll(/^# TYPE (\S+) (?:counter|histogram)$/gm)].map(([, name = ""]) => name);
  const lines = page.split("\n").filter((line) => counters.some((name) => line.startsWith(name)));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

function sumOf(series: ReadonlyMap<string, number>, name: RegExp): number {
  return [...series].reduce((sum, [key, value]) => sum + (name.test(key) ? value : 0), 0);
}

test("a scrape under load is answered, nothing goes back, and in the end the sum is what was sent", async (t) => {
  const given = snapshot({ clusters: { "test/app:80": [await backend(t)] } });
  const { fleet } = await startCrew(t, 2, given);
  const made = callers(t, fleet.address(LISTENER).port, CALLERS);
  let answered = 0;
  const load = Promise.all(
    made.map(async (caller) => {
      for (let i = 0; i < EACH; i += 1) {
        assert.equal(await caller.ask(), 200);
        answered += 1;
      }
    }),
  );
  let [before, scrapes] = [new Map<string, number>(), 0];
  const scrape = async () => {
    const response = await fetch(`${fleet.adminUrl}/metrics`);
    assert.equal(response.status, 200);
    const now = grown(await response.text());
    for (const [key, value] of before)
      assert.ok((now.get(key) ?? -1) >= value, `${key}: ${value}, then ${now.get(key)}`);
    before = now;
    scrapes += 1;
  };
  while (answered < CALLERS * EACH) {
    const least = answered;
    await scrape();
    // A count follows its answer closely: one request of each connection may be between the two.
    assert.ok(sumOf(before, /^heddle_requests_total/) >= least - CALLERS);
  }
  await load;
  assert.ok(scrapes >= 5, `${scrapes} scrapes`);
  while (sumOf(grown(fleet.metrics()), /^heddle_requests_total/) < CALLERS * EACH) await scrape();
  await scrape();
  assert.equal(sumOf(before, /^heddle_requests_total/), CALLERS * EACH);
  assert.equal(sumOf(before, /^heddle_request_duration_seconds_count/), CALLERS * EACH);
});
