import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { NEXT } from "../../runtime/wasm/verdict.ts";
import { plugin, rule, snapshot, upstream } from "./fixture.ts";
import { h2Client } from "./http2-peers.ts";
import { slotsOf } from "./scripted.ts";
import { startWatched } from "./watched.ts";

const PIECE = Buffer.alloc(65_536, "heddle");
const PIECES = 1_024;
/** What may be between a backend and a client that does not read: sockets on the way have a few MB each. */
const BETWEEN = 24 * 1_048_576;
const [LETTER_H, LETTER_X] = [0x68, 0x78];

/** Every `h` becomes an `x`: in place, or in bytes of the filter's own, which the pipeline frees once they were handed on. */
function edited(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes).map((byte) => (byte === LETTER_H ? LETTER_X : byte));
}

async function responseOf(t: TestContext, port: number, protocol: "http1" | "h2c"): Promise<Readable> {
  if (protocol === "h2c") return h2Client(t, port).request({ ":path": "/large" });
  const request = get({ host: "127.0.0.1", port, path: "/large", agent: false });
  t.after(() => request.destroy());
  return ((await once(request, "response")) as [IncomingMessage])[0];
}

for (const protocol of ["http1", "h2c"] as const) {
  test(`64 MB through a filter that edits, to a client that stops reading: ${protocol}`, async (t) => {
    let given = 0;
    const port = await upstream(t, async (_request, response) => {
      for (; given < PIECES; given += 1) if (!response.write(PIECE)) await once(response, "drain");
      response.end();
    });
    const script = {
      onResponseBody: (_exchange: unknown, piece: { bytes: Uint8Array }) => {
        piece.bytes = edited(piece.bytes);
        return NEXT;
      },
    };
    const rules = [rule({ plugins: ["a"] })];
    const clusters = { "test/app:80": [port] };
    const proxy = await startWatched(t, snapshot({ rules, plugins: [plugin("a")], clusters }), {
      slots: slotsOf({ a: script }),
    });
    const response = await responseOf(t, proxy.port, protocol);
    await once(response, "readable");
    const memory = () => process.memoryUsage().arrayBuffers;
    const before = memory();
    // Until nothing moves any more, or everything has.
    for (let last = -1; last !== given; await new Promise((resolve) => setTimeout(resolve, 200))) last = given;
    assert.ok(given * PIECE.length < BETWEEN, `${given} pieces of ${PIECES} went to a client that reads nothing`);
    assert.ok(memory() - before < BETWEEN, `${memory() - before} bytes more are kept`);
    let bytes = 0;
    let wrong = 0;
    const wanted = Buffer.from(edited(PIECE));
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const at = bytes % wanted.length;
      const inside = Math.min(chunk.length, wanted.length - at);
      if (!chunk.subarray(0, inside).equals(wanted.subarray(at, at + inside))) wrong += 1;
      bytes += chunk.length;
    }
    assert.deepEqual([bytes, wrong], [PIECES * PIECE.length, 0]);
  });
}
