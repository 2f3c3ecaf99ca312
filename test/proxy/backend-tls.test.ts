import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage, type ServerResponse } from "node:http";
import { describe, type TestContext, test } from "node:test";
import type { BackendTls, Cluster } from "../../runtime/config/snapshot.ts";
import { authority, certificateFor, type TestCertificate } from "../certificates.ts";
import { rawUpstream, snapshot, start, upstream } from "./fixture.ts";
import { secureUpstream, trusting } from "./secure-upstream.ts";

const CA = authority("Test CA");
const OTHER_CA = authority("Other CA");
const APP = certificateFor(["app.test"], { issuer: CA });
const DAY = 86_400_000;

interface Wanted {
  readonly tls?: BackendTls;
  readonly protocol?: Cluster["protocol"];
  readonly connectTimeout?: number;
}

const given = (ports: number[], { tls = trusting(CA), protocol = "http1", connectTimeout = 5_000 }: Wanted = {}) =>
  snapshot({ clusters: { "test/app:80": ports }, tls, protocol, connectTimeout });

/** A proxy before these endpoints. */
const front = (t: TestContext, ports: number[], wanted: Wanted = {}) =>
  start(t, given(ports, wanted), { random: () => 0 });

for (const protocol of ["http1", "h2c"] as const) {
  describe(`${protocol} over TLS`, () => {
    test("SNI and ALPN say what is wanted, and the certificate is verified", async (t) => {
      const app = await secureUpstream(t, APP);
      const { url, log } = await front(t, [app.port], { protocol });
      const response = await fetch(`${url}/a?b`);
      assert.deepEqual([response.status, await response.text()], [200, "secure"]);
      const alpn = protocol === "h2c" ? "h2" : "http/1.1";
      assert.deepEqual(app.connections, [{ serverName: "app.test", protocol: alpn, isResumed: false }]);
      assert.equal(app.requests[0]?.url, "/a?b");
      if (protocol === "h2c") assert.equal(app.requests[0]?.scheme, "https");
      const [line] = await log();
      assert.deepEqual([line?.flags, line?.detail], ["-", ""]);
    });

    test("bodies of both directions, with back-pressure", async (t) => {
      const app = await secureUpstream(t, APP, { handler: (request, response) => void request.pipe(response) });
      const { url } = await front(t, [app.port], { protocol });
      const sent = randomBytes(8_000_003);
      const response = await fetch(url, { method: "POST", body: sent });
      const hash = createHash("sha256");
      for await (const chunk of response.body ?? []) {
        hash.update(chunk);
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(hash.digest("hex"), createHash("sha256").update(sent).digest("hex"));
    });

    test("a second connection resumes the session of the first", async (t) => {
      const app = await secureUpstream(t, APP, { handler: hangUp });
      const { url } = await front(t, [app.port], { protocol });
      for (let i = 0; i < 2; i += 1) assert.equal((await fetch(url)).status, 200);
      assert.deepEqual(
        app.connections.map(({ isResumed }) => isResumed),
        [false, true],
      );
    });

    test("no session is resumed of an endpoint that was not verified", async (t) => {
      const wrong = certificateFor(["other.test"], { issuer: CA });
      const app = await secureUpstream(t, wrong, { maxVersion: "TLSv1.2" });
      const { url, log } = await front(t, [app.port], { protocol });
      for (let i = 0; i < 3; i += 1) assert.equal((await fetch(url)).status, 503);
      for (const line of await log(3)) assert.match(line.detail, /^tls_verify: CERT_NAME_MISMATCH/);
      assert.deepEqual(app.requests, []);
      assert.ok(app.connections.every(({ isResumed }) => !isResumed));
    });
  });
}

/** Answers, and wants no other request on this connection. */
function hangUp(
  request: { stream?: { session?: { close(): void } | undefined } },
  response: { setHeader(name: string, value: string): void; end(text: string): void },
): void {
  if (request.stream?.session === undefined) response.setHeader("connection", "close");
  response.end("bye");
  request.stream?.session?.close();
}

const intermediate = authority("Intermediate", { issuer: CA });
const notAuthority = { commonName: "Leaf", ...certificateFor(["leaf.test"], { issuer: CA, commonName: "Leaf" }) };
const past = { notBefore: Date.now() - 2 * DAY, notAfter: Date.now() - DAY };
const future = { notBefore: Date.now() + DAY, notAfter: Date.now() + 2 * DAY };

const uri = "spiffe://mesh.test/app";
const named = (names: BackendTls["names"]): BackendTls => ({ ...trusting(CA), names });
const hostname = (value: string): BackendTls => named([{ type: "Hostname", value }]);
const forUri = named([{ type: "URI", value: uri }]);

describe("L01, L02 whom an endpoint is taken for", () => {
  type Row = [name: string, certificate: TestCertificate, tls: BackendTls, code: string | undefined];
  const rows: Row[] = [
    ["self-signed", certificateFor(["app.test"]), trusting(CA), "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["another authority's", APP, trusting(OTHER_CA), "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["not a public authority's", APP, { ...trusting(CA), trusted: "system" }, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["one of several authorities'", APP, { ...trusting(CA), trusted: [OTHER_CA.chain, CA.chain] }, undefined],
    ["expired", certificateFor(["app.test"], { issuer: CA, ...past }), trusting(CA), "CERT_HAS_EXPIRED"],
    ["not valid yet", certificateFor(["app.test"], { issuer: CA, ...future }), trusting(CA), "CERT_NOT_YET_VALID"],
    [
      "the intermediate is missing",
      certificateFor(["app.test"], { issuer: intermediate }),
      trusting(CA),
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    [
      "the intermediate is there",
      withChain(certificateFor(["app.test"], { issuer: intermediate }), intermediate),
      trusting(CA),
      undefined,
    ],
    [
      "signed by what is no authority",
      withChain(certificateFor(["app.test"], { issuer: notAuthority }), notAuthority),
      trusting(CA),
      "INVALID_PURPOSE",
    ],
    ["another name", certificateFor(["other.test"], { issuer: CA }), trusting(CA), "CERT_NAME_MISMATCH"],
    [
      "only a common name",
      certificateFor([], { issuer: CA, commonName: "app.test" }),
      trusting(CA),
      "CERT_NAME_MISMATCH",
    ],
    ["upper case", certificateFor(["APP.Test"], { issuer: CA }), trusting(CA), undefined],
    ["a wildcard for one label", certificateFor(["*.app.test"], { issuer: CA }), trusting(CA, "x.app.test"), undefined],
    [
      "a wildcard for two labels",
      certificateFor(["*.app.test"], { issuer: CA }),
      trusting(CA, "x.y.app.test"),
      "CERT_NAME_MISMATCH",
    ],
    [
      "a wildcard in a label",
      certificateFor(["a*.my.test"], { issuer: CA }),
      trusting(CA, "app.my.test"),
      "CERT_NAME_MISMATCH",
    ],
    ["a URI that is asked for", certificateFor(["x.test"], { issuer: CA, uris: [uri] }), forUri, undefined],
    ["a longer URI", certificateFor(["app.test"], { issuer: CA, uris: [`${uri}/b`] }), forUri, "CERT_NAME_MISMATCH"],
    [
      "one URI that reads like two names",
      certificateFor(["app.test"], { issuer: CA, uris: [`x, URI:${uri}`] }),
      forUri,
      "CERT_NAME_MISMATCH",
    ],
    ["a host that was not listed", APP, hostname("listed.test"), "CERT_NAME_MISMATCH"],
    [
      "a host of a listed wildcard",
      certificateFor(["b.listed.test"], { issuer: CA }),
      hostname("*.listed.test"),
      undefined,
    ],
    [
      "the suffix of a listed wildcard",
      certificateFor(["listed.test"], { issuer: CA }),
      hostname("*.listed.test"),
      "CERT_NAME_MISMATCH",
    ],
  ];
  for (const [name, certificate, tls, code] of rows) {
    test(`${name}: ${code ?? "taken"}`, async (t) => {
      const app = await secureUpstream(t, certificate);
      const { url, proxy, log } = await front(t, [app.port], { tls });
      const response = await fetch(url);
      if (code === undefined) {
        assert.deepEqual([response.status, await response.text()], [200, "secure"]);
        return;
      }
      assert.equal(response.status, 503);
      assert.deepEqual(await response.json(), { error: "the backend could not be reached", code: 503 });
      const [line] = await log();
      assert.deepEqual([line?.flags, line?.detail], ["UF", `tls_verify: ${code}`]);
      assert.deepEqual(app.requests, []);
      assert.deepEqual(
        proxy.clusters().map(({ ready: [endpoint] }) => [endpoint?.connectFailures, endpoint?.failures]),
        [[1, 1]],
      );
      const counted = /heddle_upstream_tls_failures_total\{backend="test\/app:80",reason="tls_verify"\} 1/;
      assert.match(proxy.metrics.expose(), counted);
    });
  }
});

function withChain(leaf: TestCertificate, ...above: readonly TestCertificate[]): TestCertificate {
  return { key: leaf.key, chain: [leaf, ...above].map(({ chain }) => chain).join("") };
}

describe("no handshake", () => {
  const legacy = { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "ALL@SECLEVEL=0" } as const;
  type Row = [name: string, open: (t: TestContext) => Promise<number>, wanted: Wanted, detail: RegExp];
  const rows: Row[] = [
    [
      "the endpoint speaks clear text",
      (t) => rawUpstream(t, (socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))),
      {},
      /^tls_clear_text: /,
    ],
    ["TLS 1.1", async (t) => (await secureUpstream(t, APP, legacy)).port, {}, /^tls_version: /],
    [
      "no HTTP/2 where it is declared",
      async (t) => (await secureUpstream(t, APP, { protocols: ["http/1.1"] })).port,
      { protocol: "h2c" },
      /^tls_protocol: /,
    ],
    ["nothing comes back", (t) => rawUpstream(t, () => {}), { connectTimeout: 100 }, /^no connection within 100 ms$/],
    [
      "nothing comes back, HTTP/2",
      (t) => rawUpstream(t, () => {}),
      { connectTimeout: 100, protocol: "h2c" },
      /no connection within 100 ms$/,
    ],
    ["the endpoint hangs up", (t) => rawUpstream(t, (socket) => void socket.destroy()), {}, /^ECONNRESET/],
    [
      "an alert",
      (t) =>
        rawUpstream(t, (socket) => void socket.once("data", () => socket.write(Buffer.from("15030300020228", "hex")))),
      {},
      /^tls_handshake: /,
    ],
  ];
  for (const [name, open, wanted, detail] of rows) {
    test(name, async (t) => {
      const { url, log } = await front(t, [await open(t)], wanted);
      assert.equal((await fetch(url)).status, 503);
      const [line] = await log();
      assert.equal(line?.flags, "UF");
      assert.match(line?.detail ?? "", detail);
    });
  }
});

test("an endpoint that knows nothing of ALPN gets HTTP/1.1", async (t) => {
  const app = await secureUpstream(t, APP, { protocols: [] });
  const { url } = await front(t, [app.port]);
  assert.equal(await (await fetch(url)).text(), "secure");
  assert.deepEqual(app.connections, [{ serverName: "app.test", protocol: "none", isResumed: false }]);
});

test("clear text to an endpoint that speaks TLS is no answer that passes", async (t) => {
  const app = await secureUpstream(t, APP);
  const { url, log } = await start(t, snapshot({ clusters: { "test/app:80": [app.port] } }));
  assert.equal((await fetch(url)).status, 502);
  const [line] = await log();
  assert.match(line?.flags ?? "", /^U(PE|C)$/);
});

test("a bad certificate is a failed connection: another endpoint is tried, and the bad one passed over", async (t) => {
  const bad = await secureUpstream(t, certificateFor(["app.test"]));
  const good = await secureUpstream(t, APP);
  const { url, log } = await front(t, [bad.port, good.port]);
  for (let i = 0; i < 3; i += 1) assert.equal((await fetch(url, { method: "POST", body: "x" })).status, 200);
  const lines = await log(3);
  assert.deepEqual(
    lines.map(({ attempts }) => attempts),
    [2, 1, 1],
  );
});

test("a response without a length that the client reads slowly is whole", async (t) => {
  const body = randomBytes(3_000_000);
  const app = await secureUpstream(t, APP, {
    protocols: ["http/1.1"],
    handler: (request) => {
      const { socket } = request as unknown as IncomingMessage;
      socket.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
      socket.end(body);
    },
  });
  const { port } = await front(t, [app.port]);
  const asked = get({ port, host: "127.0.0.1", agent: false });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const hash = createHash("sha256");
  for await (const chunk of response) {
    hash.update(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(hash.digest("hex"), createHash("sha256").update(body).digest("hex"));
});

describe("L06 other authorities by a new configuration", () => {
  const NEXT = certificateFor(["app.test"], { issuer: OTHER_CA });
  const both: BackendTls = { ...trusting(CA), trusted: [CA.chain, OTHER_CA.chain] };

  test("requests that run go on, new ones are verified anew", async (t) => {
    const held: ServerResponse[] = [];
    const isHeld = Promise.withResolvers<void>();
    const app = await secureUpstream(t, APP, {
      protocols: ["http/1.1"],
      handler: (request, response) => {
        if (request.url !== "/held") return void response.end("at once");
        held.push(response as unknown as ServerResponse);
        isHeld.resolve();
      },
    });
    const { url, proxy } = await front(t, [app.port]);
    const running = fetch(`${url}/held`);
    await isHeld.promise;
    await proxy.apply(given([app.port], { tls: trusting(OTHER_CA) }));
    assert.equal((await fetch(url)).status, 503);
    app.show(NEXT);
    await proxy.apply(given([app.port], { tls: both }));
    assert.equal((await fetch(url)).status, 200);
    held[0]?.end("in the end");
    assert.equal(await (await running).text(), "in the end");
    assert.ok(app.connections.every(({ isResumed }) => !isResumed));
  });

  test("under load, endpoint and proxy one after the other: nothing fails", async (t) => {
    const app = await secureUpstream(t, APP, { handler: hangUp });
    const { url, proxy } = await front(t, [app.port], { tls: both });
    let [isRunning, done] = [true, 0];
    const load = async () => {
      while (isRunning) {
        assert.equal((await fetch(url)).status, 200);
        done += 1;
      }
    };
    const loads = [load(), load(), load()];
    for (let i = 0; i < 20; i += 1) {
      app.show(i % 2 === 0 ? NEXT : APP);
      await proxy.apply(given([app.port], { tls: { ...both, trusted: [...both.trusted].reverse() as string[] } }));
      await fetch(url);
      await proxy.apply(given([app.port], { tls: both }));
      await fetch(url);
    }
    isRunning = false;
    await Promise.all(loads);
    assert.ok(done > 20);
  });
});

test("a backend that may not be reached answers 503 and says why", async (t) => {
  const port = await upstream(t, (_request, response) => void response.end("clear text"));
  const base = given([port]);
  const [name, cluster] = [...base.clusters][0] as [string, Cluster];
  const invalid = "NoValidCACertificate: BackendTLSPolicy default/app: there is no ConfigMap default/ca";
  const clusters = new Map([[name, { ...cluster, tls: undefined, invalid }]]);
  const { url, log } = await start(t, { ...base, clusters });
  assert.equal((await fetch(url)).status, 503);
  const [line] = await log();
  assert.deepEqual([line?.flags, line?.detail, line?.attempts], ["UH", invalid, 0]);
});
