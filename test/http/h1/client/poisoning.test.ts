import assert from "node:assert/strict";
import { test } from "node:test";
import { randomNumbers } from "../head/mutation.ts";
import { Heard, origin, pool, send } from "./origin.ts";

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
