import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallOutcome, GuestCalls } from "../../runtime/wasm/guest-calls.ts";
import { authority, certificateFor } from "../certificates.ts";
import { snapshot, start, upstream } from "./fixture.ts";
import { secureUpstream, trusting } from "./secure-upstream.ts";

/** Endpoints of the cluster by a name in place of their address. */
function named(given: ReturnType<typeof snapshot>, name: string): ReturnType<typeof snapshot> {
  const clusters = [...given.clusters].map(([key, cluster]) => {
    const endpoints = cluster.endpoints.map((endpoint) => ({ ...endpoint, address: name }));
    return [key, { ...cluster, endpoints }] as const;
  });
  return { ...given, clusters: new Map(clusters) };
}

const call = (calls: GuestCalls): Promise<CallOutcome> =>
  new Promise((resolve) => {
    calls.send(
      {
        ...{ backend: "test/app:80", method: "GET", scheme: "http", authority: "app.test", target: "/" },
        ...{ headers: [], body: new Uint8Array(), timeout: 5_000, maxBytes: 1_000, exchange: undefined },
      },
      resolve,
    );
  });

for (const protocol of ["http1", "h2c"] as const) {
  test(`a name is resolved for requests and for calls of filters: ${protocol} over TLS`, async (t) => {
    const ca = authority("CA");
    const { port } = await secureUpstream(t, certificateFor(["app.test"], { issuer: ca }));
    const tls = trusting(ca);
    const given = snapshot({ clusters: { "test/app:80": [port] }, tls, protocol, connectTimeout: 5_000 });
    const { url, proxy, log } = await start(t, named(given, "localhost"));
    assert.equal(await (await fetch(url)).text(), "secure");
    const outcome = await call(proxy.calls);
    assert.equal(outcome.kind === "response" && outcome.status, 200);
    const [line] = await log();
    assert.equal(line?.upstream, `localhost:${port}`);
  });
}

test("a name is resolved in clear text as well", async (t) => {
  const port = await upstream(t, (_request, response) => void response.end("hello"));
  const { url, proxy } = await start(t, named(snapshot({ clusters: { "test/app:80": [port] } }), "localhost"));
  assert.equal(await (await fetch(url)).text(), "hello");
  const outcome = await call(proxy.calls);
  assert.equal(outcome.kind === "response" && Buffer.from(outcome.body).toString(), "hello");
});

// The system's resolver reads these as addresses, which node:net does not.
for (const name of ["2852039166", "0xa9fea9fe", "169.254.43518"]) {
  test(`${name} stands for a metadata service: neither requests nor calls go there`, async (t) => {
    const { url, proxy, log } = await start(t, named(snapshot({ clusters: { "test/app:80": [80] } }), name));
    assert.equal((await fetch(url)).status, 503);
    const [line] = await log();
    assert.deepEqual([line?.flags, line?.detail], ["UF", "EFORBIDDEN"]);
    assert.deepEqual(await call(proxy.calls), { kind: "failure", reason: "unreachable", detail: "EFORBIDDEN" });
  });
}

for (const address of [
  "169.254.169.254",
  "169.254.10.20",
  "100.100.100.200",
  "fe80::1",
  "fe80::1%lo",
  "fd00:ec2::254",
]) {
  for (const protocol of ["http1", "h2c"] as const) {
    test(`${address} is no endpoint, ${protocol}: 503, and no connection`, async (t) => {
      const given = named(snapshot({ clusters: { "test/app:80": [80] }, protocol }), address);
      const { url, log } = await start(t, given);
      assert.equal((await fetch(url)).status, 503);
      const [line] = await log();
      assert.equal(line?.flags, "UF");
      assert.match(line?.detail ?? "", /^EFORBIDDEN/);
    });
  }
}

test("a name that nobody has", async (t) => {
  const given = named(snapshot({ clusters: { "test/app:80": [80] } }), "nobody.invalid");
  const { url, log } = await start(t, given);
  assert.equal((await fetch(url)).status, 503);
  const [line] = await log();
  assert.match(line?.detail ?? "", /^(ENOTFOUND|EAI_AGAIN|no connection within)/);
});
