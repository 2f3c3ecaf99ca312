import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatReference, isRepository, parseReference } from "../../runtime/artifact/reference.ts";
import { HeddleError } from "../../runtime/errors.ts";
import { ownTimeOf } from "../own-time.ts";
import { throwsCode } from "./throws.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as const;

const good: [text: string, parts: object][] = [
  ["localhost/a", { registry: "localhost", repository: "a" }],
  ["127.0.0.1:5000/shop/api-key:1.0.0", { registry: "127.0.0.1:5000", repository: "shop/api-key", tag: "1.0.0" }],
  ["[::1]:5000/a:latest", { registry: "[::1]:5000", repository: "a", tag: "latest" }],
  [`r.example.com/a/b@${DIGEST}`, { registry: "r.example.com", repository: "a/b", digest: DIGEST }],
  [`h:1/a__b/c-d.e:v1@${DIGEST}`, { registry: "h:1", repository: "a__b/c-d.e", tag: "v1", digest: DIGEST }],
];

const bad = [
  "",
  "api-key",
  "/api-key",
  "host/",
  "host/UPPER",
  "host/a//b",
  "host/../etc",
  "host/a:",
  "host/a:b:c",
  "host/a@sha256:abc",
  `host/a@sha512:${"a".repeat(128)}`,
  `host/a@${DIGEST}@${DIGEST}`,
  "host:0/a",
  "host:70000/a",
  "user@host/a",
  "http://host/a",
  "ho st/a",
  "host/a%2fb",
  "host/a\0b",
  `host/${"a".repeat(256)}`,
];

describe("references", () => {
  for (const [text, parts] of good) {
    test(`reads ${text.slice(0, 60)}`, () => {
      assert.deepEqual(parseReference(text), parts);
      assert.equal(formatReference(parseReference(text)), text);
    });
  }
  for (const text of bad) {
    test(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      throwsCode(() => parseReference(text), "REFERENCE_INVALID");
    });
  }

  test("any text either round-trips or is refused by code", () => {
    const piece = fc.constantFrom(
      "a",
      "b1",
      ":",
      "/",
      "@",
      "-",
      "__",
      ".",
      "sha256:",
      "a".repeat(64),
      "[::1]",
      "%",
      "\n",
      "A",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
        ),
        (text) => {
          try {
            assert.equal(formatReference(parseReference(text)), text);
          } catch (thrown) {
            assert.ok(thrown instanceof HeddleError && thrown.code === "REFERENCE_INVALID", String(thrown));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("a repository name is decided in linear time", async () => {
    const took = await ownTimeOf(() => {
      assert.equal(isRepository(`${"a-".repeat(127)}!`), false);
      assert.equal(isRepository(`${"a_".repeat(100000)}`), false);
    });
    assert.ok(took < 1000, `${took} ms`);
  });
});
