import assert from "node:assert/strict";
import { test } from "node:test";
import { describeProxies } from "../../runtime/cli/mesh-tables.ts";

const ERRORS: readonly { error: unknown; shown: string }[] = [
  { error: { code: "GUEST_TRAP", detail: "GUEST_TRAP: unreachable" }, shown: "GUEST_TRAP: unreachable" },
  { error: { code: "GUEST_TRAP", detail: "unreachable" }, shown: "GUEST_TRAP: unreachable" },
  { error: { code: "GUEST_TRAP", detail: "GUEST_TRAP of \u001b[2J" }, shown: "GUEST_TRAP: GUEST_TRAP of ?[2J" },
  { error: { code: "GUEST_TRAP" }, shown: "GUEST_TRAP: -" },
  { error: null, shown: "" },
];
for (const { error, shown } of ERRORS) {
  test(`the error ${JSON.stringify(error)} of a plugin says its code once`, () => {
    const [, row] = describeProxies([{ id: "vm", plugins: [{ name: "default/gate", state: "failed", error }] }]);
    assert.equal(row?.at(-1), shown);
  });
}
