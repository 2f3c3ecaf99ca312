import assert from "node:assert/strict";
import { test } from "node:test";
import { createDial } from "../../../../runtime/http/dial.ts";
import { fieldList } from "../../../../runtime/http/fields.ts";
import { H1Call } from "../../../../runtime/http/h1/client/h1-call.ts";
import { H1Connection } from "../../../../runtime/http/h1/client/h1-connection.ts";
import { OUTBOUND_LIMITS } from "../../../../runtime/http/outbound.ts";
import { manualClock } from "../../../../runtime/telemetry/clock.ts";
import { createWheel } from "../../../../runtime/telemetry/wheel.ts";
import { randomNumbers } from "../head/mutation.ts";
import { Heard, OK, origin, pool, send } from "./origin.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("2,000 requests of sixteen clients at an endpoint that answers twice: each hears its own answer only", async (t) => {
  const random = randomNumbers(5);
  let poisoned = 0;
  const port = await origin(t, (socket) => {
    socket.on("data", async (bytes) => {
      const target = bytes.toString("latin1").split(" ")[1] as string;
      const own = `HTTP/1.1 200 OK\r\ncontent-length: ${target.length}\r\n\r\n${target}`;
      socket.write(own);
      if (random(4) > 0) return;
      poisoned += 1;
      // With the answer, or in the turns in which its connection rests.
      for (let turns = random(3); turns > 0; turns--) await turn();
      if (!socket.destroyed) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil");
    });
  });
  const outbound = pool(t, port, { connections: 24 });
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < 2_000) {
      next += 1;
      const target = `/${next}`;
      const heard = await new Promise<Heard>((resolve) => {
        const one = new Heard();
        // The next request is sent in the very call that ends this one.
        Object.assign(one, { end: () => resolve(one), failed: () => resolve(one) });
        send(outbound, { target }, undefined, one);
      });
      assert.equal(heard.body, target);
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  assert.ok(poisoned > 300);
});

test("bytes that are there before the request went out are no answer; nothing of the request was sent", async (t) => {
  let requests = 0;
  const port = await origin(t, (socket) => {
    socket.on("data", () => {
      requests += 1;
    });
  });
  const wheel = createWheel({ clock: manualClock() });
  t.after(() => wheel.stop());
  const heard = new Heard();
  const gone = new Promise<void>((resolve) => {
    new H1Connection(createDial({ address: "127.0.0.1", port }, "http/1.1"), {
      ...{ limits: OUTBOUND_LIMITS, wheel },
      ready(connection) {
        const request = { method: "POST", target: "/", authority: "a", fields: fieldList(), contentLength: 0 };
        const call = new H1Call({ ...request, upgrade: undefined }, undefined, heard, "POST / HTTP/1.1\r\n\r\n");
        connection.take(call);
        connection.read(Buffer.from(OK), 0, OK.length);
      },
      gone: () => resolve(),
    });
  });
  await heard.over;
  await gone;
  assert.deepEqual([heard.status, heard.failure?.fault, heard.failure?.sent, requests], [0, "reset", false, 0]);
});
