import assert from "node:assert/strict";
import { once } from "node:events";
import { constants, type IncomingHttpHeaders } from "node:http2";
import { describe, test } from "node:test";
import type { Snapshot } from "../../runtime/config/snapshot.ts";
import { backend } from "./fixture.ts";
import { answer, call, HEAD, message, messages, type Service, stage, statusOf, withRules } from "./grpc-stage.ts";

for (const secure of [false, true]) {
  describe(secure ? "gRPC over TLS" : "gRPC by prior knowledge", () => {
    test("unary, also with a subtype of the content", async (t) => {
      const { client } = await stage(t, secure, async (stream) => {
        answer(stream, 0, "fine");
        for await (const each of messages(stream)) stream.write(message(`hello ${each}`));
        stream.end();
      });
      const stream = call(client, "/shop.Greeter/Greet");
      stream.end(message("Ada"));
      const status = statusOf(stream);
      const [reply] = await Array.fromAsync(messages(stream));
      assert.equal(String(reply), "hello Ada");
      assert.deepEqual(await status, { status: "0", text: "fine", trailersOnly: false });
    });

    test("trailers only", async (t) => {
      const { client } = await stage(t, secure, async (stream) => {
        stream.respond({ ...HEAD, "grpc-status": "5", "grpc-message": "no such thing" }, { endStream: true });
      });
      const stream = call(client, "/shop.Greeter/Greet");
      stream.end(message("Ada"));
      stream.resume();
      assert.deepEqual(await statusOf(stream), { status: "5", text: "no such thing", trailersOnly: true });
    });

    test("both ways at once: each message is answered before the next, the client's end comes through", async (t) => {
      const { client } = await stage(t, secure, async (stream) => {
        answer(stream, 0);
        let count = 0;
        for await (const each of messages(stream)) {
          count += 1;
          stream.write(message(`${each}!`));
        }
        stream.end(message(`${count} in all`));
      });
      const stream = call(client, "/shop.Greeter/Chat");
      const status = statusOf(stream);
      const replies: string[] = [];
      stream.write(message("m0"));
      for await (const each of messages(stream)) {
        replies.push(String(each));
        if (replies.length < 20) stream.write(message(`m${replies.length}`));
        else if (replies.length === 20) stream.end();
      }
      assert.deepEqual(replies, [...Array.from({ length: 20 }, (_, index) => `m${index}!`), "20 in all"]);
      assert.equal((await status).status, "0");
    });

    test("a large stream that is read slowly comes whole, and stops the backend meanwhile", async (t) => {
      const total = 24;
      const large = Buffer.alloc(262_144, "0123456789abcdef!");
      let written = 0;
      const { client } = await stage(t, secure, async (stream) => {
        answer(stream, 0);
        stream.resume();
        for (; written < total; written += 1) if (!stream.write(message(large))) await once(stream, "drain");
        stream.end();
      });
      const stream = call(client, "/shop.Files/Get");
      stream.end(message("all"));
      const status = statusOf(stream);
      let read = 0;
      for await (const each of messages(stream)) {
        assert.ok(each.equals(large));
        read += 1;
        if (read === 1) assert.ok(written < total, "nothing held the backend back");
      }
      assert.equal(read, total);
      assert.equal((await status).status, "0");
    });

    test("a large upload that is read slowly stops the client meanwhile", async (t) => {
      const large = Buffer.alloc(262_144, "0123456789abcdef!");
      const { client } = await stage(t, secure, async (stream) => {
        let bytes = 0;
        for await (const each of messages(stream)) bytes += each.length;
        answer(stream, 0);
        stream.end(message(String(bytes)));
      });
      const stream = call(client, "/shop.Files/Put");
      const status = statusOf(stream);
      for (let i = 0; i < 16; i += 1) if (!stream.write(message(large))) await once(stream, "drain");
      stream.end();
      const [reply] = await Array.fromAsync(messages(stream));
      assert.equal(String(reply), String(16 * large.length));
      assert.equal((await status).status, "0");
    });

    test("a client that cancels: the backend's stream is reset", async (t) => {
      const cancelled = Promise.withResolvers<number>();
      const { client, log } = await stage(t, secure, async (stream) => {
        stream.once("close", () => cancelled.resolve(stream.rstCode));
        answer(stream, 0);
        stream.write(message("first"));
        stream.resume();
      });
      const stream = call(client, "/shop.Greeter/Watch");
      await once(stream, "data");
      stream.close(constants.NGHTTP2_CANCEL);
      assert.notEqual(await cancelled.promise, constants.NGHTTP2_NO_ERROR);
      assert.equal((await log())[0]?.flags, "DC");
    });
  });
}

describe("what we say ourselves is said in gRPC's terms", () => {
  const never: Service = () => Promise.resolve();
  const cases: [name: string, change: (given: Snapshot) => Snapshot, status: string, text: string, flags: string][] = [
    ["no route", (given) => withRules(given, { path: "/other" }), "12", "no route matches", "NR"],
    [
      "a backend that does not exist",
      (given) => withRules(given, { invalid: "gone" }),
      "2",
      "the route has no usable backend",
      "NC",
    ],
    [
      "no endpoint",
      (given) =>
        withRules({ ...given, clusters: new Map() }, { backends: [backend("test/none:80", { invalid: "x" })] }),
      "2",
      "the route has no usable backend",
      "NC",
    ],
    [
      "no connection",
      (given) => ({ ...given, clusters: unreachable(given) }),
      "14",
      "the backend could not be reached",
      "UF",
    ],
    [
      "a deadline of the route",
      (given) => withRules(given, { requestTimeout: 40 }),
      "14",
      "the backend took too long",
      "UT",
    ],
  ];
  for (const [name, change, status, text, flags] of cases) {
    test(`${name}: ${status}, ${text}`, async (t) => {
      const { client, log } = await stage(t, false, never, change);
      const stream = call(client, "/shop.Greeter/Greet", { "content-type": "application/grpc+proto" });
      stream.write(message("Ada"));
      stream.resume();
      assert.deepEqual(await statusOf(stream), { status, text, trailersOnly: true });
      assert.equal((await log())[0]?.flags, flags);
    });
  }

  test("others get HTTP: gRPC-Web, JSON", async (t) => {
    const { client } = await stage(t, false, never, (given) => withRules(given, { path: "/other" }));
    for (const type of ["application/grpc-web", "application/json"]) {
      const stream = call(client, "/", { "content-type": type });
      stream.end("{}");
      const [head] = (await once(stream, "response")) as [IncomingHttpHeaders];
      assert.deepEqual([head[":status"], head["grpc-status"]], [404, undefined]);
      stream.resume();
    }
  });
});

/** Endpoints where nothing listens. */
function unreachable(given: Snapshot): Snapshot["clusters"] {
  const closed = [{ address: "127.0.0.1", port: 1, ready: true }];
  return new Map([...given.clusters].map(([name, cluster]) => [name, { ...cluster, endpoints: closed }]));
}
