import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { block, frame, rawClient } from "../proxy/http2-peers.ts";
import { startHeddle } from "./target.ts";

const [HEADERS, PING, END_STREAM, END_HEADERS] = [1, 6, 1, 4];
const LAST = frame(PING, 0, 0, Buffer.from("the last"));
const READ = frame(PING, 1, 0, Buffer.from("the last"));

const head = (method: string, ...more: [string, string][]) =>
  block([[":method", method], [":scheme", "http"], [":authority", "a.test"], [":path", "/"], ...more]);

/** What was sent when the client ends its side of the connection in good order. */
const DEPARTURES: readonly [what: string, bytes: Buffer][] = [
  ["in the middle of a body", frame(HEADERS, END_HEADERS, 1, head("POST", ["content-length", "6"]))],
  ["before the response", frame(HEADERS, END_HEADERS | END_STREAM, 1, head("GET"))],
];

describe("an HTTP/2 client that leaves without a reset", () => {
  for (const [what, bytes] of DEPARTURES) {
    test(`${what}: its exchange ends at once, and so does the backend's connection`, async (t) => {
      const heddle = await startHeddle();
      t.after(() => heddle.close());
      heddle.origin.answer = () => "";
      const client = await rawClient(t, heddle.port);
      client.socket.write(Buffer.concat([bytes, LAST]));
      await client.until(() => client.received().includes(READ));
      assert.equal(heddle.proxy.active, 1);
      client.socket.end();
      await once(client.socket, "close");
      assert.equal(heddle.proxy.active, 0);
      while (heddle.origin.connections > 0) await nextTurn();
      assert.deepEqual(
        heddle.lines.map(({ flags, detail }) => [flags, detail]),
        [["DC", "disconnected"]],
      );
    });
  }
});
