import assert from "node:assert/strict";
import { test } from "node:test";
import { skipWithout } from "../peer.ts";
import { compare, missedBy } from "./comparison.ts";
import { type PeerName, startPeer } from "./peers.ts";

const LANES = 12;

for (const [name, atMost] of [
  ["nginx", 240],
  ["haproxy", 290],
] as const) {
  test(`the same cases through ${name}: it runs them, and misses some that we do not`, {
    skip: skipWithout(name),
  }, async (t) => {
    const lanes = await Promise.all(Array.from({ length: LANES }, () => start(name)));
    t.after(() => Promise.all(lanes.flat().map((target) => target.close())));
    const rows = await compare(lanes, 200);
    const missed = missedBy(rows, name);
    t.diagnostic(`${name} misses ${missed.length} of ${rows.length}`);
    // Fewer would be news for docs/wire.md; none at all would mean that the harness judges nothing.
    assert.ok(missed.length > 50 && missed.length < atMost, `${missed.length}`);
    const plain = rows.find(({ wireCase }) => wireCase.want === "accept" && wireCase.section === "9112 3.2.1");
    assert.equal(plain?.findings[name]?.word, "forwarded");
  });
}

async function start(name: PeerName) {
  return [await startPeer(name)];
}
