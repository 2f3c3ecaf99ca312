import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { redactHeaders, redactQuery, redactText } from "../../runtime/telemetry/redact.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

describe("redaction", () => {
  const HEADERS: readonly (readonly [name: string, value: string, kept: string])[] = [
    ["authorization", "Basic YTpi", "REDACTED"],
    ["proxy-authorization", "x", "REDACTED"],
    ["cookie", "a=b", "REDACTED"],
    ["set-cookie", "a=b; Path=/", "REDACTED"],
    ["x-api-key", "short", "REDACTED"],
    ["x-session-id", "7", "REDACTED"],
    ["x-forwarded-user", `Bearer ${JWT}`, "Bearer REDACTED"],
    ["x-blob", `v=${"a1".repeat(20)};q=1`, "REDACTED;q=1"],
    ["x-request-id", "29f27e8e-6041-44e0-9f82-b9b8b8a8d0b4", "29f27e8e-6041-44e0-9f82-b9b8b8a8d0b4"],
    ["accept", "application/json, text/plain;q=0.8", "application/json, text/plain;q=0.8"],
    ["authorization", "", ""],
  ];
  for (const [name, value, kept] of HEADERS) {
    test(`of ${name}: ${value.slice(0, 20)}`, () => assert.deepEqual(redactHeaders([[name, value]]), [[name, kept]]));
  }

  test("of queries, by name and by look", () => {
    assert.equal(redactQuery("a=1&access_token=x&sig=2&b"), "a=1&access_token=REDACTED&sig=REDACTED&b");
    assert.equal(redactQuery(`next=${JWT}&a==`), "next=REDACTED&a==");
    assert.equal(redactQuery(""), "");
  });

  test("of paths leaves words and numbers", () => {
    assert.equal(redactText("/orders/12345/items"), "/orders/12345/items");
    assert.equal(redactText(`/reset/${"f".repeat(40)}`), "/reset/REDACTED");
  });

  test("leaves nothing of a long token, wherever it stands", () => {
    const token = fc.stringMatching(/^[A-Za-z0-9_-]{40,80}$/);
    fc.assert(
      fc.property(token, fc.constantFrom(" ", ";", "/", ","), (secret, gap) => {
        assert.ok(!redactText(`a${gap}${secret}${gap}b`).includes(secret.slice(0, 33)));
        assert.ok(!redactQuery(`x=${secret}&y=1`).includes(secret));
      }),
    );
  });
});
