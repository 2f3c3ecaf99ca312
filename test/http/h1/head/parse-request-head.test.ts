import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HEAD_LIMITS, HeadTable } from "../../../../runtime/http/h1/head/head-table.ts";
import { KIND_REQUEST } from "../../../../runtime/http/h1/head/tokenizer/layout.ts";
import {
  CODING_CASES,
  CONNECTION_CASES,
  FIELD_CASES,
  HOST_CASES,
  LENGTH_CASES,
  LINE_CASES,
  type RequestCase,
} from "./request-cases.ts";
import { TOKENIZERS } from "./tokenizers.ts";

const TABLES: Record<string, readonly RequestCase[]> = {
  "content-length": LENGTH_CASES,
  "transfer-encoding": CODING_CASES,
  "request line": LINE_CASES,
  host: HOST_CASES,
  fields: FIELD_CASES,
  connection: CONNECTION_CASES,
};

for (const [name, tokenizer] of TOKENIZERS) {
  const table = new HeadTable();
  const verdict = (head: string): string => {
    const result = table.read(tokenizer, KIND_REQUEST, Buffer.from(head, "latin1"), HEAD_LIMITS);
    if (result === "complete") return "accepted";
    return result === "incomplete" ? result : result.reason;
  };

  describe(`request heads, as ${name}`, () => {
    for (const [subject, cases] of Object.entries(TABLES)) {
      test(`${subject}: ${cases.length} cases`, () => {
        const wrong = cases.filter(([head, wanted]) => verdict(head) !== wanted);
        assert.deepEqual(
          wrong.map(([head, wanted]) => [head.slice(0, 120), wanted, verdict(head)]),
          [],
        );
      });
    }

    test("every beginning of a head is incomplete, every byte behind it is left alone", () => {
      const head = "POST http://a/b?c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close, x\r\nX: 1\r\n\r\n";
      for (let end = 0; end < head.length; end++) assert.equal(verdict(head.slice(0, end)), "incomplete", String(end));
      assert.equal(verdict(`${head}\x00\r\nhello`), "accepted");
      assert.equal(table.headEnd, head.length);
    });
  });
}

test("there are at least 200 cases", () => {
  assert.ok(Object.values(TABLES).reduce((sum, cases) => sum + cases.length, 0) >= 200);
});
