import assert from "node:assert/strict";
import { test } from "node:test";
import type { Inbound, Listen } from "../../runtime/http/inbound.ts";
import { createSockets } from "../../runtime/proxy/sockets.ts";
import { snapshot } from "./fixture.ts";

const listener = (port: number) => ({
  ...(snapshot().listeners[0] as ReturnType<typeof snapshot>["listeners"][0]),
  port,
});

test("a socket that was left is let go of once its connections have ended", async () => {
  const events: string[] = [];
  const connections = new Map<number, number>();
  const listen: Listen = async ({ port }) => {
    const inbound: Inbound = {
      address: "127.0.0.1",
      port,
      get connections() {
        return connections.get(port) ?? 0;
      },
      secure() {},
      release: () => void events.push(`release ${port}`),
      drain: () => void events.push(`drain ${port}`),
      close: async () => void events.push(`close ${port}`),
    };
    return inbound;
  };
  const sockets = createSockets({ listen, handlersOf: () => ({ exchange() {}, refused() {} }) });
  connections.set(1, 1);
  for (const port of [1, 2, 3]) await sockets.apply([listener(port)]);
  assert.deepEqual(events, ["release 1", "drain 1", "release 2", "drain 2", "release 3", "close 2"]);
  connections.set(1, 0);
  await sockets.apply([listener(3)]);
  assert.deepEqual(events.slice(6), ["close 1"]);
  await sockets.close();
  assert.deepEqual(events.slice(7), ["close 3"]);
});
