import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChallenges } from "../../runtime/delivery/oci/challenge.ts";
import { createEventDecoder } from "../../runtime/delivery/sse.ts";
import { watchDesired } from "../../runtime/delivery/watch.ts";
import { ownTimeOf } from "../own-time.ts";
import { serve } from "./serve.ts";

test("a stream in tiny pieces costs time in proportion to its length", async () => {
  const decoder = createEventDecoder();
  const piece = new TextEncoder().encode("x".repeat(10));
  const took = await ownTimeOf(() => {
    for (let index = 0; index < 100_000; index++) decoder.push(piece);
  });
  assert.ok(took < 2_000, `${took} ms`);
  const events = decoder.push(new TextEncoder().encode("\ndata: after\n\n"));
  assert.deepEqual(
    events.map(({ data }) => data),
    ["after"],
  );
});

test("an event id that no header can carry does not keep a proxy from connecting again", async (t) => {
  for (const id of ["ü\u0001", "x".repeat(100_000)]) {
    const resumed: (string | undefined)[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const url = await serve(t, (request, response) => {
      resumed.push(request.headers["last-event-id"] as string | undefined);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`id: ${id}\nevent: desired\ndata: {}\n\n`);
      if (resumed.length === 3) resolve();
    });
    const watch = watchDesired({ url: new URL(url), backoff: { base: 1, max: 2 }, onDesired() {} });
    try {
      await promise;
      assert.deepEqual(resumed.slice(0, 3), [undefined, undefined, undefined]);
    } finally {
      await watch.close();
    }
  }
});

test("a challenge full of white space costs time in proportion to its length", async () => {
  const took = await ownTimeOf(() => {
    parseChallenges(`Basic ${" ".repeat(200_000)}x`);
    parseChallenges(`Basic a=b${" ".repeat(200_000)};`);
  });
  assert.ok(took < 1_000, `${took} ms`);
});
