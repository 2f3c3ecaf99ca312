/** Asserts that a call throws a HeddleError with this code, and returns the error for a closer look. */

import assert from "node:assert/strict";
import { type Code, HeddleError } from "../../runtime/errors.ts";

export function throwsCode(call: () => unknown, code: Code): HeddleError {
  try {
    call();
  } catch (thrown) {
    assert.ok(thrown instanceof HeddleError, `expected a HeddleError, got ${thrown}`);
    assert.equal(thrown.code, code, thrown.describe());
    return thrown;
  }
  assert.fail(`expected ${code}, nothing was thrown`);
}
