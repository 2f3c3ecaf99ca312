import assert from "node:assert/strict";
import { test } from "node:test";
import { HeadTable } from "../../../../runtime/http/h1/head/head-table.ts";
import { parseResponseHead, reasonOf, statusOf } from "../../../../runtime/http/h1/head/parse-response-head.ts";
import {
  FRAMING_CHUNKED,
  FRAMING_CLOSE,
  FRAMING_LENGTH,
  FRAMING_NONE,
} from "../../../../runtime/http/h1/head/tokenizer/layout.ts";

const CASES: [head: string, verdict: string | number, toHead?: boolean][] = [
  ["HTTP/1.1 200 OK\r\nContent-Length: 5", FRAMING_LENGTH],
  ["HTTP/1.1 200 OK\r\nContent-Length: 5", FRAMING_NONE, true],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", FRAMING_CHUNKED],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", FRAMING_NONE, true],
  ["HTTP/1.1 200 \r\nX: 1", FRAMING_CLOSE],
  ["HTTP/1.0 200 a b\xe9\tc", FRAMING_CLOSE],
  ["HTTP/1.1 304 x\r\nContent-Length: 5", FRAMING_NONE],
  ["HTTP/1.1 204 x\r\nContent-Length: 0", FRAMING_NONE],
  ["HTTP/1.1 103 Early Hints\r\nLink: x", FRAMING_NONE],
  ["HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade", FRAMING_NONE],
  ["HTTP/1.1 204 x\r\nContent-Length: 5", FRAMING_NONE],
  ["HTTP/1.1 100 x\r\nTransfer-Encoding: chunked", "body_not_allowed"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", "length_and_coding"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5", "length_repeated"],
  ["HTTP/1.1 200 OK\r\nContent-Length: -1", "length_syntax"],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked", "coding_unknown"],
  ["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked", "coding_in_1_0"],
  ["HTTP/1.1 200", "status_syntax"],
  ["HTTP/1.1 20 OK", "status_syntax"],
  ["HTTP/1.1 2000 OK", "status_syntax"],
  ["HTTP/1.1 099 OK", "status_syntax"],
  ["HTTP/1.1 600 OK", "status_syntax"],
  ["HTTP/1.1  200 OK", "status_syntax"],
  ["HTTP/1.1 2x0 OK", "status_syntax"],
  ["HTTP/1.1 200 O\x00K", "reason_syntax"],
  ["HTTP/1.1 200 OK\nX: 1", "bare_lf"],
  ["HTTP/1.1 200 OK\rX: 1", "bare_cr"],
  ["HTTP/2.0 200 OK", "version_unsupported"],
  ["ICY 200 OK", "version_syntax"],
  [" HTTP/1.1 200 OK", "version_syntax"],
  ["HTTP/1.1 200 OK\r\n X: 1", "folded_line"],
  ["HTTP/1.1 200 OK\r\nX : 1", "name_space"],
];

for (const [head, verdict, toHead = false] of CASES) {
  test(`${JSON.stringify(head)}${toHead ? " to HEAD" : ""}: ${verdict}`, () => {
    const table = new HeadTable();
    const result = parseResponseHead(Buffer.from(`${head}\r\n\r\n`, "latin1"), table, toHead);
    assert.equal(typeof result === "string" ? table.framing : result.reason, verdict);
  });
}

test("status and reason", () => {
  const table = new HeadTable();
  assert.equal(parseResponseHead(Buffer.from("HTTP/1.1 404 Not Found\r\n\r\n"), table), "complete");
  assert.deepEqual([statusOf(table), reasonOf(table)], [404, "Not Found"]);
});
