import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { TLSSocket } from "node:tls";
import type { Dial } from "../../../runtime/http/dial.ts";
import { secureDial } from "../../../runtime/http/tls/secure-dial.ts";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { authority, certificateFor } from "../../certificates.ts";
import { rawUpstream } from "../../proxy/fixture.ts";
import { secureUpstream, trusting } from "../../proxy/secure-upstream.ts";

const HOUR = 3_600_000;
const CA = authority("Test CA");

function dialTo(port: number, now = Date.now()) {
  const clock = manualClock(now);
  return { clock, dial: secureDial({ host: "127.0.0.1", port }, trusting(CA), "http/1.1", clock) };
}

/** One request on a connection of its own, so that its endpoint has handed out a session; whether it went on with one. */
async function ask(t: TestContext, dial: Dial): Promise<boolean> {
  const socket = dial.open() as TLSSocket;
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  const reused = socket.isSessionReused();
  socket.write("GET / HTTP/1.1\r\nhost: app.test\r\nconnection: close\r\n\r\n");
  await once(socket.resume(), "close");
  return reused;
}

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`${version}: a session is over when the certificate that was verified for it expires`, async (t) => {
    const now = Date.now();
    const app = await secureUpstream(t, certificateFor(["app.test"], { issuer: CA, notAfter: now + HOUR }), {
      ...{ protocols: ["http/1.1"], minVersion: version, maxVersion: version },
    });
    const { dial, clock } = dialTo(app.port, now);
    assert.deepEqual([await ask(t, dial), await ask(t, dial)], [false, true]);
    clock.advance(HOUR - 2_000);
    assert.equal(await ask(t, dial), true);
    clock.advance(2_000);
    assert.deepEqual([await ask(t, dial), await ask(t, dial)], [false, false]);
  });

  test(`${version}: a session that its endpoint cannot bear is forgotten, and the next connection begins anew`, async (t) => {
    const app = await secureUpstream(t, certificateFor(["app.test"], { issuer: CA }), {
      ...{ protocols: ["http/1.1"], minVersion: version, maxVersion: version },
    });
    let isPicky = false;
    const port = await rawUpstream(t, (socket) => {
      socket.once("data", (hello: Buffer) => {
        if (isPicky && resumes(hello)) socket.end(HANDSHAKE_FAILURE);
        else join(t, socket, app.port, hello);
      });
    });
    const { dial } = dialTo(port);
    assert.deepEqual([await ask(t, dial), await ask(t, dial)], [false, true]);
    isPicky = true;
    await assert.rejects(ask(t, dial), /handshake failure/);
    assert.equal(await ask(t, dial), false);
  });
}

/** A fatal alert (RFC 8446 6.2). */
const HANDSHAKE_FAILURE = Buffer.from("15030300020228", "hex");

function join(t: TestContext, client: Socket, port: number, first: Buffer): void {
  const server = connect(port, "127.0.0.1");
  t.after(() => server.destroy());
  server.on("error", () => client.destroy());
  server.write(first);
  client.pipe(server).pipe(client);
}

/** Whether a ClientHello has a ticket (RFC 5077) or a key of an earlier session (RFC 8446 4.2.11). */
function resumes(record: Buffer): boolean {
  // Behind the heads of record and message, version and random: session id, ciphers, compression.
  let at = 5 + 4 + 2 + 32;
  at += 1 + record.readUInt8(at);
  at += 2 + record.readUInt16BE(at);
  at += 1 + record.readUInt8(at);
  const end = at + 2 + record.readUInt16BE(at);
  for (at += 2; at < end; at += 4 + record.readUInt16BE(at + 2)) {
    const [type, length] = [record.readUInt16BE(at), record.readUInt16BE(at + 2)];
    if (type === 41 || (type === 35 && length > 0)) return true;
  }
  return false;
}
