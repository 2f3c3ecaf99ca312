import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startHeddle } from "../../bench/peer/heddle.ts";
import { startHttpProxy3 } from "../../bench/peer/http-proxy-3.ts";
import { startNginxProxy, startNginxUpstream } from "../../bench/peer/nginx.ts";
import { startNodeUpstream } from "../../bench/peer/node-upstream.ts";
import type { ProxyOptions, Server } from "../../bench/peer/server.ts";
import { API_KEY, BODY_BYTES, PATH } from "../../bench/request.ts";
import { skipWithout } from "../peer.ts";

const cpu = 1;
const policies = ["api-key", "rate-limit", "canary"] as const;
const running: Server[] = [];
after(() => Promise.all(running.map((server) => server.stop())));

async function started(server: Promise<Server>): Promise<Server> {
  running.push(await server);
  return server;
}

const get = ({ port }: Server, key = API_KEY) =>
  fetch(`http://127.0.0.1:${port}${PATH}`, { headers: { "x-api-key": key } });

const proxies: [name: string, start: (options: ProxyOptions) => Promise<Server>, ...needs: string[]][] = [
  ["nginx", startNginxProxy, "nginx"],
  ["http-proxy-3", startHttpProxy3],
  ["heddle", (options) => startHeddle({ ...options, name: "heddle", policies: [] })],
];

for (const [name, start, ...needs] of proxies) {
  test(`${name} forwards what the bench asks for`, { skip: skipWithout(...needs) }, async () => {
    const upstream = await started(startNodeUpstream(cpu));
    const response = await get(await started(start({ upstream: upstream.port, cpu })));
    assert.equal(response.status, 200);
    assert.equal((await response.text()).length, BODY_BYTES);
  });
}

test("with policies every request of the bench passes all three", { skip: skipWithout("nginx") }, async () => {
  const upstream = await started(startNginxUpstream(cpu));
  const heddle = await started(startHeddle({ name: "heddle+3", policies, upstream: upstream.port, cpu }));
  const response = await get(heddle);
  assert.equal(response.status, 200);
  assert.ok(response.headers.has("ratelimit"), "rate-limit has counted it");
  assert.equal((await response.text()).length, BODY_BYTES);
  assert.equal((await get(heddle, "unknown")).status, 401);
});
