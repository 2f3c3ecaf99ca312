import assert from "node:assert/strict";
import { test } from "node:test";
import { Respawn } from "../../../runtime/proxy/fleet/respawn.ts";

test("threads that end at once are replaced at once a few times, then later and later, and not at all after the stop", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let spawned = 0;
  const respawn = new Respawn(() => {
    spawned += 1;
  });
  for (let end = 0; end < 4; end += 1) respawn.after(50);
  assert.equal(spawned, 4);
  const waits = [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000];
  for (const [index, wait] of waits.entries()) {
    respawn.after(50);
    t.mock.timers.tick(wait - 1);
    assert.equal(spawned, 4 + index);
    t.mock.timers.tick(1);
    assert.equal(spawned, 5 + index);
  }
  respawn.after(60_000);
  assert.equal(spawned, 5 + waits.length, "one that served well is replaced at once");
  for (let end = 0; end < 4; end += 1) respawn.after(50);
  respawn.after(50);
  respawn.stop();
  t.mock.timers.tick(60_000);
  assert.equal(spawned, 9 + waits.length);
});
