import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { writeAtTurnEnd } from "../../../runtime/http/h1/turn-writes.ts";

test("writes go out at the end of the turn, in order; what joins meanwhile does too", async () => {
  const out: string[] = [];
  writeAtTurnEnd({ flush: () => out.push("first") });
  writeAtTurnEnd({
    flush() {
      out.push("second");
      writeAtTurnEnd({ flush: () => out.push("third") });
    },
  });
  await Promise.resolve();
  assert.deepEqual(out, []);
  await turn();
  assert.deepEqual(out, ["first", "second", "third"]);
});
