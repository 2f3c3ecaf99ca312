import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { canonicalPath, type PathOptions, plainPathEnd } from "../../../runtime/proxy/route/path.ts";

type Row = readonly [id: string, target: string, want: string, options?: PathOptions];

/** A want that starts with a slash is the canonical path; anything else is the reason of a refusal. */
const ROWS: readonly Row[] = [
  ["U01", "/admin", "/admin"],
  ["U01", "/admin/", "/admin/"],
  ["U01", "/admin?x", "/admin"],
  ["U02", "/x/../admin", "/admin"],
  ["U02", "/./admin", "/admin"],
  ["U02", "/x/./../admin", "/admin"],
  ["U02", "/a/b/..", "/a/"],
  ["U02", "/a/.", "/a/"],
  ["U02", "/a/..", "/"],
  ["U03", "/../admin", "path_above_root"],
  ["U03", "/../../etc", "path_above_root"],
  ["U03", "/a/../../etc", "path_above_root"],
  ["U04", "/%61dmin", "/admin"],
  ["U04", "/%41dmin", "/Admin"],
  ["U04", "/%7euser/%2d%5F", "/~user/-_"],
  ["U05", "/%2e/admin", "path_ambiguous_dots"],
  ["U05", "/x/%2e%2e/admin", "path_ambiguous_dots"],
  ["U05", "/x/%2E./admin", "path_ambiguous_dots"],
  ["U05", "/x/.%2e/admin", "path_ambiguous_dots"],
  ["U05", "/x/%2e%2e", "path_ambiguous_dots"],
  ["U06", "/x%2fadmin", "path_encoded_delimiter"],
  ["U06", "/x%2F..%2Fadmin", "path_ambiguous_dots", { encodedSlash: "keep" }],
  ["U06", "/admin%2f", "path_encoded_delimiter"],
  ["U06", "/x%2fadmin", "/x%2Fadmin", { encodedSlash: "keep" }],
  ["U07", "/x%5cadmin", "path_backslash"],
  ["U07", "/x\\admin", "path_backslash"],
  ["U07", "/x\\..\\admin", "path_backslash"],
  ["U08", "//admin", "path_empty_segment"],
  ["U08", "///admin", "path_empty_segment"],
  ["U08", "/x//admin", "path_empty_segment"],
  ["U08", "//admin", "/admin", { emptySegments: "merge" }],
  ["U08", "/x//../admin", "/admin", { emptySegments: "merge" }],
  ["U09", "/admin;a=b", "/admin;a=b"],
  ["U09", "/admin;/x", "/admin;/x"],
  ["U09", "/x/..;/admin", "path_ambiguous_dots"],
  ["U09", "/.;/admin", "path_ambiguous_dots"],
  ["U09", "/x/..%3b/admin", "path_ambiguous_dots"],
  ["U10", "/%252e%252e/admin", "path_double_encoding"],
  ["U10", "/%2561dmin", "path_double_encoding"],
  ["U10", "/x%25", "path_double_encoding"],
  ["U11", "/admin%00", "path_encoded_control"],
  ["U11", "/admin%00.png", "path_encoded_control"],
  ["U11", "/%0d%0aX:y", "path_encoded_control"],
  ["U11", "/%0a", "path_encoded_control"],
  ["U11", "/%09", "path_encoded_control"],
  ["U11", "/%7f", "path_encoded_control"],
  ["U11", "/a b", "path_bad_character"],
  ["U11", "/a\tb", "path_bad_character"],
  ["U12", "/%c0%af", "path_not_utf8"],
  ["U12", "/%c0%ae%c0%ae/admin", "path_not_utf8"],
  ["U12", "/%ed%a0%80", "path_not_utf8"],
  ["U12", "/%f4%90%80%80", "path_not_utf8"],
  ["U12", "/%ff", "path_not_utf8"],
  ["U12", "/\xff", "path_not_utf8"],
  ["U13", "/%u002e%u002e/admin", "path_bad_escape"],
  ["U13", "/%uff0e", "path_bad_escape"],
  ["U14", "/a%", "path_bad_escape"],
  ["U14", "/a%2", "path_bad_escape"],
  ["U14", "/a%zz", "path_bad_escape"],
  ["U15", "/admin%20", "/admin%20"],
  ["U15", "/admin%2e", "/admin."],
  ["U15", "/admin.", "/admin."],
  ["U15", "/admin%3f", "path_encoded_delimiter"],
  ["U15", "/admin%23", "path_encoded_delimiter"],
  ["U16", "/%ef%bc%8fadmin", "/%EF%BC%8Fadmin"],
  ["U16", "/\xef\xbd\x81dmin", "/%EF%BD%81dmin"],
  ["U16", "/adm\xc4\xb1n", "/adm%C4%B1n"],
  ["U16", "/adm\u0131n", "path_bad_character"],
  ["U17", "/ADMIN", "/ADMIN"],
  ["U18", "/public/..%2fadmin", "path_encoded_delimiter"],
  ["U18", "/public%2f..%2fadmin", "path_encoded_delimiter"],
  ["U18", "/public/%2e%2e;/admin", "path_ambiguous_dots"],
  ["U19", "http://other/admin", "/admin"],
  ["U19", "HTTP://A.TEST/admin", "/admin"],
  ["U19", "http://a.test:80/x/../admin", "/admin"],
  ["U19", "ftp://a.test/admin", "target_form"],
  ["U19", "http://user@a.test/admin", "target_authority"],
  ["U19", "http:///admin", "target_authority"],
  ["U19", "http://a.test:99999/admin", "target_authority"],
  ["U20", "http://a.test", "/"],
  ["U20", "http://a.test?x", "/"],
  ["U20", "http://a.test#f", "target_fragment"],
  ["U20", "/a#f", "target_fragment"],
  ["", "*", "target_form"],
  ["", "", "target_form"],
  ["", "admin", "target_form"],
  ["", "a.test:443", "target_form"],
  ["", "/.well-known/jwks.json", "/.well-known/jwks.json"],
  ["", "/...", "/..."],
  ["", '/"<>^`{|}', "/%22%3C%3E%5E%60%7B%7C%7D"],
  ["", "/a%3Bb%2Cc", "/a%3Bb%2Cc"],
  ["", "/?a b", "query_bad_character"],
  ["", "/?a\r\nX: y", "query_bad_character"],
];

