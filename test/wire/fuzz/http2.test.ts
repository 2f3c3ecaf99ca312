/** Streams of HTTP/2 frames of which some are mutated, against the whole proxy and an origin that reads strictly. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { block, frame, rawClient } from "../../proxy/http2-peers.ts";
import { PATIENCE_OF_OTHERS, startProbe } from "../probe.ts";
import { startHeddle } from "../target.ts";
import { oneOf, type Random, randomNumbers } from "./numbers.ts";

const SEED = 7_540;
const CONNECTIONS = 200;
const STREAMS = 10;
const [DATA, HEADERS, SETTINGS, PING, END_STREAM, END_HEADERS] = [0, 1, 4, 6, 1, 4];
const KINDS = 11;
/** Of a connection's last frame: whoever answers it has read all before. */
const LAST = frame(PING, 0, 0, Buffer.from("the last"));
const ACKED = frame(PING, 1, 0, Buffer.from("the last"));

interface Sent {
  readonly bytes: Buffer;
  /** Numbers of streams that any HEADERS name. */
  readonly streams: number;
  /** Every length is what follows, so that the last frame is read as one. */
  readonly whole: boolean;
}

function streamOf(random: Random, id: number): Buffer[] {
  const fields = (method: string, ...more: [string, string][]) =>
    block([[":method", method], [":scheme", "http"], [":authority", "a.test"], [":path", `/${id}`], ...more]);
  if (random(2) === 0) return [frame(HEADERS, END_STREAM | END_HEADERS, id, fields("GET", ["x-a", "1"]))];
  const head = frame(HEADERS, END_HEADERS, id, fields("POST", ["content-length", "6"]));
  const trailers = frame(HEADERS, END_STREAM | END_HEADERS, id, block([["x-sum", "1"]]));
  const body = frame(DATA, random(2) === 0 ? 0 : END_STREAM, id, Buffer.from("abcdef"));
  return (body[4] as number) === 0 ? [head, body, trailers] : [head, body];
}

const MUTATIONS: readonly ((bytes: Buffer, random: Random) => Buffer[])[] = [
  () => [],
  (bytes) => [bytes, bytes],
  (bytes, random) => [changed(bytes, 3, random(KINDS))],
  (bytes, random) => [changed(bytes, 4, random(256))],
  (bytes, random) => [changed(bytes, 8, random(24))],
  (bytes, random) => [changed(bytes, random(bytes.length), random(256))],
  (bytes, random) => [
    changed(bytes, 9 + random(Math.max(1, bytes.length - 9)), oneOf(random, [0, 10, 13, 32, 58, 255])),
  ],
  (bytes, random) => [bytes.subarray(0, random(bytes.length))],
  (bytes, random) => [bytes, frame(random(KINDS), random(256), random(24), Buffer.alloc(random(20), random(256)))],
];

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = value;
  return copy;
}

/** One frame in eight is mutated. */
function compose(random: Random): Sent {
  const frames: Buffer[] = [];
  for (let i = 0; i < STREAMS; i += 1) frames.push(...streamOf(random, 2 * i + 1));
  const sent = frames.flatMap((each) => (random(8) === 0 ? oneOf(random, MUTATIONS)(each, random) : [each]));
  const whole = sent.every((each) => each.length >= 9 && each.readUIntBE(0, 3) === each.length - 9);
  const named = sent.filter((each) => each[3] === HEADERS && each.length >= 9).map((each) => each.readUInt32BE(5));
  return { bytes: Buffer.concat(sent), whole, streams: new Set(named).size };
}

test(`${CONNECTIONS * STREAMS} streams: what reaches the origin is well-formed, one request per stream at most`, async (t) => {
  const heddle = await startHeddle();
  const probe = startProbe(heddle.port);
  t.after(() => heddle.close());
  const random = randomNumbers(SEED);
  let forwarded = 0;
  for (let i = 0; i < CONNECTIONS; i += 1) {
    const { bytes, whole, streams } = compose(random);
    const client = await rawClient(t, heddle.port);
    client.socket.write(Buffer.concat([bytes, LAST]));
    // Frames whose length lies swallow the last one; the first was read together with them.
    const sign = whole ? ACKED : frame(SETTINGS, 1, 0);
    await client.until(() => client.received().includes(sign));
    client.socket.destroy();
    await client.closed;
    while (heddle.proxy.active > 0) await new Promise((resolve) => setImmediate(resolve));
    const { requests, broken } = heddle.origin;
    assert.deepEqual(broken, [], `connection ${i}: ${bytes.toString("hex")}`);
    if (whole)
      assert.ok(requests.length <= streams, `connection ${i}: ${requests.length} requests of ${streams} streams`);
    forwarded += requests.length;
    heddle.reset();
  }
  assert.ok(forwarded > CONNECTIONS, `${forwarded} requests came through: the streams are too broken to say anything`);
  const worst = probe.stop();
  assert.ok(worst <= PATIENCE_OF_OTHERS, `another client waited ${worst} ms`);
});
