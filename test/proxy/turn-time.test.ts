import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { connect, type IncomingHttpHeaders } from "node:http2";
import { test } from "node:test";
import { TurnTime } from "../../runtime/proxy/turn-time.ts";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { NEXT } from "../../runtime/wasm/verdict.ts";
import { plugin, rule, snapshot, start, upstream } from "./fixture.ts";
import { slotsOf } from "./scripted.ts";

const turnEnds = () => new Promise<void>((resolve) => setImmediate(resolve));

test("all that a turn of the event loop brings has arrived at one time; the next turn reads the clock again", async () => {
  const clock = manualClock(1_000);
  const turn = new TurnTime(clock);
  const read = () => [turn.now, turn.monotonic];
  assert.deepEqual(read(), [1_000, 0]);
  clock.advance(5);
  assert.deepEqual(read(), [1_000, 0]);
  await turnEnds();
  assert.deepEqual(read(), [1_005, 5]);
  clock.setNow(500);
  await turnEnds();
  assert.deepEqual(read(), [500, 5]);
});

test("a backend's time begins when it is asked, however long the turn had lasted by then", async (t) => {
  const clock = manualClock();
  const asked = Promise.withResolvers<ServerResponse>();
  const port = await upstream(t, (request, response) => {
    if (request.url === "/plain") asked.resolve(response);
  });
  const rules = [
    rule({ path: "/busy", plugins: ["busy"] }),
    rule({ path: "/plain", backendTimeout: 100 }),
    rule({ path: "/late", requestTimeout: 150 }),
  ];
  const busy = () => {
    clock.advance(200);
    return NEXT;
  };
  const given = snapshot({ rules, plugins: [plugin("busy")], clusters: { "test/app:80": [port] } });
  const running = await start(t, given, { clock, slots: slotsOf({ busy: { onRequest: busy } }) });
  const client = connect(running.url);
  t.after(() => client.destroy());
  // Three streams that one read of the socket brings.
  const statuses = ["/busy", "/plain", "/late"].map((path) => {
    const stream = client.request({ ":path": path }).on("error", () => {});
    stream.resume();
    return new Promise<unknown>((resolve) =>
      stream.once("response", (headers: IncomingHttpHeaders) => resolve(headers[":status"])),
    );
  });
  // Its time has passed by the time of the turn, and the wheel has fired.
  assert.equal(await statuses[2], 504);
  void asked.promise.then((response) => response.end());
  assert.equal(await statuses[1], 200);
});
