import assert from "node:assert/strict";
import { test } from "node:test";
import { raw, snapshot, start, upstream } from "./fixture.ts";

const ROWS = [
  { name: "OPTIONS *: about us, and answered by us", line: "OPTIONS *", fields: "", status: 200, reached: [] },
  { name: "* with another method", line: "GET *", fields: "", status: 400, reached: [] },
  { name: "no hop left", line: "OPTIONS /x", fields: "max-forwards: 0\r\n", status: 200, reached: [] },
  { name: "a hop less", line: "OPTIONS /x", fields: "max-forwards: 7\r\n", status: 204, reached: ["OPTIONS /x 6"] },
  { name: "no hops named", line: "OPTIONS /x", fields: "", status: 204, reached: ["OPTIONS /x undefined"] },
  { name: "not a number", line: "OPTIONS /x", fields: "max-forwards: x\r\n", status: 204, reached: ["OPTIONS /x x"] },
  { name: "another method", line: "GET /x", fields: "max-forwards: 0\r\n", status: 204, reached: ["GET /x 0"] },
];

for (const { name, line, fields, status, reached } of ROWS) {
  test(`${name}: ${status}`, async (t) => {
    const seen: string[] = [];
    const port = await upstream(t, ({ method, url, headers }, response) => {
      seen.push(`${method} ${url} ${headers["max-forwards"]}`);
      response.writeHead(204).end();
    });
    const { port: front } = await start(t, snapshot({ clusters: { "test/app:80": [port] } }));
    const answer = await raw(front, `${line} HTTP/1.1\r\nhost: a.test\r\n${fields}connection: close\r\n\r\n`);
    assert.match(answer.text, new RegExp(`^HTTP/1\\.1 ${status} `));
    if (status === 200) assert.match(answer.text, /\r\ncontent-length: 0\r\n/);
    assert.deepEqual(seen, reached);
  });
}
