import assert from "node:assert/strict";
import { once } from "node:events";
import { constants, type IncomingHttpHeaders } from "node:http2";
import { describe, type TestContext, test } from "node:test";
import fc from "fast-check";
import type { Snapshot } from "../../runtime/config/snapshot.ts";
import { grpcTimeoutText, parseGrpcTimeout } from "../../runtime/proxy/grpc-timeout.ts";
import { manualClock } from "../../runtime/telemetry/clock.ts";
import { NEXT } from "../../runtime/wasm/verdict.ts";
import { plugin } from "./fixture.ts";
import { answer, call, HEAD, message, messages, type Service, stage, statusOf, withRules } from "./grpc-stage.ts";
import { pending, slotsOf } from "./scripted.ts";

/** A deadline that the client names (gRPC over HTTP/2, `Timeout`). */

const silent: Service = () => Promise.resolve();
const same = (given: Snapshot) => given;

test("a call that is not answered in time: DEADLINE_EXCEEDED, and the backend's stream is reset", async (t) => {
  const [clock, reached, reset] = [manualClock(), Promise.withResolvers<void>(), Promise.withResolvers<number>()];
  const service: Service = async (stream) => {
    reached.resolve();
    stream.once("close", () => reset.resolve(stream.rstCode));
  };
  const { client, log } = await stage(t, false, service, same, { clock });
  const stream = call(client, "/shop.Greeter/Greet", { "grpc-timeout": "60m" });
  stream.write(message("Ada"));
  stream.resume();
  await reached.promise;
  clock.advance(100);
  assert.deepEqual(await statusOf(stream), { status: "4", text: "the backend took too long", trailersOnly: true });
  assert.notEqual(await reset.promise, constants.NGHTTP2_NO_ERROR);
  const [line] = await log();
  assert.deepEqual([line?.flags, line?.detail], ["UT", "the client's deadline of 60 ms passed"]);
});

test("a stream that goes on for too long ends in good order, by trailers", async (t) => {
  const [clock, reset] = [manualClock(), Promise.withResolvers<number>()];
  const service: Service = async (stream) => {
    stream.once("close", () => reset.resolve(stream.rstCode));
    stream.respond(HEAD);
    stream.write(message("first"));
    stream.resume();
  };
  const { client, log } = await stage(t, false, service, same, { clock });
  const stream = call(client, "/shop.Greeter/Watch", { "grpc-timeout": "100m" });
  stream.end(message("Ada"));
  const status = statusOf(stream);
  for await (const reply of messages(stream)) {
    assert.equal(String(reply), "first");
    clock.advance(200);
  }
  assert.deepEqual(await status, { status: "4", text: "the backend took too long", trailersOnly: false });
  assert.notEqual(await reset.promise, constants.NGHTTP2_NO_ERROR);
  assert.equal((await log())[0]?.flags, "UT");
});

test("a call that is answered in time is not touched", async (t) => {
  const { client } = await stage(t, false, async (stream) => {
    answer(stream, 0, "fine");
    for await (const each of messages(stream)) stream.write(message(`hello ${each}`));
    stream.end();
  });
  const stream = call(client, "/shop.Greeter/Greet", { "grpc-timeout": "1M" });
  stream.end(message("Ada"));
  const status = statusOf(stream);
  assert.equal(String((await Array.fromAsync(messages(stream)))[0]), "hello Ada");
  assert.equal((await status).status, "0");
});

describe("of the route's time and the client's the shorter one counts", () => {
  for (const [requestTimeout, timeout, status] of [
    [40, "1H", "14"],
    [60_000, "40m", "4"],
    [40, "40m", "4"],
  ] as const) {
    test(`${requestTimeout} ms and ${timeout}: ${status}`, async (t) => {
      const { client } = await stage(t, false, silent, (given) => withRules(given, { requestTimeout }));
      const stream = call(client, "/shop.Greeter/Greet", { "grpc-timeout": timeout });
      stream.end(message("Ada"));
      stream.resume();
      assert.equal((await statusOf(stream)).status, status);
    });
  }
});

/** What the backend is told of the deadline. */
async function told(t: TestContext, headers: Record<string, string>, change = same): Promise<IncomingHttpHeaders> {
  const seen = Promise.withResolvers<IncomingHttpHeaders>();
  const { client } = await stage(
    t,
    false,
    async (stream, _path, got) => {
      seen.resolve(got);
      answer(stream, 0);
      stream.end();
    },
    change,
  );
  const stream = call(client, "/shop.Greeter/Greet", headers);
  stream.end(message("Ada"));
  stream.resume();
  await once(stream, "close");
  return seen.promise;
}

