import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { createRedaction, NO_REDACTION } from "../../runtime/telemetry/redact.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
const redaction = createRedaction(["X-Tenant", "page"]);

describe("redaction", () => {
  const HEADERS: readonly (readonly [name: string, value: string, kept: string])[] = [
    ["authorization", "Basic YTpi", "REDACTED"],
    ["cookie", "a=b", "REDACTED"],
    ["set-cookie", "a=b; Path=/", "REDACTED"],
    ["x-nobody-knows", "7", "REDACTED"],
    ["x-forwarded-for", "192.0.2.7", "REDACTED"],
    ["referer", "http://a/?token=b", "REDACTED"],
    ["authorization", "", ""],
    ["accept", "application/json, text/plain;q=0.8", "application/json, text/plain;q=0.8"],
    ["Content-Type", "text/html", "text/html"],
    ["x-request-id", "29f27e8e-6041-44e0-9f82-b9b8b8a8d0b4", "REDACTED"],
    ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "REDACTED"],
    ["origin", "https://intranet.example", "REDACTED"],
    ["x-tenant", "acme", "acme"],
  ];
  for (const [name, value, kept] of HEADERS) {
    test(`of ${name}: ${value.slice(0, 20)}`, () =>
      assert.deepEqual(redaction.headers([[name, value]]), [[name, kept]]));
  }

  const QUERIES: readonly (readonly [query: string, kept: string])[] = [
    ["a=1&page=2&b", "a=REDACTED&page=2&b"],
    ["PAGE=2&a=", "PAGE=2&a="],
    ["debug&4711&x7Kq2", "debug&REDACTED&REDACTED"],
    [`next=${JWT}&a==`, "next=REDACTED&a=REDACTED"],
    [`${"f".repeat(40)}=1&${"e".repeat(40)}`, "REDACTED=REDACTED&REDACTED"],
    ["", ""],
  ];
  for (const [query, kept] of QUERIES)
    test(`of ?${query.slice(0, 30)}`, () => assert.equal(redaction.query(query), kept));

  const PATHS: readonly (readonly [path: string, kept: string])[] = [
    ["/", "/"],
    ["/api/v1/Orders/line-items/index.html", "/api/v1/Orders/line-items/index.html"],
    ["/orders/12345/items/", "/orders/REDACTED/items/"],
    [`/reset/${"f".repeat(40)}`, "/reset/REDACTED"],
    ["/invite/x7Kq2/accept", "/invite/REDACTED/accept"],
    ["/invite/XKQZ", "/invite/REDACTED"],
    ["/users/ada%40example.org;v=1", "/users/REDACTED"],
    [`/t/${JWT}`, "/t/REDACTED"],
  ];
  for (const [path, wanted] of PATHS) test(`of ${path.slice(0, 40)}`, () => assert.equal(redaction.path(path), wanted));

  test("of a path whose name is given keeps it", () =>
    assert.equal(createRedaction([":path"]).path("/orders/12345"), "/orders/12345"));

  const BODIES: readonly (readonly [body: string, kept: string | undefined])[] = [
    ['{"n":17,"s":"x","page":3,"deep":[{"page":["a",4],"k":"b"}],"no":null,"is":true}', undefined],
    ["no JSON", undefined],
    ['"text"', '"REDACTED"'],
    ['{"__proto__":"a","empty":""}', '{"__proto__":"REDACTED","empty":""}'],
    [`{"sessions":{"${JWT}":{"n":1}},"${"f".repeat(40)}":[]}`, '{"sessions":{"REDACTED":{"n":0}},"REDACTED":[]}'],
    ["[".repeat(100_000), undefined],
  ];
  const kept = '{"n":0,"s":"REDACTED","page":3,"deep":[{"page":["a",4],"k":"REDACTED"}],"no":null,"is":true}';
  for (const [at, [body, wanted]] of BODIES.entries()) {
    test(`of the body ${body.slice(0, 30)}`, () => {
      const bytes = redaction.body(Buffer.from(body));
      assert.equal(bytes && Buffer.from(bytes).toString(), at === 0 ? kept : wanted);
    });
  }

  test("of bytes that are no UTF-8 leaves nothing, and without redaction everything stays", () => {
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    assert.equal(redaction.body(bytes), undefined);
    assert.equal(NO_REDACTION.body(bytes), bytes);
    assert.deepEqual(NO_REDACTION.headers([["cookie", "a"]]), [["cookie", "a"]]);
    assert.equal(NO_REDACTION.query("a=b") + NO_REDACTION.path(`/${JWT}`), `a=b/${JWT}`);
  });

  test("no string of anybody's own is left, whatever its name and look", () => {
    const secret = fc.string({ minLength: 6 }).map((text) => `~${text}~`);
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^k[a-z]{1,8}$/), secret, { minKeys: 1 }), (values) => {
        const written = JSON.stringify([
          redaction.headers(Object.entries(values)),
          Buffer.from(redaction.body(Buffer.from(JSON.stringify([values]))) ?? "").toString(),
          redaction.query(new URLSearchParams(values).toString()),
        ]);
        assert.doesNotMatch(written, /~|%7E/);
      }),
    );
  });
});