describe("canonicalPath", () => {
  for (const [id, target, want, options] of ROWS) {
    test(`${id} ${JSON.stringify(target)}${options ? ` ${JSON.stringify(options)}` : ""} is ${want}`, () => {
      const got = canonicalPath(target, options);
      assert.equal(got.ok ? got.path : got.reason, want);
    });
  }

  for (const query of ["a=1&a=2", "a[]=", "%61=1", "a=1;b=2", "x=/../..//%2e%00", ""]) {
    test(`U23 leaves the query ${JSON.stringify(query)} as it is`, () => {
      assert.deepEqual(canonicalPath(`/p?${query}`), { ok: true, path: "/p", query });
    });
  }

  test("tells an empty query from none", () => {
    assert.deepEqual(canonicalPath("/p"), { ok: true, path: "/p", query: undefined });
  });

  test("U19 reports the authority of the absolute form, which outranks Host", () => {
    assert.deepEqual(canonicalPath("http://A.test:8080/x?q"), {
      ok: true,
      path: "/x",
      query: "q",
      authority: "A.test:8080",
    });
  });

  const piece = fc.constantFrom(
    ...[
      "/",
      "//",
      ".",
      "..",
      "%2e",
      "%2E",
      "%2f",
      "%5c",
      "\\",
      ";",
      "%3b",
      "a",
      "Z",
      "~",
      "%61",
      "%7E",
      "%c3%a9",
      "%c3",
    ],
    ...["\xe9", "\xc3\xa9", "%25", "%00", "%", " ", "{", "|", "?", "#", "*", ":", "@", "%3F"],
  );
  const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`);

  test("changes nothing when applied to its own result", () => {
    fc.assert(
      fc.property(target, fc.constantFrom("refuse" as const, "keep" as const), (raw, encodedSlash) => {
        const once = canonicalPath(raw, { encodedSlash });
        if (!once.ok) return;
        assert.deepEqual(canonicalPath(once.path, { encodedSlash }), { ...once, query: undefined });
      }),
      { numRuns: 2000 },
    );
  });

  test("never lets through what decodes to another path: no dot segment, empty segment, slash or control is left", () => {
    fc.assert(
      fc.property(target, (raw) => {
        const once = canonicalPath(raw);
        if (!once.ok) return;
        const decoded = decodeURIComponent(once.path);
        assert.match(once.path, /^\/[\x21-\x7e]*$/);
        assert.equal(decoded.split("/").length, once.path.split("/").length);
        assert.doesNotMatch(decoded, /\/\/|[\\\p{Cc}]|\/\.{1,2}(?:[/;]|$)/u);
        assert.equal(decodeURIComponent(decoded), decoded);
      }),
      { numRuns: 2000 },
    );
  });

  test("a target is plain when its path needs no work and its query may stand as it is, in JSON too", () => {
    const path = /^(?:\/(?!\.)[A-Za-z0-9\-._~!$&'()*+,=:@]+)*\/?$/;
    const query = /^[!$-[\]-~]*$/;
    fc.assert(
      fc.property(
        fc.oneof(
          target,
          target.map((text) => text.slice(1)),
        ),
        (raw) => {
          const mark = raw.indexOf("?");
          const end = mark < 0 ? raw.length : mark;
          const plain = raw !== "" && raw.startsWith("/") && path.test(raw.slice(0, end)) && query.test(raw.slice(end));
          assert.equal(plainPathEnd(raw), plain ? end : -1);
          if (!plain) return;
          const whole = { ok: true, path: raw.slice(0, end), query: mark < 0 ? undefined : raw.slice(mark + 1) };
          assert.deepEqual(canonicalPath(raw), whole);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("takes time in proportion to the target", () => {
    const long = `/${"%61/../".repeat(20_000)}`;
    const start = process.cpuUsage();
    assert.equal(canonicalPath(long).ok, true);
    canonicalPath(`/${"./".repeat(60_000)}x`);
    canonicalPath(`/${".".repeat(120_000)}`);
    const { user } = process.cpuUsage(start);
    assert.ok(user < 1_000_000, `${user} microseconds of processor time`);
  });
});

test("what is found plain stands in a JSON text and in a log as it is", () => {
  const unit = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(..."/abcXYZ019-._~!$&'()*+,=:@?") },
    fc.constantFrom(...'"\\#%;<>^`{|}\t\n\r\u0000\u001b\u007f\u0080\u00ff\u2028é '),
  );
  let found = 0;
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (rest) => {
      const target = `/${rest}`;
      if (plainPathEnd(target) < 0) return;
      found += 1;
      assert.equal(JSON.stringify(target), `"${target}"`);
      assert.match(target, /^[\x21-\x7e]+$/);
    }),
    { numRuns: 2_000 },
  );
  assert.ok(found > 100);
});
