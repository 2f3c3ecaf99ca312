import assert, { rejects } from "node:assert/strict";
import { after, before, test } from "node:test";
import { measureCpu } from "../../bench/cpu-load.ts";
import { runLoad } from "../../bench/load.ts";
import { makeCertificate } from "../../bench/peer/certificate.ts";
import { startNginxProxy, startNginxUpstream } from "../../bench/peer/nginx.ts";
import type { Server } from "../../bench/peer/server.ts";
import { startNodeUpstream } from "../../bench/peer/upstream.ts";
import { PEERS, type Peer } from "../../bench/peers.ts";
import { API_KEY, PATH } from "../../bench/request.ts";
import { skipBecause, skipWithout } from "../peer.ts";

const cpu = 1;
const BYTES = 1024;
const running: Server[] = [];
let upstream: Server;
before(async () => {
  upstream = await started(startNodeUpstream(cpu, BYTES));
});
after(() => Promise.all(running.map((server) => server.stop())));

async function started(server: Promise<Server>): Promise<Server> {
  running.push(await server);
  return server;
}

const get = ({ port }: Server, key = API_KEY) =>
  fetch(`http://127.0.0.1:${port}${PATH}`, { headers: { "x-api-key": key } });

/** Envoy comes from nowhere that every machine reaches. */
function withoutPeer(name: string, peer: Peer): string | false {
  const reason = peer.missing();
  if (reason === undefined) return false;
  return name.startsWith("envoy") ? reason : skipBecause(reason);
}

const CHECKING = ["heddle+3", "nginx+lua", "haproxy+lua", "haproxy+lua-fetch", "envoy+3"];

for (const [name, peer] of Object.entries<Peer>(PEERS)) {
  test(`${name} forwards what the bench asks for`, { skip: withoutPeer(name, peer) }, async () => {
    const proxy = await started(peer.start({ name, upstream: upstream.port, cpu }));
    const response = await get(proxy);
    assert.equal(response.status, 200);
    assert.equal((await response.text()).length, BYTES);
    const refused = await get(proxy, "unknown");
    await refused.text();
    assert.equal(refused.status, CHECKING.includes(name) ? 401 : 200);
    if (name.includes("lua")) assert.equal(response.headers.get("x-policy"), "passed");
    if (proxy.lostLines !== undefined) assert.equal(await proxy.lostLines(), 0);
    if (name.endsWith("+3")) assert.ok(response.headers.has("ratelimit"), "rate-limit has counted it");
  });
}

test("a reading of a proxy that loses lines of its access log is none", async () => {
  const losing = (each: number): Server => {
    let lost = 7;
    return { ...upstream, name: "losing", lostLines: async () => (lost += each) };
  };
  const load = { connections: 2, cpu } as const;
  assert.ok((await measureCpu(losing(0), load, 1)).requests > 0);
  await rejects(measureCpu(losing(1_000_000), load, 1), /^Error: losing: expected the lines of all \d+ requests/);
});

for (const bytes of [1024, 65_536]) {
  test(`nginx as an upstream answers with ${bytes} bytes`, { skip: skipWithout("nginx") }, async () => {
    const response = await get(await started(startNginxUpstream(cpu, bytes)));
    assert.equal((await response.text()).length, bytes);
  });
}

const PEERS_TO_TLS = { nginx: PEERS.nginx, heddle: PEERS.heddle } as const;

for (const once of [false, true]) {
  const kept = once ? "each request on a connection of its own" : "connections are kept";
  test(`TLS towards the upstream, ${kept}`, { skip: skipWithout("nginx", "openssl") }, async () => {
    const { stop, ...certificate } = await makeCertificate();
    const secure = await started(startNginxUpstream(cpu, BYTES, { certificate, once }));
    const other = await makeCertificate();
    for (const [name, peer] of Object.entries<Peer>(PEERS_TO_TLS)) {
      const options = { name, upstream: secure.port, cpu };
      const proxy = await started(peer.start({ ...options, upstreamCertificate: certificate }));
      for (let i = 0; i < 3; i += 1) assert.equal((await (await get(proxy)).text()).length, BYTES);
      const wary = await started(peer.start({ ...options, upstreamCertificate: other }));
      assert.ok([502, 503].includes((await get(wary)).status), `${name} verifies`);
    }
    await Promise.all([stop(), other.stop()]);
  });
}

test("TLS towards the client is what wrk measures", { skip: skipWithout("nginx", "openssl", "wrk") }, async () => {
  const { stop, ...certificate } = await makeCertificate();
  const nginx = await started(startNginxProxy({ name: "nginx", upstream: upstream.port, cpu, certificate }));
  const load = await runLoad({ port: nginx.port, connections: 2, seconds: 1, cpu, tls: true });
  await stop();
  assert.ok(load.requests > 0);
  assert.equal(load.failed, 0);
  await rejects(get(nginx).then((response) => response.text().then(() => assert.equal(response.status, 200))));
});
