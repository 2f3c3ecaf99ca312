import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { refusalRecord } from "../../runtime/proxy/record.ts";

const connection = { clientAddress: "a", clientPort: 1, serverAddress: "b", serverPort: 2, protocol: "HTTP/1.1" };
const refusal = { status: 400, detail: "", connection, method: "", target: "" };

test("the time of a line is the one that Date would write, whatever came before", () => {
  const instant = fc.oneof(
    fc.double({ min: 0, max: Date.UTC(9999, 11, 31), noNaN: true }),
    fc.integer({ min: 1_699_999_999_000, max: 1_700_000_002_000 }),
  );
  fc.assert(
    fc.property(instant, (at) => {
      assert.equal(refusalRecord(refusal, "l", at).time, new Date(at).toISOString());
    }),
  );
});
