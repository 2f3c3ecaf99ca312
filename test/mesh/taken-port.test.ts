/** A port that somebody has: the command says which, what to do, and ends with exit code 1. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { labelPlugin, temporaryFolder } from "../delivery/sample-plugins.ts";
import { HEDDLE, listening, MESH, startMesh, until } from "./live-mesh.ts";

const heddle = (...args: string[]) =>
  spawnSync(process.execPath, [HEDDLE, ...args], { encoding: "utf8", timeout: 60_000 });

async function taken(t: TestContext): Promise<number> {
  const server = createServer();
  t.after(() => server.close());
  return listening(server);
}

test("heddle registry", async (t) => {
  const port = await taken(t);
  const { status, stderr } = heddle("registry", "--dir", temporaryFolder(t), "--port", String(port));
  assert.equal(status, 1, stderr);
  assert.match(stderr, new RegExp(`LISTEN_FAILED: .*127\\.0\\.0\\.1:${port}.* Free the port or choose another one`));
});

test("heddle proxy: its listener, and its admin port", async (t) => {
  const { dir, port } = await startMesh(t);
  const args = ["proxy", "--config", `${dir}/config`, "--cache", `${dir}/cache`, "--admin"];
  const admin = heddle(...args, String(await taken(t)));
  assert.equal(admin.status, 1, admin.stderr);
  assert.match(admin.stderr, /LISTEN_FAILED: .*Choose another --admin port/);
  const holder = createServer();
  t.after(() => holder.close());
  await new Promise<void>((resolve) => holder.listen(port, "127.0.0.1", resolve));
  const listener = heddle(...args, "0");
  assert.equal(listener.status, 1, listener.stderr);
  assert.match(
    listener.stderr,
    new RegExp(`LISTEN_FAILED: .*${port}, but another process listens there.*Stop the process`),
  );
});

test("a proxy that cannot listen acknowledges nothing, and says so to its mesh", async (t) => {
  const mesh = await startMesh(t);
  await mesh.release(await mesh.publish(await labelPlugin("1.0.0")));
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(mesh.port, "127.0.0.1", resolve));
  const own = ["--config", `${mesh.dir}/config`, "--cache", `${mesh.dir}/cache`, "--id", "p", "--admin", "0"];
  const proxy = heddle("proxy", ...own, "--registry", mesh.url, "--mesh", MESH, "--token", mesh.token);
  assert.equal(proxy.status, 1, proxy.stderr);
  const [told] = await mesh.told();
  assert.deepEqual([told?.error?.code, told?.plugins], ["LISTEN_FAILED", []]);
  await new Promise<unknown>((resolve) => holder.close(resolve));
  await mesh.startProxy();
  assert.equal((await mesh.reported(({ state }) => state === "running")).version, "1.0.0");
  assert.equal((await mesh.told())[0]?.error ?? null, null);
  await t.test("nor a change that it cannot listen by, while the plugins of the one before run", async () => {
    const port = await taken(t);
    const second = join(mesh.dir, "config", "second.yaml");
    writeFileSync(second, gateway(port));
    const refused = await until(async () => (await mesh.told()).find(({ error }) => error?.code === "LISTEN_FAILED"));
    assert.match(refused.error?.detail ?? "", new RegExp(`127\\.0\\.0\\.1:${port}`));
    assert.equal(refused.plugins[0]?.state, "running");
    rmSync(second);
    await until(async () => (await mesh.told()).find(({ error }) => (error ?? null) === null));
  });
});

const gateway = (port: number) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: second }
spec:
  gatewayClassName: heddle
  addresses: [{ value: 127.0.0.1 }]
  listeners: [{ name: http, port: ${port}, protocol: HTTP }]
`;
