import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage } from "../proxy/actors.ts";
import { plugin, rule } from "../proxy/fixture.ts";
import { converse, readResponses } from "./client.ts";
import { PATIENCE_OF_OTHERS, type Probe, startProbe } from "./probe.ts";
import { valuesOf } from "./strict.ts";
import { type Heddle, startHeddle } from "./target.ts";

/** The policy: `/admin` and what is below it is denied by a plugin, everything else is let through. */
let heddle: Heddle;
let probe: Probe;

before(async () => {
  const { slots } = await stage({ guard: { request: "deny" } });
  heddle = await startHeddle({
    slots,
    rules: [rule({ name: "test/admin/0", path: "/admin", plugins: ["guard"] }), rule()],
    plugins: new Map([["guard", plugin("guard")]]),
  });
  probe = startProbe(heddle.port);
});

after(async () => {
  const worst = probe.stop();
  await heddle.close();
  assert.ok(worst <= PATIENCE_OF_OTHERS, `another client waited ${worst} ms`);
});

type Want =
  /** By the plugin. */
  | "deny"
  /** As ambiguous or malformed. */
  | "refuse"
  /** Forwarded with this target. */
  | `/${string}`;

const ROWS: readonly (readonly [id: string, want: Want, targets: readonly string[]])[] = [
  ["U01 as it is", "deny", ["/admin", "/admin/", "/admin?x", "/admin/users/1", "/admin/?x=/public"]],
  [
    "U02 dot segments",
    "deny",
    ["/x/../admin", "/./admin", "/x/./../admin", "/x/y/../../admin/z", "/admin/.", "/admin/x/.."],
  ],
  ["U03 above the root", "refuse", ["/../admin", "/../../etc", "/x/../../admin", "/.."]],
  ["U04 unreserved characters, encoded", "deny", ["/%61dmin", "/%61%64%6d%69%6e", "/%61%64%6D%69%6E/x"]],
  ["U04 another case, encoded", "/Admin", ["/%41dmin"]],
  ["U05 encoded dots", "refuse", ["/%2e/admin", "/x/%2e%2e/admin", "/x/.%2e/admin", "/x/%2E./admin", "/%2e%2e/etc"]],
  ["U06 encoded slashes", "refuse", ["/x%2fadmin", "/x%2F..%2Fadmin", "/admin%2f", "/%2fadmin", "/admin%2Fusers"]],
  ["U07 backslashes", "refuse", ["/x%5cadmin", "/x\\admin", "/x\\..\\admin", "\\admin", "/\\admin", "/%5Cadmin"]],
  ["U08 empty segments", "refuse", ["//admin", "///admin", "/x//admin", "//a.test/admin", "/x/..//admin"]],
  [
    "U09 parameters of a denied segment",
    "deny",
    ["/admin;a=b", "/admin;/x", "/admin;jsessionid=1?x", "/admin;a=b/users"],
  ],
  [
    "U09 parameters behind dots",
    "refuse",
    ["/x/..;/admin", "/.;/admin", "/..;/admin", "/x/..;a=b/admin", "/x/.;x/../admin"],
  ],
  ["U10 encoded twice", "refuse", ["/%252e%252e/admin", "/%2561dmin", "/x%25", "/%25%36%31dmin"]],
  [
    "U11 encoded controls",
    "refuse",
    ["/admin%00", "/admin%00.png", "/%0d%0aX:y", "/%0a", "/%09", "/%7f", "/%1f", "/x%0Dadmin"],
  ],
  [
    "U12 not UTF-8",
    "refuse",
    ["/%c0%af", "/%c0%ae%c0%ae/admin", "/%ed%a0%80", "/%f4%90%80%80", "/%ff", "/%e0%80%af", "/%80"],
  ],
  ["U13 UTF-16 escapes", "refuse", ["/%u002e%u002e/admin", "/%uff0e", "/%u0061dmin"]],
  ["U14 bad escapes", "refuse", ["/a%", "/a%2", "/a%zz", "/%", "/%%61dmin", "/a%2-"]],
  ["U15 encoded delimiters", "refuse", ["/admin%3f", "/admin%23", "/%3Fadmin"]],
  ["U15 a trailing space is another name", "/admin%20", ["/admin%20"]],
  ["U15 a trailing dot is another name", "/admin.", ["/admin.", "/admin%2e"]],
  ["U16 another slash is no slash", "/%EF%BC%8Fadmin", ["/%ef%bc%8fadmin"]],
  ["U16 no Unicode folding", "/adm%C4%B1n", ["/adm%c4%b1n", "/adm%C4%B1n"]],
  ["U16 bytes that want encoding", "refuse", ["/\xef\xbd\x81dmin", "/adm\xc4\xb1n"]],
  ["U17 another case", "/ADMIN", ["/ADMIN"]],
  ["U17 another case", "/aDmin", ["/aDmin"]],
  [
    "U18 one inside the other",
    "refuse",
    ["/public/..%2fadmin", "/public%2f..%2fadmin", "/public/%2e%2e;/admin", "/public/..%5cadmin"],
  ],
  [
    "U19 absolute-form",
    "deny",
    ["http://other/admin", "HTTP://A.TEST/admin", "http://a.test:80/admin", "http://a.test/x/../admin"],
  ],
  ["U19 absolute-form goes on in origin-form", "/x?y", ["http://other/x?y"]],
  ["U20 absolute-form without a path", "/", ["http://a.test", "http://a.test/"]],
  ["U20 absolute-form with a query only", "/?x", ["http://a.test?x"]],
  ["U20 fragments", "refuse", ["http://a.test#f", "/x#/admin", "/#", "http://a.test/x#f"]],
  ["U23 queries are left alone", "/x?a=1&a=2", ["/x?a=1&a=2"]],
  ["U23 queries are left alone", "/x?a[]=", ["/x?a[]="]],
  ["U23 queries are left alone", "/x?%61=1&b=%2f..%2F%00", ["/x?%61=1&b=%2f..%2F%00"]],
  ["U23 queries are left alone", "/x?a=1;b=2?/../admin", ["/x?a=1;b=2?/../admin"]],
];

