import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect as connectPlain, createServer, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { Certificate } from "../../../runtime/http/inbound.ts";
import { createTlsFront, type TlsFront, type TlsFrontOptions } from "../../../runtime/http/tls/tls-front.ts";
import { manualClock } from "../../../runtime/telemetry/clock.ts";
import { createWheel } from "../../../runtime/telemetry/wheel.ts";
import { certificateFor } from "../../certificates.ts";
import { ownTime } from "../../own-time.ts";
import { PATIENCE_OF_OTHERS } from "../../wire/probe.ts";

const A = certificateFor(["a.test"]);
const WILD = certificateFor(["*.b.test"]);
const ANY = certificateFor(["any.test"]);

interface Stand {
  readonly port: number;
  readonly front: TlsFront;
  readonly faults: string[];
  readonly sockets: Socket[];
  readonly certificates: Map<string | undefined, Certificate>;
  readonly clock: ReturnType<typeof manualClock>;
  turn(milliseconds: number): void;
}

/** A front behind a listening socket; what is secured answers with its protocol and the name that was asked for. */
async function stand(t: TestContext, options: Partial<TlsFrontOptions> = {}): Promise<Stand> {
  const certificates = new Map<string | undefined, Certificate>([
    ["a.test", A],
    ["x.b.test", WILD],
    [undefined, ANY],
  ]);
  const clock = manualClock();
  const wheel = createWheel({ clock });
  const faults: string[] = [];
  const sockets: Socket[] = [];
  const front = createTlsFront({
    termination: { certificateFor: (name) => certificates.get(name) },
    wheel,
    handshakeTimeout: 10_000,
    ready: (socket, protocol) => socket.end(`${protocol} ${socket.servername}`),
    failed: (detail) => faults.push(detail),
    ...options,
  });
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.push(socket);
    front.accept(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    wheel.stop();
  });
  const turn = (milliseconds: number) => {
    clock.advance(milliseconds);
    wheel.turn();
  };
  return { port: (server.address() as AddressInfo).port, front, faults, sockets, certificates, clock, turn };
}

interface Shown {
  readonly text: string;
  readonly names: string | undefined;
  readonly protocol: string | null;
  readonly resumed: boolean;
}

/** Shakes hands and reads to the end. */
async function visit(port: number, options: ConnectionOptions = {}): Promise<Shown> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(socket, "secureConnect");
  const names = socket.getPeerX509Certificate()?.subjectAltName;
  const [protocol, resumed] = [socket.getProtocol(), socket.isSessionReused()];
  await once(socket, "close");
  return { text, names, protocol, resumed };
}

/** Another client while something hostile goes on: it is served, and in time. */
async function visitMeanwhile(port: number): Promise<void> {
  const began = ownTime();
  assert.equal((await visit(port)).text, "http/1.1 false");
  const took = ownTime() - began;
  assert.ok(took <= PATIENCE_OF_OTHERS, `another client waited ${took} ms`);
}

