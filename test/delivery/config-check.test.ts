import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertConfig } from "../../runtime/delivery/config-check.ts";
import { throwsCode } from "../artifact/throws.ts";

const check = (configSchema: Record<string, unknown> | null, config: unknown, patience?: number) =>
  assertConfig(
    { configSchema, name: "acme/plugin" },
    { config: JSON.stringify(config), name: "shop/plugin" },
    patience,
  );

const nested = (levels: number): Record<string, unknown> =>
  levels === 0 ? {} : { properties: { a: nested(levels - 1) } };

describe("a configuration and the schema of a publisher", () => {
  test("what follows the schema passes, and what does not is named", () => {
    const schema = { type: "object", properties: { limit: { type: "integer" } }, additionalProperties: false };
    check(schema, { limit: 1 });
    check(null, { anything: true });
    assert.match(throwsCode(() => check(schema, { limit: "x" }), "CONFIG_REFUSED").message, /spec\.config\.limit/);
    assert.match(throwsCode(() => check(schema, { rate: 1 }), "CONFIG_REFUSED").message, /unknown field 'rate'/);
  });

  test("an asynchronous schema is refused: its answer would pass for yes, and its rejection would end the process", () => {
    const schema = { $async: true, type: "object", required: ["limit"] };
    assert.match(throwsCode(() => check(schema, {}), "MANIFEST_INVALID").message, /\$async/);
  });

  test("a pattern that backtracks without end is cut off", () => {
    const schema = { properties: { key: { pattern: "^(a|a)*$" } } };
    const slow = () => check(schema, { key: `${"a".repeat(40)}!` }, 200);
    assert.match(throwsCode(slow, "MANIFEST_INVALID").message, /within 200 ms/);
  });

  test("a small schema that would become a large program is cut off too", () => {
    const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`k${index}`, { type: "string" }]));
    const refs = Array.from({ length: 1_000 }, () => ({ $ref: "#/$defs/wide" }));
    const schema = { $defs: { wide: { properties: wide } }, properties: { a: { allOf: refs } } };
    assert.match(throwsCode(() => check(schema, {}, 200), "MANIFEST_INVALID").message, /within 200 ms/);
  });

  test("a schema too deep or too large is refused before it is compiled", () => {
    check(nested(30), {});
    assert.match(throwsCode(() => check(nested(40), {}), "MANIFEST_INVALID").message, /levels/);
    const many = { enum: Array.from({ length: 30_000 }, (_, index) => index) };
    assert.match(throwsCode(() => check(many, {}), "MANIFEST_INVALID").message, /nodes/);
  });

  test("what a schema says cannot forge a line or fill the log", () => {
    const name = "a\n\u001b[31m";
    const forged = { properties: { [name]: { pattern: `^${"b".repeat(5_000)}$` } } };
    const { message } = throwsCode(() => check(forged, { [name]: "x" }), "CONFIG_REFUSED");
    assert.match(message, /^[\x20-\x7e…]+$/);
    assert.ok(message.length < 1_000);
  });
});
