import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { authoritiesFault } from "../../runtime/config/certificate.ts";
import type { Cluster } from "../../runtime/config/snapshot.ts";
import { startAdmin } from "../../runtime/proxy/admin.ts";
import { authority } from "../certificates.ts";
import { stage } from "./actors.ts";
import { plugin, raw, rule, snapshot, start, statusOf, upstream } from "./fixture.ts";

test("/ready waits for plugins that must decide and says which", async (t) => {
  const given = snapshot({
    rules: [rule({ plugins: ["a"] })],
    plugins: [plugin("a"), plugin("b", { failurePolicy: "open" })],
  });
  const { proxy } = await start(t, given, { admin: { port: 0 } });
  const response = await fetch(`${proxy.adminUrl}/ready`);
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), {
    ready: false,
    state: "serving",
    plugins: [
      { name: "a", loaded: false, required: true },
      { name: "b", loaded: false, required: false },
    ],
  });
});

test("a page whose name was pointed at the loopback address reads nothing", async (t) => {
  const { proxy } = await start(t, snapshot(), { admin: { port: 0 } });
  const port = Number(new URL(proxy.adminUrl ?? "").port);
  const ask = async (host: string) =>
    statusOf(await raw(port, `GET /config HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`));
  for (const host of ["rebound.test", `rebound.test:${port}`, "127.0.0.1.rebound.test", "localhost.rebound.test"]) {
    assert.equal(await ask(host), 421, host);
  }
  for (const host of ["localhost", `LOCALHOST:${port}`, "127.0.0.1", `[::1]:${port}`]) {
    assert.equal(await ask(host), 200, host);
  }
});

test("/plugins, /config, /clusters and /metrics show what runs, without key material", async (t) => {
  const port = await upstream(t, (_request, response) => response.end("ok"));
  const { slots } = await stage({ a: {} });
  const keySets = new Map([["shop", { kind: "inline" as const, jwks: '{"keys":["private"]}' }]]);
  const plugins = [plugin("a", { keySets, config: '{"name":"a"}' })];
  const given = snapshot({ rules: [rule({ plugins: ["a"] })], plugins, clusters: { "test/app:80": [port] } });
  const { proxy, url, log } = await start(t, given, { admin: { port: 0 }, slots });
  await (await fetch(url)).text();
  await log();
  const page = async (path: string) => (await fetch(`${proxy.adminUrl}${path}`)).text();
  assert.equal((await fetch(`${proxy.adminUrl}/ready`)).status, 200);
  assert.equal(JSON.parse(await page("/plugins"))[0].version, "1.0.0");
  const config = await page("/config");
  assert.equal(JSON.parse(config).plugins[0].config.name, "a");
  assert.doesNotMatch(config, /private/);
  const [cluster] = JSON.parse(await page("/clusters"));
  assert.equal(cluster.ready[0].name, `127.0.0.1:${port}`);
  assert.equal(cluster.ready[0].requests, 1);
  assert.equal(cluster.ready[0].active, 0);
  const metrics = await page("/metrics");
  assert.match(metrics, /^heddle_requests_total\{route="test\/route\/0",code="200",flags="-"\} 1$/m);
  assert.match(metrics, /^heddle_request_duration_seconds_count\{route="test\/route\/0"\} 1$/m);
  assert.match(metrics, /^heddle_upstream_requests_total\{backend="test\/app:80",outcome="2xx"\} 1$/m);
  assert.match(metrics, /^heddle_plugin_info\{plugin="a",version="1.0.0",component="sha256:[0-9a-f]{64}"\} 1$/m);
  assert.match(metrics, /^heddle_cluster_endpoints\{backend="test\/app:80",state="ready"\} 1$/m);
});

test("/drain is for POST, and not for web pages", async (t) => {
  const { proxy } = await start(t, snapshot(), { admin: { port: 0 } });
  const drain = `${proxy.adminUrl}/drain`;
  const got = await fetch(drain);
  assert.equal(got.status, 405);
  assert.equal(got.headers.get("allow"), "POST");
  assert.equal((await fetch(drain, { method: "POST", headers: { origin: "http://evil.test" } })).status, 403);
  assert.equal(proxy.ready(), true);
  assert.equal((await fetch(drain, { method: "POST" })).status, 202);
  const ready = await fetch(`${proxy.adminUrl}/ready`);
  assert.equal(ready.status, 503);
  assert.equal(((await ready.json()) as { state: string }).state, "draining");
});

