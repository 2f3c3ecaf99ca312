import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseManifest } from "../../runtime/artifact/manifest.ts";
import { sampleManifest } from "./sample.ts";
import { throwsCode } from "./throws.ts";

describe("plugin manifest", () => {
  test("accepts a whole one, also with null for the schema", () => {
    assert.deepEqual(parseManifest(sampleManifest()), sampleManifest());
    assert.equal(parseManifest(sampleManifest({ configSchema: null })).configSchema, null);
  });

  const bad: [field: string, value: unknown][] = [
    ["name", "Api Key"],
    ["name", "../etc"],
    ["version", "1.0"],
    ["version", "1.0.0+build"],
    ["description", "two\nlines"],
    ["contract", "x"],
    ["hooks", []],
    ["hooks", ["on-fire"]],
    ["capabilities", ["request", "request"]],
    ["capabilities", ["Request"]],
    ["configSchema", "string"],
    ["limits", { memoryPages: 0, hookMillis: 1 }],
    ["limits", { memoryPages: 1 }],
    ["memory", "leaky"],
    ["surprise", true],
  ];
  for (const [field, value] of bad) {
    test(`refuses ${field} = ${JSON.stringify(value)} and names the field`, () => {
      const error = throwsCode(() => parseManifest({ ...sampleManifest(), [field]: value }), "MANIFEST_INVALID");
      assert.match(error.message, new RegExp(field));
    });
  }

  test("reports every faulty field at once", () => {
    const { author: _, ...rest } = sampleManifest();
    const error = throwsCode(() => parseManifest({ ...rest, name: "A", version: "1" }, "x.json"), "MANIFEST_INVALID");
    for (const word of ["name", "version", "author"]) assert.match(error.message, new RegExp(word));
    assert.equal(error.where, "x.json");
  });

  for (const value of [null, [], "text", 7]) {
    test(`refuses ${JSON.stringify(value)}`, () => {
      throwsCode(() => parseManifest(value), "MANIFEST_INVALID");
    });
  }
});