describe("the backend is told of the time that is left", () => {
  const rows: [name: string, given: string, change: (given: Snapshot) => Snapshot, passedOn: string][] = [
    ["as the client said, where nothing is lost", "5S", same, "5S"],
    ["the most that can be said", "99999999H", same, "99999999H"],
    ["what the route leaves", "5S", (given) => withRules(given, { requestTimeout: 2_000 }), "2000000u"],
    ["what an attempt may take", "5S", (given) => withRules(given, { backendTimeout: 90 }), "90000000n"],
    ["less than the route has", "1S", (given) => withRules(given, { requestTimeout: 2_000 }), "1S"],
  ];
  for (const [name, given, change, passedOn] of rows) {
    test(`${name}: ${passedOn}`, async (t) => {
      assert.equal((await told(t, { "grpc-timeout": given }, change))["grpc-timeout"], passedOn);
    });
  }

  test("what a filter leaves that made the call wait", async (t) => {
    const clock = manualClock();
    const wait = pending();
    const seen = Promise.withResolvers<IncomingHttpHeaders>();
    const { client } = await stage(
      t,
      false,
      async (stream, _path, headers) => {
        seen.resolve(headers);
        answer(stream, 0);
        stream.end();
      },
      (given) => ({ ...withRules(given, { plugins: ["a"] }), plugins: new Map([["a", plugin("a")]]) }),
      { clock, slots: slotsOf({ a: { onRequest: () => ({ kind: "wait", settle: wait.settle }) } }) },
    );
    const stream = call(client, "/shop.Greeter/Greet", { "grpc-timeout": "5S" });
    stream.end(message("Ada"));
    stream.resume();
    await wait.awaited;
    clock.advance(1_500);
    wait.resolve(NEXT);
    assert.equal((await seen.promise)["grpc-timeout"], "3500000u");
  });

  test("nothing where it does not say, and what is no gRPC is none of ours", async (t) => {
    assert.equal((await told(t, {}))["grpc-timeout"], undefined);
    const web = { "content-type": "application/json", "grpc-timeout": "soon" };
    assert.equal((await told(t, web))["grpc-timeout"], "soon");
  });
});

test("a filter that makes a call wait past its deadline: the backend never sees it", async (t) => {
  let reached = 0;
  const { client } = await stage(
    t,
    false,
    async () => {
      reached += 1;
    },
    (given) => ({ ...withRules(given, { plugins: ["a"] }), plugins: new Map([["a", plugin("a")]]) }),
    { slots: slotsOf({ a: { onRequest: () => ({ kind: "wait", settle: pending().settle }) } }) },
  );
  const stream = call(client, "/shop.Greeter/Greet", { "grpc-timeout": "60m" });
  stream.end(message("Ada"));
  stream.resume();
  assert.equal((await statusOf(stream)).status, "4");
  assert.equal(reached, 0);
});

test("a filter on whose way the route's time passes, not the client's: the route's is blamed", async (t) => {
  const clock = manualClock();
  const slow = () => {
    clock.advance(70);
    return NEXT;
  };
  const { client, log } = await stage(
    t,
    false,
    silent,
    (given) => ({
      ...withRules(given, { requestTimeout: 60, plugins: ["a"] }),
      plugins: new Map([["a", plugin("a")]]),
    }),
    { clock, slots: slotsOf({ a: { onRequest: slow } }) },
  );
  const stream = call(client, "/shop.Greeter/Greet", { "grpc-timeout": "5S" });
  stream.end(message("Ada"));
  stream.resume();
  assert.equal((await statusOf(stream)).status, "14");
  const [line] = await log();
  assert.deepEqual([line?.flags, line?.detail], ["UT", "the request did not finish within 60 ms"]);
});

for (const [given, status, flags] of [
  ["0n", "4", "UT"],
  ["00000000S", "4", "UT"],
  ["", "13", "DPE"],
  ["5", "13", "DPE"],
  ["S", "13", "DPE"],
  ["-5S", "13", "DPE"],
  ["+5S", "13", "DPE"],
  ["5s", "13", "DPE"],
  ["5 S", "13", "DPE"],
  ["1.5S", "13", "DPE"],
  ["0x5S", "13", "DPE"],
  ["123456789S", "13", "DPE"],
  [["5S", "5S"], "13", "DPE"],
] as const) {
  test(`${JSON.stringify(given)}: ${status}, and nothing goes on`, async (t) => {
    let reached = 0;
    const { client, log, proxy } = await stage(t, false, async () => {
      reached += 1;
    });
    const stream = call(client, "/shop.Greeter/Greet", { "grpc-timeout": given });
    stream.end(message("Ada"));
    stream.resume();
    assert.equal((await statusOf(stream)).status, status);
    const [line] = await log();
    assert.equal(line?.flags, flags);
    assert.equal(reached, 0);
    const counted = /heddle_refused_total\{detail="grpc_timeout"\} 1/.test(proxy.metrics.expose());
    assert.equal(counted, flags === "DPE");
  });
}

test("what is written is read as no more than was meant, and little less", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 3.6e14, noNaN: true }), (milliseconds) => {
      const text = grpcTimeoutText(milliseconds);
      assert.match(text, /^[1-9][0-9]{0,7}[HMSmun]$/);
      const read = parseGrpcTimeout(text) as number;
      assert.ok(read <= milliseconds * (1 + 1e-9), `${read} of ${milliseconds}`);
      assert.ok(read >= milliseconds * 0.9983 - 1e-6, `${read} of ${milliseconds}`);
    }),
  );
});
