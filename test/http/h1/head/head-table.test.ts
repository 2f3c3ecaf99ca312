import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldLines } from "../../../../runtime/http/h1/head/field-lines.ts";
import { HeadFields } from "../../../../runtime/http/h1/head/head-fields.ts";
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

const dropped = (table: HeadTable): string[] =>
  Array.from({ length: table.dropCount }, (_, i) => table.text(table.dropStart(i), table.dropEnd(i)));

test("the request line and fields are found where they are", () => {
  const table = parsed(["HOST: a:80", "X-Odd-Name:  v \t", "X-Bytes: \xe9", "Content-Length: 5", "x-odd-name: w"]);
  assert.deepEqual(
    [methodOf(table), targetOf(table), queryOf(table), authorityOf(table)],
    ["GET", "/a?b", "b", "a:80"],
  );
  assert.deepEqual([table.framing, table.contentLength, table.count], [layout.FRAMING_LENGTH, 5, 5]);
  assert.deepEqual(new HeadFields(table).values("X-ODD-NAME"), ["v", "w"]);
  assert.equal(new HeadFields(table).get("x-bytes"), "\xe9");
  assert.equal(new HeadFields(table).get("x-odd-nape"), undefined);
  assert.equal(table.text(table.lineStart(4), table.lineStart(5)), "x-odd-name: w\r\n");
  assert.equal(table.text(table.lineStart(0), table.lineStart(1)), "HOST: a:80\r\n");
});

test("the target's authority counts before the host field", () => {
  const table = parsed(["Host: b"], "GET HTTPS://A.example?q HTTP/1.1");
  assert.deepEqual([authorityOf(table), queryOf(table)], ["A.example", "q"]);
  assert.ok(table.has(layout.HOST_DIFFERS) && table.has(layout.SECURE_TARGET));
  assert.ok(!parsed(["Host: a.EXAMPLE"], "GET http://A.example/ HTTP/1.1").has(layout.HOST_DIFFERS));
});

test("lines that the next hop gets anew or not at all are dropped, neighbours as one range; protected ones stay", () => {
  const table = parsed([
    ...["Host: a", "Connection: close, x-a, Cookie, content-length", "X-A: 1", "X-B: 1", "Cookie: c=d"],
    ...["Content-Length: 0", "x-a: 2", "TE: gzip;q=0.5 , trailers", "Keep-Alive: timeout=5", "Z: 1"],
    ...["Proxy-Connection: x", "Y: 2", "Expect: 100-continue", "W: 3"],
  ]);
  assert.deepEqual(dropped(table), [
    "Host: a\r\nConnection: close, x-a, Cookie, content-length\r\nX-A: 1\r\n",
    "Content-Length: 0\r\nx-a: 2\r\nTE: gzip;q=0.5 , trailers\r\nKeep-Alive: timeout=5\r\n",
    "Proxy-Connection: x\r\n",
    "Expect: 100-continue\r\n",
  ]);
  assert.ok(table.has(layout.TAKES_TRAILERS) && table.has(layout.SAYS_CLOSE) && !table.has(layout.KEEP_ALIVE));
  assert.deepEqual(dropped(parsed(["Host: a", "X: 1"])), ["Host: a\r\n"]);
  const coded = parsed(["X: 1", "Host: a", "Transfer-Encoding: chunked"], "POST / HTTP/1.1");
  assert.deepEqual(dropped(coded), ["Host: a\r\nTransfer-Encoding: chunked\r\n"]);
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
  assert.equal(new HeadFields(table).get("x-98"), "98");
  assert.equal(table.slot(layout.HOST), 0);
});

test("trailers are lines only", () => {
  const table = new HeadTable();
  assert.equal(parseTrailers(Buffer.from("Grpc-Status: 0\r\nX: 1\r\n\r\n"), table), "complete");
  assert.deepEqual(new HeadFields(table).raw, ["grpc-status", "0", "x", "1"]);
  const about = "Connection: content-length\r\nTE: gzip\r\nX: 1\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n";
  assert.equal(parseTrailers(Buffer.from(about), table), "complete");
  assert.equal(fieldLines(new HeadFields(table)), "X: 1\r\n");
  assert.equal(parseTrailers(Buffer.from("\r\n"), table), "complete");
  assert.equal(table.count, 0);
  assert.equal(parseTrailers(Buffer.from("X: 1\r\n"), table), "incomplete");
  const refused = parseTrailers(Buffer.from("X : 1\r\n\r\n"), table);
  assert.equal(typeof refused === "string" ? refused : refused.reason, "name_space");
});