/** Waits until the front has heard of so many connections. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("the certificate is that of the name that the client asks for", () => {
  const cases: [name: string, options: ConnectionOptions, names: string, servername: string][] = [
    ["exact", { servername: "a.test" }, "DNS:a.test", "a.test"],
    ["in upper case", { servername: "A.TEST" }, "DNS:a.test", "A.TEST"],
    ["wildcard", { servername: "x.b.test" }, "DNS:*.b.test", "x.b.test"],
    ["none asked for", {}, "DNS:any.test", "false"],
  ];
  for (const [name, options, names, servername] of cases) {
    test(name, async (t) => {
      const { port } = await stand(t);
      assert.deepEqual(await visit(port, options), {
        text: `http/1.1 ${servername}`,
        names,
        protocol: "TLSv1.3",
        resumed: false,
      });
    });
  }

  test("a name that has none: the connection is closed", async (t) => {
    const { port, faults, front } = await stand(t);
    await assert.rejects(visit(port, { servername: "nobody.test" }), /disconnected/i);
    await until(() => faults.length > 0);
    assert.deepEqual([faults, front.handshakes], [["tls_server_name"], 0]);
  });

  test("no name, and no certificate for that", async (t) => {
    const { port, certificates } = await stand(t);
    certificates.delete(undefined);
    await assert.rejects(visit(port), /alert|handshake/i);
    assert.equal((await visit(port, { servername: "a.test" })).names, "DNS:a.test");
  });

  test("another certificate counts from the next handshake on, and the connections that there are stay", async (t) => {
    let kept: TLSSocket | undefined;
    const { port, certificates } = await stand(t, {
      ready(socket) {
        if (kept === undefined) kept = socket;
        else socket.end("next");
      },
    });
    const first = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, servername: "a.test" });
    await once(first, "secureConnect");
    certificates.set("a.test", WILD);
    certificates.set(undefined, A);
    assert.equal((await visit(port, { servername: "a.test" })).names, "DNS:*.b.test");
    assert.equal((await visit(port)).names, "DNS:a.test");
    await until(() => kept !== undefined);
    kept?.end("still here");
    const [chunk] = (await once(first, "data")) as [Buffer];
    assert.equal(String(chunk), "still here");
  });
});

describe("the protocol", () => {
  test("ALPN: h2 before http/1.1, http/1.1 without", async (t) => {
    const { port } = await stand(t);
    const spoken = async (protocols: string[] | undefined) =>
      (await visit(port, { servername: "a.test", ...(protocols ? { ALPNProtocols: protocols } : {}) })).text;
    assert.equal(await spoken(["http/1.1", "h2"]), "h2 a.test");
    assert.equal(await spoken(["http/1.1"]), "http/1.1 a.test");
    assert.equal(await spoken(undefined), "http/1.1 a.test");
  });

  test("none that both speak: no_application_protocol", async (t) => {
    const { port, faults } = await stand(t);
    await assert.rejects(visit(port, { ALPNProtocols: ["h3"] }), /no application protocol/i);
    await until(() => faults.length > 0);
    assert.deepEqual(faults, ["tls_no_application_protocol"]);
  });

  test("TLS 1.2 with forward secrecy, nothing older, no CBC", async (t) => {
    const { port } = await stand(t);
    assert.equal((await visit(port, { maxVersion: "TLSv1.2" })).protocol, "TLSv1.2");
    await assert.rejects(visit(port, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }));
    await assert.rejects(visit(port, { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA" }));
  });

  test("a client that asks for renegotiation gets none", async (t) => {
    const { port } = await stand(t, { ready: (socket) => socket.resume() });
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, maxVersion: "TLSv1.2" });
    await once(socket, "secureConnect");
    const answer = new Promise<Error | null>((resolve) => {
      socket.on("error", resolve);
      socket.renegotiate({}, (error) => resolve(error));
    });
    assert.match(String(await answer), /renegotiation/i);
    socket.destroy();
  });

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    test(`a session is resumed by its ticket (${version}), with the same certificate and after a change`, async (t) => {
      const { port, certificates } = await stand(t);
      const options = { servername: "a.test", minVersion: version, maxVersion: version } as const;
      const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
      const [session] = (await once(socket, "session")) as [Buffer];
      socket.resume();
      await once(socket, "close");
      assert.equal((await visit(port, { ...options, session })).resumed, true);
      certificates.set("a.test", { ...A });
      assert.equal((await visit(port, { ...options, session })).resumed, true);
    });
  }
});

describe("hostile and broken handshakes", () => {
  test("D20 one that does not go on is closed after its time, others are served meanwhile", async (t) => {
    const { port, front, faults, turn } = await stand(t);
    const silent = connectPlain(port, "127.0.0.1").on("error", () => {});
    await until(() => front.handshakes === 1);
    turn(9_900);
    await visitMeanwhile(port);
    assert.equal(front.handshakes, 1);
    turn(200);
    await once(silent.resume(), "close");
    assert.deepEqual([faults, front.handshakes], [["tls_timeout"], 0]);
  });

  test("D20 of too many half-open handshakes the oldest give way", async (t) => {
    const { port, front, faults } = await stand(t, { handshakes: 20 });
    const silent: Socket[] = [];
    for (let i = 0; i < 50; i += 1) silent.push(connectPlain(port, "127.0.0.1").on("error", () => {}));
    t.after(() => silent.forEach((socket) => void socket.destroy()));
    await until(() => faults.length === 30);
    assert.equal(front.handshakes, 20);
    await visitMeanwhile(port);
    assert.equal(front.handshakes, 19);
  });

  test("records of one byte of payload: served", async (t) => {
    const { port } = await stand(t, { ready: (socket) => socket.pipe(socket) });
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    for (const byte of "hello") socket.write(byte);
    socket.end();
    let text = "";
    for await (const chunk of socket) text += chunk;
    assert.equal(text, "hello");
  });

  const broken: [name: string, bytes: string | Buffer, detail: string][] = [
    ["L10 HTTP in clear text", "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n", "tls_clear_text"],
    ["L10 the preface of HTTP/2 in clear text", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "tls_clear_text"],
    ["a record that is longer than any", Buffer.from("160301ffff", "hex"), "tls_handshake"],
    ["data before the handshake", Buffer.from("170303000101", "hex"), "tls_handshake"],
    ["an alert before the handshake", Buffer.from("15030300020228", "hex"), "tls_handshake"],
    ["L07 a server name of 300 bytes", clientHello(Buffer.alloc(300, "a")), "tls_handshake"],
    ["L07 a server name with a NUL", clientHello(Buffer.from("a\0.test")), "tls_handshake"],
  ];
  for (const [name, bytes, detail] of broken) {
    test(`${name}: closed, and others are served`, async (t) => {
      const { port, faults } = await stand(t);
      const socket = connectPlain(port, "127.0.0.1").on("error", () => {});
      socket.write(bytes);
      socket.resume();
      await once(socket, "close");
      assert.deepEqual(faults, [detail]);
      await visitMeanwhile(port);
    });
  }

  test("a client that leaves in its handshake is no fault", async (t) => {
    const { port, faults, front, sockets } = await stand(t);
    const socket = connectPlain(port, "127.0.0.1");
    await until(() => front.handshakes === 1);
    socket.resetAndDestroy();
    await once(sockets[0] as Socket, "close");
    assert.deepEqual([faults, front.handshakes], [[], 0]);
  });

  test("close: what is half open is cut", async (t) => {
    const { port, front } = await stand(t);
    const socket = connectPlain(port, "127.0.0.1").on("error", () => {});
    await until(() => front.handshakes === 1);
    front.close();
    await once(socket.resume(), "close");
    assert.equal(front.handshakes, 0);
  });
});

/** As little of a ClientHello (RFC 8446 4.1.2) as reaches the check of its server name. */
function clientHello(name: Buffer): Buffer {
  const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);
  const sized = (content: Buffer) => Buffer.concat([u16(content.length), content]);
  const sni = Buffer.concat([u16(0), sized(sized(Buffer.concat([Buffer.from([0]), sized(name)])))]);
  const groups = Buffer.concat([u16(10), sized(sized(u16(0x1d)))]);
  const signatures = Buffer.concat([u16(13), sized(sized(u16(0x0403)))]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0]),
    sized(u16(0xc02b)),
    Buffer.from([1, 0]),
    sized(Buffer.concat([sni, groups, signatures])),
  ]);
  const handshake = Buffer.concat([Buffer.from([1, 0]), u16(body.length), body]);
  return Buffer.concat([Buffer.from([22, 3, 1]), sized(handshake)]);
}
