import assert from "node:assert/strict";
import { test } from "node:test";
import { headFields } from "../../../../runtime/http/h1/head/head-fields.ts";
import { HeadTable } from "../../../../runtime/http/h1/head/head-table.ts";
import {
  authorityOf,
  methodOf,
  parseRequestHead,
  queryOf,
  targetOf,
} from "../../../../runtime/http/h1/head/parse-request-head.ts";
import { parseTrailers } from "../../../../runtime/http/h1/head/parse-trailers.ts";
import * as layout from "../../../../runtime/http/h1/head/tokenizer/layout.ts";

function parsed(fields: string[], line = "GET /a?b HTTP/1.1"): HeadTable {
  const table = new HeadTable();
  const head = Buffer.from([line, ...fields, "", ""].join("\r\n"), "latin1");
  assert.equal(parseRequestHead(head, table), "complete");
  return table;
}

const dropped = (table: HeadTable): string[] => table.drops().map(([start, end]) => table.text(start, end));

test("the request line and fields are found where they are", () => {
  const table = parsed(["HOST: a:80", "X-Odd-Name:  v \t", "X-Bytes: \xe9", "Content-Length: 5", "x-odd-name: w"]);
  assert.deepEqual(
    [methodOf(table), targetOf(table), queryOf(table), authorityOf(table)],
    ["GET", "/a?b", "b", "a:80"],
  );
  assert.deepEqual([table.framing, table.contentLength, table.count], [layout.FRAMING_LENGTH, 5, 5]);
  assert.deepEqual(headFields(table).values("X-ODD-NAME"), ["v", "w"]);
  assert.equal(headFields(table).get("x-bytes"), "\xe9");
  assert.equal(headFields(table).get("x-odd-nape"), undefined);
  assert.equal(table.text(...table.lineOf(4)), "x-odd-name: w\r\n");
  assert.equal(table.text(...table.lineOf(0)), "HOST: a:80\r\n");
});

test("the target's authority counts before the host field", () => {
  const table = parsed(["Host: b"], "GET HTTPS://A.example?q HTTP/1.1");
  assert.deepEqual([authorityOf(table), queryOf(table)], ["A.example", "q"]);
  assert.ok(table.has(layout.HOST_DIFFERS) && table.has(layout.SECURE_TARGET));
  assert.ok(!parsed(["Host: a.EXAMPLE"], "GET http://A.example/ HTTP/1.1").has(layout.HOST_DIFFERS));
});

test("lines about the connection are dropped, neighbours as one range; protected and framing lines stay", () => {
  const table = parsed([
    ...["Host: a", "Connection: close, x-a, Cookie, content-length", "X-A: 1", "X-B: 1", "Cookie: c=d"],
    ...[
      "Content-Length: 0",
      "x-a: 2",
      "TE: gzip;q=0.5 , trailers",
      "Keep-Alive: timeout=5",
      "Z: 1",
      "Proxy-Connection: x",
    ],
  ]);
  assert.deepEqual(dropped(table), [
    "Connection: close, x-a, Cookie, content-length\r\nX-A: 1\r\n",
    "x-a: 2\r\nTE: gzip;q=0.5 , trailers\r\nKeep-Alive: timeout=5\r\n",
    "Proxy-Connection: x\r\n",
  ]);
  assert.ok(table.has(layout.TAKES_TRAILERS) && table.has(layout.SAYS_CLOSE) && !table.has(layout.KEEP_ALIVE));
  assert.deepEqual(dropped(parsed(["Host: a", "X: 1"])), []);
});

const FLAGS: [fields: string[], version: string, flags: number][] = [
  [[], "1.1", layout.KEEP_ALIVE],
  [[], "1.0", 0],
  [["Connection: keep-alive"], "1.0", layout.KEEP_ALIVE | layout.SAYS_KEEP_ALIVE],
  [["Connection: keep-alive", "Connection: CLOSE"], "1.1", layout.SAYS_KEEP_ALIVE | layout.SAYS_CLOSE],
  [["Expect: 100-continue", "Content-Length: 1"], "1.1", layout.KEEP_ALIVE | layout.EXPECT_CONTINUE],
  [["Expect: 100-continue"], "1.1", layout.KEEP_ALIVE],
  [["Expect: 100-continue", "Content-Length: 1"], "1.0", 0],
  [["Upgrade: websocket"], "1.1", layout.KEEP_ALIVE],
  [
    ["Upgrade: WebSocket", "Connection: upgrade"],
    "1.1",
    layout.KEEP_ALIVE | layout.NAMES_UPGRADE | layout.UPGRADE | layout.UPGRADE_WEBSOCKET,
  ],
  [
    ["Upgrade: h2c, websocket", "Connection: upgrade"],
    "1.1",
    layout.KEEP_ALIVE | layout.NAMES_UPGRADE | layout.UPGRADE,
  ],
];

for (const [fields, version, flags] of FLAGS) {
  test(`flags of ${fields.join("; ") || "no fields"} in HTTP/${version}`, () => {
    assert.equal(parsed(["Host: a", ...fields], `GET / HTTP/${version}`).at(layout.FLAGS), flags);
  });
}

test("many fields fit, in a table used before", () => {
  const table = parsed(["Host: a"]);
  const lines = Array.from({ length: 99 }, (_, i) => `x-${i}: ${i}\r\n`).join("");
  assert.equal(parseRequestHead(Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`), table), "complete");
  assert.equal(headFields(table).get("x-98"), "98");
  assert.equal(table.slot(layout.HOST), 0);
});

test("edits are kept beside the bytes", () => {
  const table = parsed(["Host: a", "X-A: 1", "Cookie: c", "X-A: 2", "Y: 3"]);
  const fields = headFields(table);
  fields.set("X-A", "9");
  fields.remove("cookie");
  fields.add("Z", "4");
  fields.set("new", "5");
  assert.deepEqual(fields.entries(), [
    ["host", "a"],
    ["x-a", "9"],
    ["y", "3"],
    ["z", "4"],
    ["new", "5"],
  ]);
  assert.deepEqual(
    [...(fields.edits?.changed ?? [])],
    [
      [1, "9"],
      [3, null],
      [2, null],
    ],
  );
  assert.deepEqual(fields.edits?.added, ["z", "4", "new", "5"]);
  assert.deepEqual([fields.count(), fields.has("cookie"), fields.values("x-a")], [5, false, ["9"]]);
  fields.removeWhere((name) => name.length === 1);
  assert.deepEqual(fields.raw, ["host", "a", "x-a", "9", "new", "5"]);
  fields.replace(["q", "1"]);
  assert.deepEqual(
    [fields.raw, fields.edits, fields.get("host"), fields.get("q")],
    [["q", "1"], undefined, undefined, "1"],
  );
});

test("trailers are lines only", () => {
  const table = new HeadTable();
  assert.equal(parseTrailers(Buffer.from("Grpc-Status: 0\r\nX: 1\r\n\r\n"), table), "complete");
  assert.deepEqual(headFields(table).raw, ["grpc-status", "0", "x", "1"]);
  assert.equal(parseTrailers(Buffer.from("\r\n"), table), "complete");
  assert.equal(table.count, 0);
  assert.equal(parseTrailers(Buffer.from("X: 1\r\n"), table), "incomplete");
  const refused = parseTrailers(Buffer.from("X : 1\r\n\r\n"), table);
  assert.equal(typeof refused === "string" ? refused : refused.reason, "name_space");
});
