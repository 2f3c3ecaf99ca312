import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { Agent, get, request } from "node:https";
import { describe, type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { loadFiles } from "../../runtime/config/load.ts";
import { createProxy } from "../../runtime/proxy/proxy.ts";
import { type AccessRecord, createAccessLog } from "../../runtime/telemetry/access-log.ts";
import { certificateFor, type TestCertificate } from "../certificates.ts";
import { freePort } from "../free-port.ts";
import { upstream } from "./fixture.ts";

const A = certificateFor(["a.test"]);
const NEXT = certificateFor(["a.test", "next.test"]);
const B = certificateFor(["*.b.test"]);
const ANY = certificateFor(["any.test"]);

const secret = (name: string, { chain, key }: TestCertificate) => ({
  ...{ apiVersion: "v1", kind: "Secret", metadata: { name }, type: "kubernetes.io/tls" },
  stringData: { "tls.crt": chain, "tls.key": key },
});

const listener = (port: number, name: string, hostname?: string) => ({
  ...{ name, port, hostname, protocol: "HTTPS" },
  tls: { certificateRefs: [{ name }] },
});

/** Three listeners on one port, a route on each, one backend. */
function documents(port: number, backend: number, a: TestCertificate = A): object[] {
  const listeners = [listener(port, "any"), listener(port, "a", "a.test"), listener(port, "b", "*.b.test")];
  const route = (sectionName: string) => ({
    ...{ apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: { name: sectionName } },
    spec: {
      parentRefs: [{ name: "gw", sectionName }],
      rules: [{ matches: [{ path: { value: `/${sectionName}` } }], backendRefs: [{ name: "app", port: 80 }] }],
    },
  });
  return [
    {
      ...{ apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata: { name: "gw" } },
      spec: { gatewayClassName: "heddle", addresses: [{ value: "127.0.0.1" }], listeners },
    },
    ...[route("any"), route("a"), route("b")],
    ...[secret("any", ANY), secret("a", a), secret("b", B)],
    { apiVersion: "v1", kind: "Service", metadata: { name: "app" }, spec: { ports: [{ port: 80 }] } },
    {
      ...{ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", addressType: "IPv4" },
      metadata: { name: "app-1", labels: { "kubernetes.io/service-name": "app" } },
      ...{ endpoints: [{ addresses: ["127.0.0.1"] }], ports: [{ port: backend }] },
    },
  ];
}

function load(given: readonly object[]) {
  const text = given.map((each) => JSON.stringify(each)).join("\n---\n");
  const loaded = loadFiles([{ file: "mesh.yaml", folder: "/nowhere", content: { ok: true, text } }]);
  assert.deepEqual([loaded.rejected, loaded.snapshot.warnings], [[], []]);
  return loaded.snapshot;
}

async function stand(t: TestContext) {
  const seen: IncomingMessage[] = [];
  const backend = await upstream(t, (message, response) => {
    seen.push(message);
    response.end("hello");
  });
  const port = await freePort();
  const lines: AccessRecord[] = [];
  const write = (text: string) =>
    lines.push(
      ...text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    );
  const accessLog = createAccessLog({ sink: { write } });
  const proxy = await createProxy({
    ...{ snapshot: load(documents(port, backend)), slots: () => undefined, accessLog },
    admin: { port: 0 },
  });
  t.after(() => proxy.close());
  const apply = (given: object[]) => proxy.apply(load(given));
  const log = async () => {
    while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return lines;
  };
  return { proxy, port, backend, seen, apply, log };
}

interface Asked {
  readonly servername?: string;
  readonly host: string;
  readonly path: string;
}

async function ask(port: number, { servername = "", host, path }: Asked): Promise<{ status: number; names: string }> {
  const options = { port, host: "127.0.0.1", path, servername, rejectUnauthorized: false, agent: false };
  const asked = get({ ...options, headers: { host } });
  const [response] = (await once(asked, "response")) as [IncomingMessage & { socket: import("node:tls").TLSSocket }];
  const names = response.socket.getPeerX509Certificate()?.subjectAltName ?? "";
  await response.toArray();
  return { status: response.statusCode ?? 0, names };
}

describe("listeners on one port", () => {
  const rows: [asked: Asked, status: number, names: string][] = [
    [{ servername: "a.test", host: "a.test", path: "/a" }, 200, "DNS:a.test"],
    [{ servername: "a.test", host: "A.TEST:443", path: "/a" }, 200, "DNS:a.test"],
    [{ servername: "x.b.test", host: "x.b.test", path: "/b" }, 200, "DNS:*.b.test"],
    [{ servername: "x.b.test", host: "y.b.test", path: "/b" }, 200, "DNS:*.b.test"],
    [{ servername: "other.test", host: "other.test", path: "/any" }, 200, "DNS:any.test"],
    [{ host: "other.test", path: "/any" }, 200, "DNS:any.test"],
    // Listener isolation: routes of another listener are not fallen back to.
    [{ servername: "a.test", host: "a.test", path: "/any" }, 404, "DNS:a.test"],
    // U22
    [{ servername: "a.test", host: "x.b.test", path: "/b" }, 421, "DNS:a.test"],
    [{ servername: "x.b.test", host: "a.test", path: "/a" }, 421, "DNS:*.b.test"],
    [{ servername: "a.test", host: "other.test", path: "/any" }, 421, "DNS:a.test"],
    [{ host: "a.test", path: "/a" }, 421, "DNS:any.test"],
  ];
  for (const [asked, status, names] of rows) {
    test(`SNI ${asked.servername ?? "none"}, Host ${asked.host}, ${asked.path}: ${status}`, async (t) => {
      const { port } = await stand(t);
      assert.deepEqual(await ask(port, asked), { status, names });
    });
  }

  test("over HTTP/2 as well; the log says which", async (t) => {
    const { port, log } = await stand(t);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { servername: "a.test", rejectUnauthorized: false });
    t.after(() => session.destroy());
    const stream = session.request({ ":path": "/b", ":authority": "x.b.test" });
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    assert.equal(headers[":status"], 421);
    const [line] = await log();
    assert.deepEqual([line?.status, line?.detail, line?.protocol], [421, "misdirected", "HTTP/2"]);
  });
});

test("the backend hears of https", async (t) => {
  const { port, seen } = await stand(t);
  await ask(port, { servername: "a.test", host: "a.test", path: "/a" });
  assert.deepEqual([seen[0]?.headers["x-forwarded-proto"], seen[0]?.headers["x-forwarded-host"]], ["https", "a.test"]);
});

test("L06 a certificate is changed under load: nothing fails, connections stay, the next handshake shows it", async (t) => {
  const { port, backend, apply } = await stand(t);
  const kept = new Agent({ keepAlive: true, maxSockets: 2, rejectUnauthorized: false, servername: "a.test" });
  t.after(() => kept.destroy());
  let [running, done] = [true, 0];
  const load = async () => {
    while (running) {
      const asked = request({ port, host: "127.0.0.1", path: "/a", agent: kept, headers: { host: "a.test" } }).end();
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      await response.toArray();
      assert.equal(response.statusCode, 200);
      done += 1;
    }
  };
  const loads = [load(), load()];
  for (let i = 0; i < 20; i += 1) {
    const certificate = i % 2 === 0 ? NEXT : A;
    await apply(documents(port, backend, certificate));
    const { names } = await ask(port, { servername: "a.test", host: "a.test", path: "/a" });
    assert.equal(names, certificate === NEXT ? "DNS:a.test, DNS:next.test" : "DNS:a.test");
  }
  running = false;
  await Promise.all(loads);
  assert.ok(done > 10);
});

test("a listener that loses its certificate refuses handshakes, and is back with it", async (t) => {
  const { port, proxy, backend } = await stand(t);
  const asked = { servername: "a.test", host: "a.test", path: "/a" };
  const without = structuredClone(proxy.snapshot.listeners).map((each) =>
    each.hostname === "a.test" ? { ...each, tls: { certificates: [] } } : each,
  );
  await proxy.apply({ ...proxy.snapshot, listeners: without });
  await assert.rejects(ask(port, asked));
  assert.equal((await ask(port, { servername: "x.b.test", host: "x.b.test", path: "/b" })).status, 200);
  await proxy.apply(load(documents(port, backend)));
  assert.equal((await ask(port, asked)).status, 200);
});

test("a port turns from TLS to clear text and back", async (t) => {
  const { port, proxy, backend } = await stand(t);
  const clear = proxy.snapshot.listeners.map((each) => ({ ...each, tls: undefined }));
  await proxy.apply({ ...proxy.snapshot, listeners: clear });
  assert.equal((await fetch(`http://127.0.0.1:${port}/any`)).status, 200);
  await proxy.apply(load(documents(port, backend)));
  assert.equal((await ask(port, { host: "x.test", path: "/any" })).status, 200);
});

test("HTTP in clear text on the port is a line in the log and counted", async (t) => {
  const { port, proxy, log } = await stand(t);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/any`));
  const [line] = await log();
  assert.deepEqual([line?.status, line?.detail], [0, "tls_clear_text"]);
  assert.match(proxy.metrics.expose(), /heddle_refused_total\{detail="tls_clear_text"\} 1/);
});

test("/config names the certificates and shows no key", async (t) => {
  const { proxy } = await stand(t);
  const text = await (await fetch(`${proxy.adminUrl}/config`)).text();
  assert.match(text, /"default\/a"/);
  assert.doesNotMatch(text, /PRIVATE KEY|BEGIN/);
  assert.doesNotMatch(text, new RegExp(A.key.split("\n")[1]?.replaceAll("+", "\\+") ?? "x"));
});

test("drain: connections end with the response that runs, half-open handshakes end too", async (t) => {
  const { port, proxy } = await stand(t);
  const socket = connect({ port, host: "127.0.0.1", servername: "a.test", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const closed = once(socket.resume(), "close");
  await proxy.drain();
  await closed;
});
