import assert from "node:assert/strict";
import { test } from "node:test";
import { type Campaign, shown } from "./campaign.ts";
import { STRICTER } from "./stricter.ts";
import { runOnAllCores } from "./workers.ts";

const SEED = 3;

/** 200,000 streams; more by hand: `node test/wire/fuzz/main.ts`. In shares that end in time on a busy machine too. */
const CAMPAIGNS: readonly Campaign[] = [
  ...[0, 1, 2, 3].map((share) => ({
    ...{ of: "requests" as const, over: "memory" as const, seed: SEED },
    ...{ first: share * 42_500, streams: 42_500 },
  })),
  { of: "requests", over: "tcp", seed: SEED + 1, streams: 10_000 },
  { of: "responses", over: "memory", seed: SEED + 2, streams: 17_000 },
  { of: "responses", over: "tcp", seed: SEED + 3, streams: 3_000 },
];

for (const campaign of CAMPAIGNS) {
  const { streams, of, over, first = 0 } = campaign;
  test(`${streams} mutated streams of ${of} over ${over} from ${first} on: what is allowed goes on byte for byte, and nothing else`, async (t) => {
    const report = await runOnAllCores(campaign);
    t.diagnostic(`${Math.round(streams / report.seconds)} streams a second`);
    assert.deepEqual(report.faults.map(shown), []);
    assert.deepEqual(
      [...report.stricter.keys()].filter((reason) => !STRICTER.has(reason)),
      [],
    );
    // A campaign that everything passed at once would have tried nothing.
    assert.ok(report.stricter.size > 0);
  });
}
