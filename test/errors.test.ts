import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HeddleError } from "../runtime/errors.ts";

describe("an error's words", () => {
  test("carry nothing that a terminal or a log would act upon, whatever they quote", () => {
    const hostile = 'has the field "\u001b]0;owned\u0007\u009b31m\u202egnp\r"';
    const error = new HeddleError("MANIFEST_INVALID", hostile, { where: "https://x/\u001b[2J" });
    assert.equal(
      error
        .describe()
        .includes('has the field "\\u{1b}]0;owned\\u{7}\\u{9b}31m\\u{202e}gnp\\u{d}" (https://x/\\u{1b}[2J)'),
      true,
      JSON.stringify(error.describe()),
    );
  });

  test("keep their lines and tabs, and end somewhere", () => {
    assert.equal(new HeddleError("USAGE", "one\n\ttwo ü").message, "one\n\ttwo ü");
    assert.ok(new HeddleError("USAGE", "x".repeat(1_000_000)).message.length < 20_000);
  });
});