async function ask(target: string, fields = "Host: a.test\r\n") {
  heddle.reset();
  const request = `GET ${target} HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`;
  const { text } = await converse(heddle.port, [request]);
  return { status: readResponses(text, ["GET"]).finals[0]?.status ?? 0, requests: heddle.origin.requests };
}

for (const [id, want, targets] of ROWS) {
  for (const target of targets) {
    test(`${id}: ${target} ${want}`, async () => {
      const { status, requests } = await ask(target);
      const [line] = heddle.lines;
      if (want === "deny" || want === "refuse") {
        assert.equal(requests.length, 0, `the origin saw ${requests[0]?.target}`);
        assert.equal(status, want === "deny" ? 401 : 400);
      } else {
        assert.equal(status, 200);
        assert.deepEqual(
          requests.map((request) => request.target),
          [want],
        );
      }
      assert.equal(heddle.lines.length, 1);
      if (want === "refuse") assert.match(line?.detail ?? "", /^[a-z_0-9]+$/);
      // What was matched is what is logged.
      else
        assert.equal(line?.path, want === "deny" ? line?.path.match(/^\/admin(?:[;/].*)?$/)?.[0] : want.split("?")[0]);
    });
  }
}

const HOSTS: readonly (readonly [host: string, atOrigin: string | undefined])[] = [
  ["a.test.", "a.test"],
  ["A.TEST", "a.test"],
  ["a.test:0080", "a.test:80"],
  ["[::1]", "[::1]"],
  ["0x7f.1", "0x7f.1"],
  ["xn--80ak6aa92e.test", "xn--80ak6aa92e.test"],
  ["a.test:", undefined],
  ["[::1", undefined],
  ["[::1%25eth0]", undefined],
  ["a..test", undefined],
  ["a.test:0", undefined],
  ["a.test:65536", undefined],
  ["a.test:+80", undefined],
];

for (const [host, wanted] of HOSTS) {
  test(`U21 Host ${host}: ${wanted ?? "refuse"}`, async () => {
    const { status, requests } = await ask("/x", `Host: ${host}\r\n`);
    assert.equal(status, wanted === undefined ? 400 : 200);
    assert.deepEqual(
      requests.flatMap(({ fields }) => valuesOf(fields, "host")),
      wanted === undefined ? [] : [wanted],
    );
  });
}

test("U24 fields that name another method or path are for nobody", async () => {
  const names = ["X-HTTP-Method-Override: DELETE", "X-Original-URL: /admin", "X-Rewrite-URL: /admin"];
  const { status, requests } = await ask("/x", `Host: a.test\r\n${names.join("\r\n")}\r\n`);
  assert.equal(status, 200);
  assert.deepEqual(
    requests.map(({ method, target }) => [method, target]),
    [["GET", "/x"]],
  );
  for (const name of names)
    assert.deepEqual(valuesOf(requests[0]?.fields ?? [], name.split(":")[0]?.toLowerCase() ?? ""), []);
});
