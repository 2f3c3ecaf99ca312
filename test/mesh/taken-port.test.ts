/** A port that somebody has: the command says which, what to do, and ends with exit code 1. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../delivery/sample-plugins.ts";
import { HEDDLE, listening, startMesh } from "./live-mesh.ts";

const heddle = (...args: string[]) =>
  spawnSync(process.execPath, [HEDDLE, ...args], { encoding: "utf8", timeout: 20_000 });

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
