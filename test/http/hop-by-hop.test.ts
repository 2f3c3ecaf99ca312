import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldList } from "../../runtime/http/fields.ts";
import { connectionOptions, stripHopByHop, stripTrailers } from "../../runtime/http/hop-by-hop.ts";

const CASES: { name: string; fields: string[]; left: string[] }[] = [
  {
    name: "the fixed names",
    fields: ["Connection", "close", "Keep-Alive", "x", "TE", "y", "Trailer", "z", "Upgrade", "h2c"],
    left: [],
  },
  {
    name: "what Connection names",
    fields: ["connection", "X-A, x-b", "x-a", "1", "x-b", "2", "x-c", "3"],
    left: ["x-c", "3"],
  },
  {
    name: "several Connection fields",
    fields: ["connection", "x-a", "connection", "x-b", "x-a", "1", "x-b", "2"],
    left: [],
  },
  { name: "empty options", fields: ["connection", ", ,", "x-a", "1"], left: ["x-a", "1"] },
  {
    name: "not what others rely on",
    fields: [
      "connection",
      "authorization, host, cookie, x-request-id",
      "authorization",
      "a",
      "host",
      "h",
      "cookie",
      "c",
      "x-request-id",
      "r",
    ],
    left: ["authorization", "a", "host", "h", "cookie", "c", "x-request-id", "r"],
  },
];

for (const { name, fields, left } of CASES) {
  test(`hop-by-hop: ${name}`, () => {
    const list = fieldList(fields);
    stripHopByHop(list);
    assert.deepEqual(list.raw, left);
  });
}

test("connection options are lower case and trimmed", () => {
  assert.deepEqual(connectionOptions(fieldList(["Connection", " Close ,\tTE"])), ["close", "te"]);
});

test("trailers that would change the message are dropped", () => {
  const list = fieldList([
    "grpc-status",
    "0",
    "Content-Length",
    "9",
    "Authorization",
    "x",
    "Set-Cookie",
    "a",
    "Host",
    "b",
    "x-sum",
    "1",
  ]);
  stripTrailers(list);
  assert.deepEqual(list.raw, ["grpc-status", "0", "x-sum", "1"]);
});