test("unknown pages are 404 and list what there is", async (t) => {
  const { proxy } = await start(t, snapshot(), { admin: { port: 0 } });
  for (const path of ["/nothing", "/__proto__", "/constructor"]) {
    const response = await fetch(`${proxy.adminUrl}${path}`);
    assert.equal(response.status, 404);
    assert.ok("GET /ready" in ((await response.json()) as { pages: object }).pages);
  }
  assert.equal((await fetch(`${proxy.adminUrl}/`)).status, 200);
});

test("/clusters says on which terms a backend is spoken to, or why not at all", async (t) => {
  const root = authority("Shop root", { notAfter: Date.parse("2999-01-01T00:00:00Z") });
  const names = [{ type: "Hostname" as const, value: "app.test" }];
  const tls = { policy: "test/app", trusted: [root.chain], serverName: "app.test", names };
  const given = snapshot({ clusters: { "test/app:443": [1], "test/clear:80": [2], "test/shut:443": [3] }, tls });
  const [app, clear, shut] = [...given.clusters.values()] as [Cluster, Cluster, Cluster];
  const clusters = new Map([
    ["test/app:443", app],
    ["test/clear:80", { ...clear, tls: undefined }],
    ["test/shut:443", { ...shut, tls: undefined, invalid: "BackendTLSPolicy test/shut was refused" }],
  ]);
  const { proxy } = await start(t, { ...given, clusters }, { admin: { port: 0 } });
  const shown = (await (await fetch(`${proxy.adminUrl}/clusters`)).json()) as Record<string, unknown>[];
  assert.deepEqual(
    shown.map(({ name, protocol, tls, invalid, ready }) => ({
      name,
      protocol,
      tls,
      invalid,
      ready: (ready as []).length,
    })),
    [
      {
        ...{ name: "test/app:443", protocol: "http1", invalid: undefined, ready: 1 },
        tls: {
          ...{ policy: "test/app", serverName: "app.test", names: ["Hostname app.test"] },
          trusted: [
            {
              subject: "CN=Shop root",
              notAfter: "2999-01-01T00:00:00.000Z",
              fingerprint: new X509Certificate(root.chain).fingerprint256,
            },
          ],
        },
      },
      { name: "test/clear:80", protocol: "http1", tls: undefined, invalid: undefined, ready: 1 },
      {
        ...{ name: "test/shut:443", protocol: "http1", tls: undefined, ready: 0 },
        invalid: "BackendTLSPolicy test/shut was refused",
      },
    ],
  );
});

test("an authority whose times are none is shown: TLS takes it, so the configuration does", async (t) => {
  const end = Date.parse("2999-01-01T00:00:00Z");
  const bytes = Buffer.from(new X509Certificate(authority("Shop root", { notAfter: end }).chain).raw);
  bytes.write("29999901000000Z", bytes.indexOf("29990101000000Z"));
  const pem = new X509Certificate(bytes).toString();
  assert.equal(authoritiesFault(pem), undefined);
  const tls = { policy: "test/app", trusted: [pem], serverName: "app.test", names: [] };
  const { proxy } = await start(t, snapshot({ clusters: { "test/app:443": [1] }, tls }), { admin: { port: 0 } });
  const [shown] = (await (await fetch(`${proxy.adminUrl}/clusters`)).json()) as { tls: { trusted: object[] } }[];
  assert.deepEqual(shown?.tls.trusted, [
    { subject: "CN=Shop root", notAfter: "Bad time value", fingerprint: new X509Certificate(bytes).fingerprint256 },
  ]);
});

test("a page that cannot be made is 500 and costs nothing else", async (t) => {
  const admin = await startAdmin({
    ...{ host: "127.0.0.1", port: 0, state: () => "serving", ready: () => true, plugins: () => [], snapshot },
    ...{ metrics: () => "", active: () => 0, drain: () => {} },
    clusters: () => Promise.reject(new Error("a thread is gone")),
  });
  t.after(() => admin.close());
  const response = await fetch(`${admin.url}/clusters`);
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), { error: "/clusters could not be made: a thread is gone" });
  assert.equal((await fetch(`${admin.url}/ready`)).status, 200);
});
