import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { TABLES } from "./cases/all.ts";
import { faultsOf, observe, requestsIn } from "./judge.ts";
import { PATIENCE_OF_OTHERS, type Probe, startProbe } from "./probe.ts";
import { type Heddle, startHeddle } from "./target.ts";
import type { WireCase } from "./wire-case.ts";

let heddle: Heddle;
let probe: Probe;

before(async () => {
  heddle = await startHeddle();
  probe = startProbe(heddle.port);
});

after(async () => {
  probe.stop();
  await heddle.close();
});

const show = ({ id, bytes, want }: WireCase) =>
  `${id} ${want} ${JSON.stringify(bytes.replaceAll("Host: a.test\r\n", "…")).slice(0, 110)}`;

async function run(wireCase: WireCase): Promise<string[]> {
  heddle.reset();
  probe.worst();
  const before = heddle.refused();
  const seen = await observe(heddle, wireCase);
  const found = faultsOf(wireCase, seen);
  if (wireCase.want === "reject") found.push(...accounts(before, seen.responses.finals.at(-1)?.status ?? 0));
  return found;
}

/** One line in the log with the reason, and the reason counted once. */
function accounts(before: ReadonlyMap<string, number>, status: number): string[] {
  const lines = heddle.lines.filter((line) => line.status >= 400 && line.status !== 502);
  const [line] = lines;
  if (line === undefined || lines.length !== 1) return [`${lines.length} lines in the log`];
  const counted = [...heddle.refused()].map(([reason, count]) => [reason, count - (before.get(reason) ?? 0)] as const);
  const found: string[] = [];
  if (line.status !== status) found.push(`logged as ${line.status}`);
  if (!/^[a-z0-9_]{3,}$/.test(line.detail)) found.push(`logged with ${JSON.stringify(line.detail)}`);
  const raised = counted.filter(([, count]) => count !== 0);
  if (raised.length !== 1 || raised[0]?.[0] !== line.detail || raised[0][1] !== 1) {
    found.push(`counted ${JSON.stringify(raised)}, logged ${line.detail}`);
  }
  return found;
}

for (const [name, cases] of TABLES) {
  describe(name, () => {
    for (const wireCase of cases) {
      test(show(wireCase), async () => {
        assert.deepEqual(await run(wireCase), []);
        const worst = probe.worst();
        assert.ok(worst <= PATIENCE_OF_OTHERS, `another client waited ${worst} ms`);
      });
    }
  });
}

test("the tables are what they claim: 200 cases, and the strict reader agrees with every accepted one", () => {
  const all = TABLES.flatMap(([, cases]) => cases);
  assert.ok(all.length >= 200, `${all.length}`);
  assert.equal(new Set(all.map(({ bytes, answer }) => bytes + answer)).size, all.length, "a case is there twice");
  for (const wireCase of all) {
    const read = requestsIn(wireCase);
    if (wireCase.want === "accept") assert.ok(read.length >= (wireCase.requests ?? 1), show(wireCase));
  }
});
