import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { test } from "node:test";
import { REASON_PHRASES } from "../../../runtime/http/h1/reason-phrases.ts";

test("the phrases are those of the registry, as Node has them", () => {
  assert.deepEqual(REASON_PHRASES, { ...STATUS_CODES });
});
