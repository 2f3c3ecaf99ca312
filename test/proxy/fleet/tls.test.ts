import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import type { Snapshot } from "../../../runtime/config/snapshot.ts";
import { certificateFor } from "../../certificates.ts";
import { LISTENER, snapshot } from "../fixture.ts";
import { backend, startCrew } from "./crew.ts";

const HOST = "a.test";

function secured(given: Snapshot, { chain, key }: { chain: string; key: string }): Snapshot {
  const tls = { certificates: [{ name: "test/a", chain, key, hosts: [HOST], notAfter: Date.now() + 60_000 }] };
  return { ...given, listeners: given.listeners.map((listener) => ({ ...listener, tls })) };
}

/** A request over a connection of its own. */
async function ask(port: number, ca: string, session?: Buffer) {
  const socket: TLSSocket = connect({
    ...{ port, host: "127.0.0.1", servername: HOST, ca, maxVersion: "TLSv1.2" },
    ...(session && { session }),
  });
  await once(socket, "secureConnect");
  const reused = socket.isSessionReused();
  socket.write(`GET / HTTP/1.1\r\nhost: ${HOST}\r\nconnection: close\r\n\r\n`);
  const kept = socket.getSession();
  let text = "";
  for await (const chunk of socket) text += chunk;
  return { status: text.slice(9, 12), reused, session: kept };
}

test("every thread shows the same certificates, resumes a session of another one, and learns of new ones", async (t) => {
  const [first, next] = [certificateFor([HOST]), certificateFor([HOST])];
  const given = snapshot({ clusters: { "test/app:80": [await backend(t)] } });
  const { fleet } = await startCrew(t, 2, secured(given, first));
  const { port } = fleet.address(LISTENER);
  const { status, session } = await ask(port, first.chain);
  assert.equal(status, "200");
  for (let i = 0; i < 12; i += 1) {
    const again = await ask(port, first.chain, session);
    assert.deepEqual([again.status, again.reused], ["200", true]);
  }
  await fleet.apply({ ...secured(given, next), generation: 2 });
  for (let i = 0; i < 8; i += 1) assert.equal((await ask(port, next.chain)).status, "200");
});
